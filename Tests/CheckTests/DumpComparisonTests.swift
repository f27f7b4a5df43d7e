import Check
import Foundation
import Scenario
import SimKernel
import Testing
import WaveReader

/// Signals cycle by cycle, and streams of transfers: dumps on both sides.
struct DumpComparisonTests {
  private static let model: [Dumps.Column] = [
    ("busy", 1, ["0", "0", "1", "1", "1", "0"]), ("pc", 8, ["0", "0", "1", "10", "11", "11"]),
    ("fire", 1, ["0", "0", "1", "0", "1", "0"]),
  ]
  /// The same two cycles earlier.
  private static let design: [Dumps.Column] = [
    ("run", 1, ["1", "1", "1", "0", "0"]), ("count", 8, ["1", "10", "11", "0", "0"]),
    ("valid", 1, ["1", "0", "1", "0", "0"]), ("ready", 1, ["1", "1", "1", "1", "1"]),
  ]
  private static let signals = """
    "align": {"model": "tb.busy", "design": "tb.run"}, "until": {"model": "!tb.busy", "design": "!tb.run"},
    "signals": [{"model": "tb.pc", "design": "tb.count"}]
    """
  private static let streams = """
    "streams": [{"name": "pcs", "model": {"scope": "tb", "valid": "fire", "fields": {"pc": "pc"}},
      "design": {"scope": "tb", "valid": "valid", "ready": "ready", "fields": {"pc": "count"}}}]
    """

  private func run(
    _ map: String, _ model: [Dumps.Column] = model, _ design: [Dumps.Column] = design, cycles: UInt64? = nil
  ) throws -> DumpComparison {
    let period: Picoseconds = 10_000
    var comparison = DumpComparison(
      try Dumps.map("{\"clock\": \"tb.clk\", \(map)}"), design: try Dumps.file(Dumps.text(design)),
      model: try Dumps.file(Dumps.text(model)),
      periods: ["tb.busy": period, "tb.pc": period, "tb.fire": period, "tb.slow": 4_000], isModelWhole: true,
      cycleTolerance: cycles, contextLines: 2)
    try comparison.run()
    return comparison
  }

  private func changed(
    _ columns: [Dumps.Column], _ name: String, _ values: [String], width: Int? = nil
  ) -> [Dumps.Column] { columns.map { $0.name == name ? (name, width ?? $0.width, values) : $0 } }

  private func message(_ map: String, _ design: [Dumps.Column] = design) throws -> String {
    "\(try #require(throws: (any Error).self) { _ = try run(map, Self.model, design) })"
  }

  @Test func equalSignalsAreTheSameWhereverTheyBegin() throws {
    let same = try run(Self.signals)
    #expect(same.divergence == nil && same.counts.map(\.count) == [4] && same.counts.map(\.name) == ["1 signal"])
    let open = try run(
      Self.signals.replacingOccurrences(of: "\"until\": {\"model\": \"!tb.busy\", \"design\": \"!tb.run\"},", with: ""),
      Self.model, changed(Self.design, "count", ["1", "10", "11", "11", "11", "101", "111"]))
    #expect(open.divergence == nil && open.counts.map(\.count) == [4])
    guard case .signals(isLonger: true)? = open.counts.first?.kind else {
      Issue.record("the dump goes on")
      return
    }
  }

  @Test func theFirstDifferentCycleIsTold() throws {
    let found = try run(Self.signals, Self.model, changed(Self.design, "count", ["1", "1110", "0"])).divergence
    #expect(
      found?.summary(log: "d.vcd", unit: .cycle)
        == "cycle #1 differs in cycle 1 (20.00 ns) of d.vcd: tb.pc is 0x2 in the model, 0xe in the design (tb.count)")
    #expect(found?.time == 40_000 && found?.meeting?.design == 20_000)
    #expect(
      found?.model == "cycle #1 tb.pc=0x2 ; c=4 t=40000ps"
        && found?.designBefore == ["cycle #0 tb.count=0x1 ; c=0 t=10000ps"])
    let masked = Self.signals.replacingOccurrences(of: "\"tb.count\"", with: "\"tb.count\", \"mask\": \"0x3\"")
    #expect(try run(masked, Self.model, changed(Self.design, "count", ["1", "1110", "111"])).divergence == nil)
  }

  @Test func bothHaveToEndInTheSameCycle() throws {
    let found = try run(Self.signals, Self.model, changed(Self.design, "run", ["1", "1", "0"])).divergence
    #expect(found?.differences == [.init("!tb.busy", model: "false", design: "true", signal: "!tb.run")])
    let short = try run(Self.signals, Self.model, Self.design.map { ($0.name, $0.width, Array($0.values.prefix(2))) })
    #expect(
      short.divergence?.summary(log: "d.vcd", unit: .cycle)
        == "d.vcd ends before cycle #2, with which the model goes on")
  }

  @Test func aSignalCountsWhenItIsSaidTo() throws {
    let design = changed(Self.design, "count", ["1", "x", "11", "0"])
    let when = Self.signals.replacingOccurrences(of: "\"tb.count\"", with: "\"tb.count\", \"when\": \"tb.valid\"")
    #expect(try run(when, Self.model, design).divergence == nil)
    let both = Self.signals.replacingOccurrences(
      of: "\"tb.count\"", with: "\"tb.count\", \"when\": {\"model\": \"tb.fire\", \"design\": \"tb.ready\"}")
    #expect(
      try run(both, Self.model, changed(Self.design, "count", ["1", "10", "11"])).divergence?.differences
        == [.init("tb.pc", model: nil, design: "0x2", signal: "tb.count")])
    #expect(
      try message(Self.signals, design).contains("found tb.count is 0xxx at 20 ns (cycle 1), expected only 0 and 1"))
    let never = Self.signals.replacingOccurrences(
      of: "\"tb.count\"", with: "\"tb.count\", \"when\": \"tb.valid && !tb.ready\"")
    #expect(try message(never).contains("found no cycle in which tb.pc and tb.count were compared"))
  }

  @Test func aSignalMayBeLateByCycles() throws {
    // The same a cycle later, in a window of its own length.
    let late = changed(Self.design, "count", ["11111111", "1", "10", "11"])
    func run(_ cycles: Int, _ when: String = "") throws -> DumpComparison {
      try self.run(
        Self.signals.replacingOccurrences(of: "\"tb.count\"", with: "\"tb.count\", \"late\": \(cycles)\(when)"),
        Self.model, late)
    }
    #expect(try run(1).divergence == nil)
    #expect(
      try run(0).divergence?.differences == [.init("tb.pc", model: "0x1", design: "0xff", signal: "tb.count")])
    #expect(try run(2).divergence?.differences == [.init("tb.pc", model: "0x1", design: "0x2", signal: "tb.count")])
    // What counts on both sides has to count as much later too.
    let both = ", \"when\": {\"model\": \"tb.fire\", \"design\": \"tb.valid\"}"
    #expect(
      try run(1, both).divergence?.differences == [.init("tb.pc", model: "0x1", design: nil, signal: "tb.count")])
    #expect(
      "\(try #require(throws: (any Error).self) { _ = try run(5000) })".contains("a number of cycles, at most 4096"))
  }

  @Test func streamsAreComparedInTheirOrder() throws {
    let same = try run(Self.streams)
    #expect(same.divergence == nil && same.counts.map(\.count) == [2])
    #expect(try run(Self.streams, cycles: 0).divergence == nil)
    let later: [Dumps.Column] = [
      ("count", 8, ["1", "0", "0", "11"]), ("valid", 1, ["1", "1", "0", "1", "0"]), ("ready", 1, ["1", "0", "1"]),
    ]
    #expect(try run(Self.streams, Self.model, later).divergence == nil)
    #expect(try run(Self.streams, Self.model, later, cycles: 1).divergence == nil)
    #expect(
      try run(Self.streams, Self.model, later, cycles: 0).divergence?.summary(log: "d.vcd", unit: .cycle)
        == "pcs #1 differs in cycle 3 (40.00 ns) of d.vcd: cycles since #0 is 2 in the model, 3 in the design")
    let more = changed(Self.design, "valid", ["1", "0", "1", "1", "0"])
    #expect(
      try run(Self.streams, Self.model, more).divergence?.summary(log: "d.vcd", unit: .cycle)
        == "d.vcd goes on with pcs #2 in cycle 3 (40.00 ns), where the model has ended")
  }

  @Test func whatDoesNotFitIsTold() throws {
    #expect(
      try message(Self.signals, changed(Self.design, "count", ["1"], width: 4)).contains(
        "found \"tb.count\" with 4, expected 8 bits as tb.pc of the model has, or a mask of 4 bits"))
    #expect(
      try message(Self.signals.replacingOccurrences(of: "\"tb.busy\"", with: "\"tb.pc == 9\"")).contains(
        "1 signal: tb.pc == 9 at no edge of the model"))
    #expect(
      try message(Self.streams, changed(Self.design, "valid", ["0"])).contains(
        "found valid and ready at none of 5 rising edges of tb.clk, expected it at one of them"))
    #expect(
      try message(Self.signals.replacingOccurrences(of: "tb.run\"}, \"until", with: "tb.count\"}, \"until")).contains(
        "found \"tb.count\" with 8 bits, expected a signal of 1 bit, or a comparison such as tb.count == 1"))
    #expect(
      try message(Self.signals.replacingOccurrences(of: "\"tb.run\"", with: "\"tb.run == yes\"")).contains(
        "found \"yes\", expected a number"))
  }

  @Test func theWindowHasBothSidesInTheTimeOfTheDesign() throws {
    let map = try Dumps.map("{\"clock\": \"tb.clk\", \(Self.signals)}")
    for ending in ["vcd", "fst"] {
      let path = FileManager.default.temporaryDirectory.appending(path: "window-\(UUID().uuidString).\(ending)").path
      defer { unlink(path) }
      try MergedWindow(
        model: try Dumps.file(Dumps.text(Self.model)), design: try Dumps.file(Dumps.text(Self.design)), map,
        shift: -20_000, from: 0, to: 40_000
      ).write(to: path)
      let window = try WaveFile(path: path), hierarchy = window.hierarchy
      let paths = hierarchy.signals.indices.map { hierarchy.path(of: $0).split(separator: " ")[0] }
      #expect(Set(paths).isSuperset(of: ["model.tb.pc", "model.tb.busy", "design.tb.count", "design.tb.clk"]))
      #expect(!paths.contains("design.tb.valid"))
      var changes: [Substring: [UInt64]] = [:]
      let cursor = window.cursor()
      while try cursor.next() {
        for change in cursor.changes {
          guard let signal = hierarchy.signals.firstIndex(where: { $0.handle == change.handle }) else { continue }
          changes[paths[signal], default: []].append(cursor.time)
        }
      }
      // Both rise to 2 at 10 ns and to 3 at 20 ns.
      #expect(Set(changes["model.tb.pc"] ?? []).isSuperset(of: [10_000, 20_000]), "\(changes)")
      #expect(Set(changes["design.tb.count"] ?? []).isSuperset(of: [10_000, 20_000]), "\(changes)")
    }
  }
}
