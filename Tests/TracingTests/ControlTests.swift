import Scenario
import SimKernel
import Testing
import TraceSupport
import Tracing
import UBPFSim

/// What options choose of a trace is what the whole trace has there.
@Suite(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
struct ControlTests {
  let folder = try! TemporaryFolder()

  /// Three runs of a program, after loading it.
  private static let scenario = """
    {"steps": [
      {"load_text": {"program": {"hex": "\(Scenarios.program)"}}},
      {"load_data": {"fill": {"bytes": 3000, "pattern": "random"}}},
      {"repeat": {"count": 3, "steps": [{"run": {}}, {"wait": {"time": "2us"}}]}}]}
    """

  /// Runs the scenario with a trace, in FST or VCD.
  private func trace(
    _ name: String, _ change: (inout TraceOptions) throws -> Void = { _ in }
  ) throws -> VCDCanonical {
    let simulator = try Simulator(scenario: write())
    var options = TraceOptions()
    try change(&options)
    let path = folder.file(name)
    try simulator.writeTrace(to: path, options: options)
    try simulator.run()
    return try name.hasSuffix(".fst") ? FST2VCD.read(path) : VCDCanonical(parsing: readText(path))
  }

  private func write() throws -> String {
    let path = folder.file("s.json")
    try Self.scenario.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Whether `part` says of its signals, from `from` to `to`, what `whole` says.
  private func expectSame(_ part: VCDCanonical, _ whole: VCDCanonical, from: UInt64, to: UInt64) {
    var wrong: [String] = []
    let signals = Dictionary(whole.signals.map { ($0.path, $0) }) { first, _ in first }
    for signal in part.signals where !signal.path.hasPrefix("trace.") {
      guard let same = signals[signal.path] else {
        wrong.append("\(signal.path) is not in the whole trace")
        continue
      }
      let expected = same.changes.filter { $0.time > from && $0.time <= to }
      if signal.changes.filter({ $0.time > from && $0.time <= to }) != expected { wrong.append(signal.path) }
      if signal.kind != "event" && signal.value(at: from) != same.value(at: from) {
        wrong.append("\(signal.path) at first")
      }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(5))")
  }

  @Test(arguments: ["t.fst", "t.vcd"])
  func aStretchOfTime(name: String) throws {
    let whole = try trace("whole.fst")
    let part = try trace(name) {
      $0.from = .microseconds(26)
      $0.to = .microseconds(28)
    }
    let first = try #require(part.signals.flatMap(\.changes).map(\.time).min())
    // The first edge from there on.
    #expect(first >= 26_000_000 && first < 26_010_000 && part.endTime == 28_000_000)
    expectSame(part, whole, from: first, to: 28_000_000)
    #expect(part["trace.end"]?.changes.last?.value == "recording\\040was\\040to\\040end\\040here")
  }

  @Test func scopesAreWhatIsInTheFile() throws {
    let whole = try trace("whole.fst")
    let part = try trace("t.fst") { $0.scopes = ["core.*", "link.down.header?", "transactions.link.down"] }
    #expect(part.signals.count < whole.signals.count / 4)
    let others = part.signals.map(\.path).filter {
      !$0.hasPrefix("device.core.") && !$0.hasPrefix("link.down.header") && $0 != "transactions.link.down"
        && $0 != "trace.end"
    }
    #expect(others.isEmpty)
    expectSame(part, whole, from: 0, to: whole.endTime)
  }

  @Test func levelsAreMoreAndMore() throws {
    let counts = try TraceOptions.Level.allCases.map { level in try trace("t.fst") { $0.level = level }.signals.count }
    #expect(counts.sorted() == counts && Set(counts).count == 3)
    let ports = try trace("t.fst") { $0.level = .ports }
    let states = try trace("t.fst") { $0.level = .states }
    #expect(ports["device.core.retired [63:0]"] == nil && ports.signals.contains { $0.path.hasSuffix(".level [15:0]") })
    #expect(states["device.core.retired [63:0]"] != nil)
    #expect(!states.signals.contains { $0.path.hasPrefix("device.dmaEngine.tag0.") })
  }

  /// The second run begins it, its end stops it, and the third run, which is one more, begins it again.
  @Test(arguments: ["t.fst", "t.vcd"])
  func triggersStartAndStop(name: String) throws {
    let whole = try trace("whole.fst")
    let phase = try #require(whole["device.core.phase [1:0]"])
    let starts = phase.changes.filter { $0.value == "10" }.map(\.time)
    let ends = phase.changes.indices.filter { $0 > 0 && phase.changes[$0 - 1].value == "10" }.map {
      phase.changes[$0].time
    }
    #expect(starts.count == 3 && ends.count == 3)
    let part = try trace(name) {
      $0.start = try TraceTrigger("core.phase == running #2")
      $0.stop = try TraceTrigger("device.core.phase != 2")
    }
    let times = part.signals.filter { $0.kind != "string" }.flatMap(\.changes).map(\.time)
    #expect(times.min() == starts[1])
    expectSame(part, whole, from: starts[1], to: ends[1])
    // From the third run on it records again.
    #expect(times.contains(starts[2]) && !times.contains { $0 > ends[1] && $0 < starts[2] })
    expectSame(part, whole, from: starts[2], to: ends[2])
  }

  @Test func nothingIsRecordedWhenTheTriggerNeverFires() throws {
    let simulator = try Simulator(scenario: write())
    var options = TraceOptions()
    options.start = try TraceTrigger("core.phase == running #9")
    try simulator.writeTrace(to: folder.file("t.fst"), options: options)
    try simulator.run()
    #expect(!simulator.traceHasBegun)
    #expect(try FST2VCD.read(folder.file("t.fst")).signals.allSatisfy { $0.changes.count <= 2 })
  }

  @Test func onlyTheLastStretchIsKept() throws {
    let whole = try trace("whole.fst")
    let last: Picoseconds = .microseconds(4)
    let part = try trace("t.fst") { $0.last = last }
    let first = try #require(part.signals.flatMap(\.changes).map(\.time).min())
    // Asked for is a stretch up to the end; up to an eighth more may be there, and a batch.
    #expect(part.endTime == whole.endTime && first <= whole.endTime - last)
    #expect(first >= whole.endTime - 2 * last)
    expectSame(part, whole, from: first, to: whole.endTime)
    #expect(throws: TraceError.self) { try trace("t.vcd") { $0.last = last } }
  }

  @Test func theFileDoesNotGrowBeyondItsLimit() throws {
    let whole = try trace("whole.fst"), limit = try readBytes(folder.file("whole.fst")).count - 1
    let part = try trace("t.fst") { $0.sizeLimit = limit }
    #expect(try readBytes(folder.file("t.fst")).count <= limit)
    #expect(part.endTime > 0 && part.endTime < whole.endTime)
    expectSame(part, whole, from: 0, to: part.endTime)
    #expect(part["trace.end"]?.changes.last?.value.contains("limit") == true)
  }

  @Test(arguments: [
    (["nothing.here"], "no signal matches \"nothing.here\"; the outermost scopes are "),
    (["core", "decode.pcc"], "no signal matches \"decode.pcc\"; did you mean \"decode.pc\"?"),
  ])
  func unknownScopesAreRefused(scopes: [String], message: String) throws {
    let error = #expect(throws: TraceError.self) { try trace("t.fst") { $0.scopes = scopes } }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("core.phaze == running", "found no signal \"core.phaze\"; did you mean \"core.phase\"?"),
    (
      "core.phase == runing",
      "found the value \"runing\", expected one of \"idle\", \"loading\", \"running\", \"reporting\""
    ),
    ("core.retired == many", "found the value \"many\", expected a number"),
    ("phase == 1", "\"phase\" is one of"),
  ])
  func triggersOnWhatIsNotThereAreRefused(text: String, message: String) throws {
    let error = #expect(throws: TraceError.self) { try trace("t.fst") { $0.start = try TraceTrigger(text) } }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
