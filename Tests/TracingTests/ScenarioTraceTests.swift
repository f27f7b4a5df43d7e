import Foundation
import Scenario
import SimKernel
import Testing
import TraceSupport

/// Waveforms of whole scenarios: both formats say the same, every time, and writing them changes nothing.
struct ScenarioTraceTests {
  private let folder = try! TemporaryFolder()

  /// A scenario of each kind that takes a second or less.
  static let names = ["chunks/chunks.json", "chunks/chunks-p2p.json"]

  private func expectSameStory(_ document: ScenarioDocument) throws {
    let fst = folder.file("run.fst"), vcd = folder.file("run.vcd")
    let first = try TracedRun(document, trace: fst), second = try TracedRun(document, trace: vcd)
    #expect(first.outcome == .stopped)
    #expect(first.system.driver.failures == [])
    let story = try FST2VCD.read(fst)
    #expect(try story == VCDCanonical(parsing: readText(vcd)))
    #expect(story.endTime == first.system.simulation.time)
    #expect(first.report == second.report)
  }

  @Test(
    .enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"),
    .enabled(if: Scenarios.canCompile, "SKIPPED: no clang with the BPF target"), arguments: names)
  func fstAndVCDSayTheSame(name: String) throws {
    try expectSameStory(Scenarios.load(name))
  }

  @Test(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
  func fstAndVCDSayTheSameOfFaults() throws {
    try expectSameStory(Scenarios.everything(seed: 11, core: "333MHz"))
  }

  @Test(arguments: ["fst", "vcd"])
  func twoRunsGiveTheSameFile(ending: String) throws {
    let document = try Scenarios.everything(seed: 12)
    let files = try ["a", "b"].map { name in
      let path = folder.file("\(name).\(ending)")
      _ = try TracedRun(document, trace: path)
      return try readBytes(path)
    }
    #expect(files[0].count > 1_000)
    #expect(files[0] == files[1])
  }

  @Test func anotherSeedIsAnotherRun() throws {
    let texts = try ([1, 2] as [UInt64]).map { seed in
      let path = folder.file("\(seed).vcd")
      _ = try TracedRun(Scenarios.everything(seed: seed), trace: path)
      return try readText(path)
    }
    #expect(texts[0] != texts[1])
  }

  @Test(arguments: [13, 14, 15])
  func observationChangesNoTiming(seed: UInt64) throws {
    let document = try Scenarios.everything(seed: seed)
    let bare = try TracedRun(document)
    for ending in ["fst", "vcd"] {
      let traced = try TracedRun(document, trace: folder.file("run.\(ending)"))
      #expect(traced.report == bare.report)
      #expect(traced.system.simulation.time == bare.system.simulation.time)
    }
  }

  @Test func scopesFollowComponentPaths() throws {
    let path = folder.file("run.vcd")
    let run = try TracedRun(Scenarios.everything(seed: 1), trace: path)
    let paths = VCDCanonical(parsing: try readText(path)).signals.map(\.path)
    for slot in run.system.simulation.components {
      for signal in slot.signals {
        let range = signal.width == 1 ? "" : " [\(signal.width - 1):0]"
        #expect(paths.contains("\(slot.path).\(signal.name)\(range)"))
      }
    }
    // A port is a scope inside its receiver, by the last part of its name.
    for port in ["device.endpoint.posted", "device.core.coreCommands", "peer.engine.commands", "host.driver.responses"]
    {
      #expect(paths.contains("\(port).level [15:0]"))
      #expect(paths.contains("\(port).blocked"))
    }
    // Three ports of the decoder are called responses; both links of the root complex have ports upperRx.posted.
    for port in ["registerAccess_responses", "ramAccess_responses", "windowAccess_responses"] {
      #expect(paths.contains("device.barDecoder.\(port).level [15:0]"))
    }
    for port in ["link_upperRx_posted", "peerLink_upperRx_posted"] {
      #expect(paths.contains("host.rootComplex.\(port).level [15:0]"))
    }
    #expect(Set(paths).count == paths.count, "no two signals have one path")
    let ports = run.system.simulation.ports.count * 2
    let tables = run.system.simulation.components.flatMap(\.tables).map(\.signals.count)
    // The clocks, and why the trace ends.
    let others = run.system.simulation.clocks.count + 1
    let own = run.system.simulation.components.map(\.signals.count).reduce(0, +) + tables.reduce(0, +)
    #expect(paths.count == own + ports + others)
  }

  @Test(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
  func enumerationsCarryTheNamesOfTheirCases() throws {
    let path = folder.file("run.fst")
    let run = try TracedRun(Scenarios.everything(seed: 1), trace: path)
    let attributes = try FST2VCD.convert(path, extensions: true)
      .split(separator: "\n").filter { $0.hasPrefix("$attrbegin") }
    for signal in run.system.simulation.components.flatMap(\.signals) {
      guard case .enumeration(let name, let cases) = signal.kind else { continue }
      let table = " \(name) \(cases.count) \(cases.joined(separator: " ")) "
      #expect(attributes.contains { $0.contains(table) }, "\(table)")
    }
  }
}

/// Fields that are stored wider than they are shown hold nothing in the bits that are not shown, in whole runs.
struct HiddenBitsTests {
  /// Looks at every narrow signal after every edge.
  private final class Watcher: EdgeObserver {
    private(set) var found: Set<String> = []
    private(set) var watched = 0
    private var fields: [(name: String, place: UnsafeRawPointer, bytes: Int, width: Int)] = []

    init(_ simulation: Simulation) {
      super.init()
      for slot in simulation.components {
        add(slot.signals, slot.path, slot.stateBase)
        for table in slot.tables { add(table.signals, slot.path, table.base) }
      }
      watched = fields.count
    }

    private func add(_ signals: [Signal], _ path: String, _ base: UnsafeRawPointer) {
      for signal in signals where signal.width < 8 * signal.bytes {
        fields.append(("\(path).\(signal.name)", base + signal.offset, signal.bytes, signal.width))
      }
    }

    override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
      for field in fields {
        let value: UInt64 =
          switch field.bytes {
          case 1: UInt64(field.place.load(as: UInt8.self))
          case 2: UInt64(field.place.load(as: UInt16.self))
          case 4: UInt64(field.place.load(as: UInt32.self))
          default: field.place.load(as: UInt64.self)
          }
        if value >> UInt64(field.width) != 0 { found.insert("\(field.name) holds \(value)") }
      }
    }
  }

  @Test(arguments: [1, 2])
  func hiddenBitsAreZero(seed: UInt64) throws {
    let document = try Scenarios.everything(seed: seed)
    let system = System(document.spec, steps: document.steps)
    let watcher = Watcher(system.simulation)
    system.simulation.observer = watcher
    #expect(system.simulation.run() == .stopped)
    #expect(watcher.watched > 20)
    #expect(watcher.found.sorted() == [])
  }
}
