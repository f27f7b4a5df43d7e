import Check
import EBPF
import PCIe
import Testing

/// Records of both sides in any interleaving: the first difference, and nothing else.
struct StreamComparisonTests {
  private static func commit(_ order: UInt64, core: Int = 0, run: Int = 0, r1: UInt64 = 7, cycle: UInt64 = 0)
    -> CommitRecord
  {
    CommitRecord(
      core: core, run: run, order: order, pc: Int(order), instruction: 0xb7, writes: [.init(register: 1, value: r1)],
      cycle: cycle, time: cycle * 1000)
  }

  private func comparison(_ change: (inout CommitRules) -> Void = { _ in }) -> StreamComparison<CommitRecord> {
    var rules = CommitRules()
    change(&rules)
    return StreamComparison(rules, contextLines: 2)
  }

  @Test func equalStreamsAreTheSameHoweverTheyInterleave() {
    for ahead in 0...3 {
      let comparison = comparison()
      for order in 0..<10 as Range<UInt64> {
        for core in 0..<2 { comparison.model(Self.commit(order, core: core)) }
        if order >= ahead {
          for core in [1, 0] { comparison.design(Self.commit(order - UInt64(ahead), core: core), line: 1) }
        }
      }
      for order in UInt64(10 - ahead)..<10 {
        for core in 0..<2 { comparison.design(Self.commit(order, core: core), line: 1) }
      }
      comparison.finish()
      #expect(comparison.divergence == nil)
      #expect(comparison.counts.map(\.value) == [10, 10])
      #expect(comparison.uncompared.isEmpty)
    }
  }

  @Test func theFirstDifferenceIsToldWithWhatWasBefore() throws {
    let comparison = comparison()
    for order in 0..<9 as Range<UInt64> {
      comparison.model(Self.commit(order, cycle: 10 + order))
      comparison.design(Self.commit(order, r1: order < 5 ? 7 : 8), line: Int(order) + 3)
    }
    comparison.finish()
    let found = try #require(comparison.divergence)
    #expect(found.place == "core0 run0 #5" && found.line == 8 && found.time == 15_000)
    #expect(found.differences == [FieldDifference("r1", model: "0x7", design: "0x8")])
    #expect(found.modelBefore.map { $0.split(separator: " ")[2] } == ["#3", "#4"])
    #expect(found.designBefore == [3, 4].map { Self.commit($0).shownLine })
    #expect(found.design == Self.commit(5, r1: 8).shownLine)
    #expect(found.model?.hasSuffix(" ; c=15 t=15000ps") == true && found.design?.contains(";") == false)
    #expect(comparison.counts.map(\.value) == [6])
  }

  @Test func everyFieldCountsUnlessItIsIgnored() {
    let model = CommitRecord(
      pc: 3, instruction: 0x1234, writes: [.init(register: 2, value: 0xff)],
      accesses: [.init(.load, size: 4, address: 8, value: 1), .init(.store, size: 4, address: 8, value: 2)],
      fault: "stack")
    let changes: [(field: String, change: (inout CommitRecord) -> Void)] = [
      ("pc", { $0.pc = 4 }), ("insn", { $0.instruction = 0x1235 }), ("fault", { $0.fault = nil }),
      ("fault", { $0.fault = "other" }), ("r2", { $0.writes[0].value = 0xfe }), ("r2", { $0.writes = [] }),
      ("r10", { $0.writes.append(.init(register: 10, value: 0)) }), ("loads", { $0.accesses[0].value = 3 }),
      ("loads", { $0.accesses.removeFirst() }), ("stores", { $0.accesses[1].size = 8 }),
      ("stores", { $0.accesses[1].address = 9 }),
    ]
    for (field, change) in changes {
      var design = model
      change(&design)
      var rules = CommitRules()
      #expect(model.differences(in: design, rules).map(\.field) == [field])
      rules.ignored = [field]
      #expect(model.differences(in: design, rules).isEmpty, "\(field)")
    }
    var rules = CommitRules()
    rules.masks[2] = 0xf0
    var design = model
    design.writes[0].value = 0xf1
    #expect(model.differences(in: design, rules).isEmpty)
    design.writes[0].value = 0xe1
    #expect(model.differences(in: design, rules) == [FieldDifference("r2", model: "0xf0", design: "0xe0")])
  }

  @Test(arguments: [0, 1, 5] as [UInt64]) func cyclesCountFromTheFirstCommitOfARun(tolerance: UInt64) {
    for late in 0...6 as ClosedRange<UInt64> {
      let comparison = comparison { $0.cycleTolerance = tolerance }
      for run in 0..<2 {
        for order in 0..<4 as Range<UInt64> {
          let cycle = 100 * UInt64(run) + order * 3
          comparison.model(Self.commit(order, run: run, cycle: cycle + 50))
          comparison.design(
            Self.commit(order, run: run, cycle: cycle + UInt64(run) * 9 + (order == 3 ? late : 0)), line: 1)
        }
      }
      comparison.finish()
      #expect((comparison.divergence == nil) == (late <= tolerance), "late by \(late)")
      #expect(comparison.divergence?.differences.map(\.field) ?? [] == (late <= tolerance ? [] : ["cycles since #0"]))
    }
  }

  @Test func whoEndsEarlierDiffers() throws {
    for modelCount in [4, 6] as [UInt64] {
      let comparison = comparison()
      for order in 0..<modelCount { comparison.model(Self.commit(order)) }
      for order in 0..<5 as Range<UInt64> { comparison.design(Self.commit(order), line: Int(order) + 1) }
      comparison.finish()
      let found = try #require(comparison.divergence)
      #expect((found.model == nil) == (modelCount == 4) && (found.design == nil) == (modelCount == 6))
      #expect(
        found.summary(log: "d.log").hasPrefix(
          modelCount == 4 ? "d.log goes on with core0 run0 #4" : "d.log ends before core0 run0 #5"))
    }
  }

  @Test func aStreamThatTheDesignDoesNotHaveIsNamed() {
    let comparison = comparison()
    for order in 0..<3 as Range<UInt64> { for core in 0..<2 { comparison.model(Self.commit(order, core: core)) } }
    for order in 0..<3 as Range<UInt64> { comparison.design(Self.commit(order, core: 1), line: 1) }
    comparison.finish()
    #expect(comparison.divergence == nil)
    #expect(comparison.uncompared.map { "\($0.stream) \($0.count)" } == ["core0 3"])
  }
}
