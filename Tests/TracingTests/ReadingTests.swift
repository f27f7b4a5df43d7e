import Device
import EBPF
import Scenario
import SimKernel
import Testing
import TraceSupport
import Tracing
import Transactions
import UBPFSim

/// Lanes of transactions, instructions as text, clocks: what makes a trace readable agrees with what it is about.
@Suite(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
struct ReadingTests {
  let folder = try! TemporaryFolder()

  private func run(core: String = "") throws -> (Simulator, VCDCanonical) {
    let path = folder.file("s.json")
    try """
    {"device": {"core": {\(core)}},
     "steps": [
      {"load_text": {"program": {"hex": "\(Scenarios.program)"}}},
      {"load_data": {"fill": {"bytes": 3000, "pattern": "random"}}},
      {"run": {}}]}
    """.write(toFile: path, atomically: true, encoding: .utf8)
    let simulator = try Simulator(scenario: path)
    try simulator.writeTrace(to: folder.file("t.fst"))
    try simulator.run()
    return (simulator, try FST2VCD.read(folder.file("t.fst")))
  }

  /// A TLP is shown from its first byte on the wire to its last, in words.
  @Test func packetsAreShownWhileTheyAreOnTheWire() throws {
    let recorder = Spans(), path = folder.file("p.json")
    try #"{"steps": [{"load_data": {"fill": {"bytes": 3000}}}]}"#.write(toFile: path, atomically: true, encoding: .utf8)
    let simulator = try Simulator(scenario: path)
    try simulator.writeTrace(to: folder.file("t.fst"))
    simulator.observeTransactions(with: recorder)
    try simulator.run()
    let trace = try FST2VCD.read(folder.file("t.fst"))
    let lanes = simulator.transactionMap.lanes
    #expect(recorder.spans.count > 50)
    for (position, lane) in lanes.enumerated() where lane.kind == .packets {
      let signal = try #require(trace["transactions.\(lane.component).\(lane.name)"])
      for span in recorder.spans where span.lane == position {
        #expect(signal.value(at: span.start)?.hasPrefix(span.type) == true, "\(span)")
        let next = recorder.spans.contains { $0.lane == position && $0.start == span.end }
        if !next && span.end <= trace.endTime { #expect(signal.value(at: span.end) == "", "\(span)") }
      }
      let shown = signal.changes.count { !$0.value.isEmpty }
      #expect(shown == recorder.spans.count { $0.lane == position })
    }
  }

  private final class Spans: TransactionListener {
    var spans: [(lane: Int, start: Picoseconds, end: Picoseconds, type: String)] = []

    func begin(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {}
    func end(_ lane: Int, at time: Picoseconds, _ details: [TransactionDetail]) {}
    func span(
      _ lane: Int, from start: Picoseconds, to end: Picoseconds, _ name: String, _ details: [TransactionDetail]
    ) {
      guard case .text(let text) = details.first(where: { $0.key == "tlp" })?.value else { return }
      spans.append((lane, start, end, String(text.prefix { $0 != " " })))
    }
    func moment(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {}
    func count(_ counter: Int, at time: Picoseconds, _ value: UInt64) {}
  }

  @Test func stepsTransfersAndRunsHaveLanes() throws {
    let (simulator, trace) = try run()
    let steps = try #require(trace["transactions.host.steps"]).changes.map(\.value)
    #expect(steps.filter { $0.hasPrefix("load_data") }.count == 1 && steps.contains { $0.hasPrefix("run") })
    let transfers = try #require(trace["transactions.device.dma_0"]).changes
    #expect(transfers.count { $0.value.hasPrefix("host") } == simulator.system.device.dma.records.count)
    let core = try #require(trace["transactions.device.core"]), phase = try #require(trace["device.core.phase [1:0]"])
    let begins = core.changes.filter { !$0.value.isEmpty }.map(\.time)
    #expect(begins.count == 1 && phase.value(at: begins[0]) == "10")
  }

  /// At every change, the reading is the instruction's slot behind the names of the bubbles, or the bubble.
  @Test(arguments: ["", #""preset": "deep8""#])
  func stagesShowTheirInstructions(core: String) throws {
    let (_, trace) = try run(core: core)
    let readings = trace.signals.filter { $0.path.hasSuffix(".instruction [17:0]") }
    #expect(readings.count == (core.isEmpty ? 4 : 7))
    for reading in readings {
      let scope = String(reading.path.dropLast("instruction [17:0]".count))
      let pc = try #require(trace[scope + "pc [16:0]"]), bubble = try #require(trace[scope + "bubble [4:0]"])
      let causes = UInt64(Bubble.allCases.count)
      for time in Set((reading.changes + pc.changes + bubble.changes).map(\.time)) {
        let cause = UInt64(bubble.value(at: time)!, radix: 2)!, slot = UInt64(pc.value(at: time)!, radix: 2)!
        let expected = cause != 0 ? cause : causes + slot
        #expect(UInt64(reading.value(at: time)!, radix: 2) == expected, "\(scope) at \(time)")
      }
    }
    let text = try FST2VCD.convert(folder.file("t.fst"), extensions: true)
    // The table: bubbles, then the program. Blanks are written as \040.
    #expect(text.contains("instruction") && text.contains(#"0:\040r0\040=\0400"#) && text.contains("loadUse"))
  }

  /// A clock's event stands at each edge at which something changed, and nowhere else.
  @Test func clocksTickWhenSomethingHappens() throws {
    let (simulator, trace) = try run()
    let clocks = simulator.system.simulation.clocks
    let events = Set(clocks.flatMap { clock in trace["clock.\(clock.name)"]?.changes.map(\.time) ?? [] })
    for clock in clocks {
      let times = try #require(trace["clock.\(clock.name)"]).changes.map(\.time)
      #expect(times.count > 100 && times.allSatisfy { $0 % clock.period == 0 })
    }
    let others = trace.signals.filter { $0.kind == "reg" }.flatMap(\.changes).map(\.time)
    #expect(Set(others).subtracting(events).subtracting([0]).isEmpty)
  }

  @Test func theEndSaysWhy() throws {
    let (_, trace) = try run()
    #expect(trace["trace.end"]?.changes.map(\.time) == [0, trace.endTime])
    #expect(trace["trace.end"]?.changes.first?.value == "not\\040finished")
    #expect(trace["trace.end"]?.changes.last?.value.hasPrefix("complete:") == true)
  }

  @Test func viewersOpenItReadyToRead() throws {
    let (_, trace) = try run()
    let names = Set(trace.signals.map { $0.path.split(separator: " ")[0] })
    let save = try readText(folder.file("t.gtkw")), commands = try readText(folder.file("t.sucl"))
    let saved = save.split(separator: "\n").filter { $0.hasPrefix("+{") }
      .map { $0.split(separator: "} ")[1].split(separator: "[")[0] }
    let added = commands.split(separator: "\n").filter { $0.hasPrefix("variable_add ") }.map { $0.dropFirst(13) }
    #expect(saved.count > 30 && added.count > 30)
    #expect(saved.allSatisfy { names.contains($0) } && added.allSatisfy { names.contains($0) })
    #expect(save.contains("[dumpfile] \"t.fst\"") && save.contains("-device: pipeline"))
    #expect(save.components(separatedBy: "@800200").count == save.components(separatedBy: "@1000200").count)
  }

  /// What a person saved in a viewer is not lost in the next run.
  @Test func filesOfOthersStay() throws {
    try "[*] GTKWave Analyzer\nmine\n".write(toFile: folder.file("t.gtkw"), atomically: true, encoding: .utf8)
    _ = try run()
    #expect(try readText(folder.file("t.gtkw")) == "[*] GTKWave Analyzer\nmine\n")
    let commands = try readText(folder.file("t.sucl"))
    _ = try run()
    #expect(try readText(folder.file("t.sucl")) == commands)
  }
}
