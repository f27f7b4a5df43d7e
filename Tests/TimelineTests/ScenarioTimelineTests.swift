import Device
import Foundation
import PCIe
import Scenario
import SimKernel
import Testing
import Transactions

@testable import UBPFSim

/// The timelines of whole scenarios say what the reports say.
@Suite struct ScenarioTimelineTests {
  private static func timeline(
    of path: String, spec: (Simulator) throws -> Void = { _ in }
  ) throws -> (TimelineFile, Simulator, Data) {
    let output = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: output) }
    let simulator = try Simulator(scenario: path)
    try simulator.writeTimeline(to: output)
    try spec(simulator)
    try simulator.run()
    let data = try Data(contentsOf: URL(filePath: output))
    return (try TimelineFile(data), simulator, data)
  }

  private static func timeline(_ steps: String, system: String = "") throws -> (TimelineFile, Simulator) {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let text = "{\(system.isEmpty ? "" : system + ", ")\"steps\": [\(steps)]}"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let (file, simulator, _) = try timeline(of: path)
    return (file, simulator)
  }

  @Test(arguments: ["p2p", "faults", "chunks", "loop"]) func theTimelineIsThatOfTheReport(name: String) throws {
    let (file, simulator, _) = try Self.timeline(of: scenarioPath(name))
    spansOfALaneLieWithinTheRunAndDoNotOverlap(file, simulator)
    everyTLPOfTheReportIsThere(file, simulator)
    try stepsTransfersRunsAndChunksAreThoseOfTheReport(file, simulator)
    countersStayWithinTheirBounds(file, simulator)
  }

  private func spansOfALaneLieWithinTheRunAndDoNotOverlap(_ file: TimelineFile, _ simulator: Simulator) {
    let lanes = Set(simulator.transactionMap.lanes.map { TimelineFile.Lane($0.component, $0.name) })
    let links = Set(simulator.system.links.map(\.name))
    let end = simulator.report.simulated
    #expect(lanes.count == simulator.transactionMap.lanes.count)
    for (lane, spans) in file.spans {
      #expect(lanes.contains(lane))
      for (span, next) in zip(spans, spans.dropFirst()) { #expect(span.end <= next.start, "\(lane) \(span) \(next)") }
      // The last TLP is shown to its end.
      let slack: UInt64 = links.contains(lane.component) ? 10_000_000 : 0
      #expect(spans.allSatisfy { $0.start <= end + slack && $0.end <= end + slack }, "\(lane)")
    }
    for (lane, moments) in file.moments { #expect(lanes.contains(lane) && moments.allSatisfy { $0.start <= end }) }
  }

  private func everyTLPOfTheReportIsThere(_ file: TimelineFile, _ simulator: Simulator) {
    for entry in simulator.report.links {
      let spans = file.spans[.init(entry.name, "\(entry.direction)")] ?? []
      #expect(spans.count == Int(entry.state.packets))
      #expect(spans.reduce(0) { $0 + $1.number("wire_bytes")! } == Int(entry.state.wireBytes))
      #expect(spans.count { $0.name.contains("replay") } == Int(entry.state.replays))
      // Windows of 1 us: Gb/s x 1,000 are bits.
      let rates = file.counters[.init(entry.name, "\(entry.direction) Gb/s")] ?? []
      #expect(Self.integral(rates, until: simulator.report.simulated) == 8 * Int(entry.state.wireBytes))
    }
  }

  /// The bits that rates amount to.
  private static func integral(_ rates: [(time: UInt64, value: Double)], until end: UInt64) -> Int {
    let windows = rates.map { Int($0.time / 1_000_000) } + [Int(end / 1_000_000) + 1]
    return zip(rates, zip(windows, windows.dropFirst())).reduce(0) { sum, step in
      sum + Int((step.0.value * 1_000).rounded()) * (step.1.1 - step.1.0)
    }
  }

  private func stepsTransfersRunsAndChunksAreThoseOfTheReport(_ file: TimelineFile, _ simulator: Simulator) throws {
    let system = simulator.system, report = simulator.report
    let steps = try #require(file.spans[.init("host", "steps")]).dropFirst()
    #expect(steps.map(\.name) == report.steps.map(\.record.kind))
    #expect(steps.map(\.start) == report.steps.map(\.record.start))
    #expect(steps.map { $0.number("bytes") ?? 0 } == report.steps.map(\.record.bytes))
    for (node, device) in zip(system.spec.devices, system.devices) {
      let transfers = file.spans(node.name, prefix: "dma")
      #expect(transfers.map(\.start) == device.dma.records.map(\.start))
      #expect(transfers.map(\.end) == device.dma.records.map(\.end))
      #expect(transfers.map { $0.number("bytes") } == device.dma.records.map(\.bytes))
      #expect(transfers.map { $0.text("error") ?? "NONE" } == device.dma.records.map(\.error.name))
      let runs = file.spans[.init(node.name, "core")] ?? []
      #expect(runs.map(\.start) == device.core.runs.map(\.start) && runs.map(\.end) == device.core.runs.map(\.end))
      #expect(runs.map { $0.text("r0") } == device.core.runs.map { "0x" + String($0.r0, radix: 16) })
      #expect(runs.map { $0.number("instructions") } == device.core.runs.map { Int($0.instructions) })
    }
    for (node, peer) in zip(system.spec.peers, system.peers) {
      let chunks = file.spans(node.name, prefix: "chunk"), records = peer.engine.records
      #expect(chunks.map(\.start).sorted() == records.map(\.start).sorted())
      #expect(chunks.map(\.end).sorted() == records.map(\.end).sorted())
      #expect(chunks.reduce(0) { $0 + $1.number("bytes")! } == records.reduce(0) { $0 + $1.bytes })
    }
  }

  /// What the credits of a receiver allow is never exceeded, and all of them come back.
  private func countersStayWithinTheirBounds(_ file: TimelineFile, _ simulator: Simulator) {
    let spec = simulator.system.spec.device
    func most(_ component: String, _ counter: String) -> Int {
      Int(file.counters[.init(component, counter)]?.map(\.value).max() ?? 0)
    }
    for direction in ["down", "up"] {
      #expect(most("link", "\(direction) posted header credits") <= spec.link.postedHeaders)
      #expect(most("link", "\(direction) posted data credits") <= max(spec.link.postedData, 256))
      #expect(most("link", "\(direction) non-posted header credits") <= spec.link.nonPostedHeaders)
      #expect((1...spec.link.retryBuffer).contains(most("link", "\(direction) unacknowledged TLPs")))
    }
    #expect(most("link", "down posted header credits") > 0)
    #expect((1...spec.dma.tags).contains(most("device", "dma reads outstanding")))
    #expect(file.counters[.init("device", "dma reads outstanding")]?.last?.value == 0)
    for counter in ["commands waiting", "commands started"] {
      #expect(file.counters[.init("device", counter)]?.last?.value == 0)
    }
  }

  @Test func theSameScenarioGivesTheSameBytes() throws {
    #expect(try Self.timeline(of: scenarioPath("chunks")).2 == Self.timeline(of: scenarioPath("chunks")).2)
  }

  /// Logs beside it say what they say alone, and so does the report.
  @Test(arguments: ["chunks", "p2p"]) func aTimelineChangesNothing(name: String) throws {
    func run(withTimeline: Bool) throws -> [String] {
      let paths = (0..<3).map { _ in temporaryPath("log") }
      defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
      let simulator = try Simulator(scenario: scenarioPath(name))
      try simulator.writeTLPLog(to: paths[0])
      if withTimeline { try simulator.writeTimeline(to: paths[2]) }
      try simulator.writeCommitLog(to: paths[1])
      try simulator.run()
      // What the machine that simulates did is another thing each time.
      let report = simulator.report.json.components(separatedBy: "\"host\": {")[0]
      return try paths.prefix(2).map { try String(contentsOfFile: $0, encoding: .utf8) } + [report]
    }
    let alone = try run(withTimeline: false), beside = try run(withTimeline: true)
    for (alone, beside) in zip(alone, beside) { #expect(alone == beside && !alone.isEmpty) }
  }

  /// Times never go back; lanes that tell begin and end do so in turn.
  @Test(arguments: ["faults", "chunks"]) func aListenerHearsInOrder(name: String) throws {
    let recorder = Recorder()
    let simulator = try Simulator(scenario: scenarioPath(name))
    simulator.observeTransactions(with: recorder)
    try simulator.run()
    #expect(zip(recorder.times, recorder.times.dropFirst()).allSatisfy { $0 <= $1 })
    var open: Set<Substring> = []
    for call in recorder.calls {
      let words = call.split(separator: " ")
      if words[0] == "begin" { #expect(open.insert(words[1]).inserted, "\(call)") }
      if words[0] == "end" { #expect(open.remove(words[1]) != nil, "\(call)") }
    }
    // Only the links' states are left.
    #expect(open.count == simulator.system.links.count)
  }

  @Test func interruptsFaultsAndResetsAreMoments() throws {
    let (file, _) = try Self.timeline(
      """
      {"load_text": {"program": {"hex": "79a00000000000009500000000000000"}}},
      {"run": {"expect": {"error": "FAULT"}}},
      {"reset": {"kind": "function"}}
      """, system: #""device": {"commands": {"msi": true}}"#)
    #expect(file.moments[.init("host", "interrupts")]?.isEmpty == false)
    #expect(file.moments[.init("device", "core")]?.first?.name.hasPrefix("fault ") == true)
    #expect(file.moments[.init("device", "command 0")]?.first?.name == "error FAULT")
    #expect(file.moments[.init("device", "resets")]?.map(\.name) == ["reset"])
  }

  /// Several commands and channels at a time have lanes of their own, the first that is free.
  @Test func queuedCommandsStandSideBySide() throws {
    let (file, simulator) = try Self.timeline(
      #"{"load_data": {"fill": {"bytes": "64KiB"}}}"#,
      system: """
        "device": {"commands": {"queue_depth": 4}, "dma": {"channels": 2}}, "driver": {"queue_depth": 4}
        """)
    let commands = file.spans("device", prefix: "command")
    #expect(commands.count == 16 && commands.allSatisfy { $0.name == "DMA_DATA" && $0.number("bytes") == 4_096 })
    #expect(commands.contains { $0.number("waited_ps")! > 0 })
    #expect(file.spans[.init("device", "command 3")]?.isEmpty == false)
    #expect(file.spans[.init("device", "dma 1")]?.count == 8)
    #expect(file.counters[.init("device", "commands started")]?.map(\.value).max() == 2)
    #expect(simulator.system.device.dma.records.count == 16)
  }

  @Test func aLinkThatGoesDownAndComesBackShowsIt() throws {
    let (file, _) = try Self.timeline(#"{"reset": {"kind": "hot"}}, {"load_data": {"fill": {"bytes": 64}}}"#)
    #expect(file.spans[.init("link", "state")]?.map(\.name) == ["training", "up", "down", "training", "up"])
  }

  /// It would have begun long after the link is back.
  @Test func aTLPThatWasHeldBackWhenTheLinkWentDownIsLost() throws {
    let (file, simulator) = try Self.timeline(
      """
      {"inject": {"kind": "delay_tlp", "direction": "down", "time": "900ms"}},
      {"mmio_write": {"address": 8, "value": 1}},
      {"reset": {"kind": "hot"}}, {"load_data": {"fill": {"bytes": 64}}}
      """)
    let spans = try #require(file.spans[.init("link", "down")])
    let lost = try #require(spans.firstIndex { $0.name == "MWr lost" })
    #expect(spans[lost].start == spans[lost].end && spans.last!.end < 200_000_000_000)
    #expect(spans.count == Int(simulator.report.links[0].state.packets))
    for (span, next) in zip(spans, spans.dropFirst()) { #expect(span.end <= next.start) }
  }

  @Test func everyDeviceOfAHierarchyHasItsLanes() throws {
    let (file, _) = try Self.timeline(
      """
      {"load_text": {"device": "second", "program": {"hex": "b700000007000000 9500000000000000"}}},
      {"run": {"device": "second", "expect": {"ret": 7}}}
      """,
      system: """
        "devices": [{"name": "second", "preset": "gen3x4"}],
        "topology": [{"switch": "sw", "link": "gen3x8", "ports": ["device", "second", "peer"]}]
        """)
    #expect(file.spans[.init("second", "core")]?.map { $0.text("r0") } == ["0x7"])
    #expect(file.spans(("second"), prefix: "command").map(\.name) == ["DMA_TEXT", "RUN_PROG"])
    #expect(file.spans[.init("device", "core")] == nil)
    #expect(file.spans[.init("swLink", "down")]?.isEmpty == false)
  }
}
