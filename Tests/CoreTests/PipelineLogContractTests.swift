import EBPF
import TestSupport
import Testing

@testable import Device

/// The pipeline logs of real runs keep the timing contract of specs/classic5.md.
@Suite struct PipelineLogContractTests {
  @Test(arguments: ContractTests.examples) func chartIsThatOfThePage(_ example: ContractTests.Example) throws {
    let run = try LoggedRun(example.program, CoreSpec { $0.predictor = example.predictor })
    let chart = try #require(run.chart)
    guard example.testDescription == "LDDW" else {
      #expect(try ContractTests.page.compare(chart, as: example.testDescription))
      return
    }
    // The page shows the second slot in a row of its own.
    #expect(
      chart == """
        cycle                   1  2  3  4  5  6  7  8
        0: r0 = 0x123456789 ll  F  D  D  X  M  W
        2: r0 += 1                    F  D  X  M  W
        3: exit                          F  D  X  M  W
        charged to              f  f  f  f  w  +  +  +
        """)
  }

  /// The example of specs/pipeline-log.md, as a chart and as a file.
  @Test func theExampleOfThePageIsARun() throws {
    let run = try LoggedRun([.load(8, 0, at: 10, -8), .add(0, 1), .exit])
    let page = try SpecPage.text("pipeline-log.md")
    #expect(try page.contains("```text\n\(#require(run.chart))\n```\n"))
    #expect(page.contains("```text\n\(run.text)```\n"), "\(run.text)")
  }

  /// A core without timing has a row for each instruction, those of a slice in the same cycle; the one that faults is
  /// flushed.
  @Test(arguments: [1, 7, 4096]) func aCoreWithoutTiming(_ slice: UInt64) throws {
    let spec = CoreSpec { $0.microarchitecture.functional.sliceInstructions = slice }
    let program = Self.loop.dropLast(5) + [.load(8, 0, at: 10, 0), .exit] + Self.loop.suffix(4)
    let run = try LoggedRun(Array(program), spec, data: [7, 0, 0, 0, 0, 0, 0, 0])
    #expect(run.outcome.fault == .loadOutOfBounds)
    let rows = run.log.instructions
    #expect(
      rows.map { Int($0.label.prefix { $0 != ":" }) } == run.outcome.retired + [run.outcome.faultPC.map { Int($0) }])
    #expect(rows.dropLast().allSatisfy { $0.ending == .retired } && rows.last?.ending == .flushed)
    #expect(rows.map { UInt64($0.stages[0].start) }.dropLast() == run.outcome.commits.map(\.cycle)[...])
    #expect(rows.last?.detail.hasSuffix("fault=loadOutOfBounds") == true)
  }

  /// A loop with one of everything, and a function that it calls.
  static let loop: [Instruction] =
    [.copy(9, from: 1), .move(8, 3), .move(0, 0), .move(7, 5)] + wide(6, 0x1_0000_0001)
    + [
      .load(8, 2, at: 9, 0), .add(2, 1), .store(8, at: 10, -8, 2), .multiply(2, 3), .copy(3, from: 2), .divide(3, 7),
      .atomic(8, 1, at: 10, -8, register: 7), .add(7, 1), .atomic(8, 0, at: 10, -8, register: 6), .copy(1, from: 3),
      .call(8), .copy(0, from: 1), .jumpIfEqual(8, 1, 1), .jump(1), .move(5, 1), .add(8, -1),
      .jumpUnlessEqual(8, 0, -17), .load(8, 0, at: 10, -8), .exit, .copy(4, from: 1), .multiply(4, 2),
      .copy(1, from: 4), .exit,
    ]

  @Test(arguments: BranchPredictor.allCases) func aLoopOfEverythingKeepsTheRules(_ predictor: BranchPredictor) throws {
    try Verifier.verify(Program(Self.loop))
    let run = try LoggedRun(Self.loop, CoreSpec { $0.predictor = predictor }, data: [7, 0, 0, 0, 0, 0, 0, 0])
    #expect(run.outcome.fault == CoreFault.none)
    #expect(run.outcome.instructions == 67)
    try run.check(CoreSpec { $0.predictor = predictor })
  }

  /// traces/loop: 30 instructions with one of everything, four times.
  @Test(arguments: BranchPredictor.allCases) func theLoopToLookAtKeepsTheRules(_ predictor: BranchPredictor) throws {
    let source = try String(contentsOf: SpecPage.repository.appending(path: "traces/loop/loop.s"), encoding: .utf8)
    let program = try Assembler.assemble(source).program.text.map(Instruction.init(word:))
    let spec = CoreSpec { $0.predictor = predictor }
    let run = try LoggedRun(program, spec, data: [UInt8](repeating: 0, count: 64))
    #expect(run.outcome.fault == CoreFault.none && run.outcome.r0 == 0x76)
    #expect(run.outcome.instructions == 3 + 4 * 30 - 2 + 2)
    try run.check(spec)
  }

  @Test(arguments: DifferentialTests.classic5.indices) func randomProgramsKeepTheRules(_ index: Int) throws {
    let spec = DifferentialTests.classic5[index]
    var drawn = 0
    for seed in UInt64(0)..<40 {
      var generator = ProgramGenerator(seed: seed << 8 | UInt64(index), faultsPerMille: seed < 20 ? 0 : 30)
      let program = generator.program(), data = generator.data()
      let run = try LoggedRun(program, spec, data: data)
      try run.check(spec)
      let bench = CoreBench(spec), oracle = PipelineChart(of: program)
      bench.load(program, data: data)
      bench.run(watching: oracle)
      let chart = run.chart
      #expect((chart == nil) == oracle.hasOverlap)
      guard let chart else { continue }
      #expect(chart == oracle.text(joiningSlotsOf: program))
      drawn += 1
    }
    #expect(drawn > 5)
  }

  /// The eight-stage core: whatever retires has been in each stage, in order, and no stage works on two.
  @Test(arguments: Deep8Specs.all.indices) func theEightStagesKeepTheirOrder(_ index: Int) throws {
    for seed in UInt64(0)..<30 {
      var generator = ProgramGenerator(seed: seed << 8 | UInt64(index))
      let run = try LoggedRun(generator.program(), Deep8Specs.all[index], data: generator.data())
      let retired = run.log.instructions.filter { $0.ending == .retired }
      #expect(retired.map { Int($0.label.prefix { $0 != ":" }) } == run.outcome.retired)
      for instruction in retired {
        #expect(instruction.stages.map(\.name) == ["F1", "F2", "D", "R", "X", "M1", "M2", "W"])
      }
      run.checkStages()
    }
  }

  @Test(arguments: 1...24) func anAbortFlushesWhatDidNotRetire(_ cycle: Int) throws {
    let program = (0..<12).map { Instruction.move(UInt8($0 % 10), 1) } + [.exit]
    let firstFetch = CoreBench.commandEdge + UInt64(program.count)
    let run = try LoggedRun(program, abortAt: firstFetch + UInt64(cycle))
    try run.check(CoreSpec())
    // As long as all five stages are full, three instructions are behind the one that retires.
    let flushed = run.log.instructions.filter { $0.ending == .flushed }.count
    if (4..<12).contains(cycle) { #expect(flushed == 3) }
    #expect(run.log.instructions.count == run.outcome.retired.count + flushed)
  }
}

extension LoggedRun {
  /// Checks the log against the run, and each retirement against the rules of the timing contract.
  func check(_ spec: CoreSpec) throws {
    let retired = log.instructions.filter { $0.ending == .retired }
    #expect(retired.map { Int($0.label.prefix { $0 != ":" }) } == outcome.retired)
    #expect(log.instructions.allSatisfy { $0.ending != nil })
    #expect(UInt64(log.cycles.count) >= outcome.cycles && UInt64(log.cycles.count) <= outcome.cycles + 1)
    checkStages()
    let oracle = TimingOracle(program: program, spec: spec)
    for (order, instruction) in retired.enumerated() {
      let row = log.row(instruction).joined(), here = program[outcome.retired[order]].traits
      #expect(row.wholeMatch(of: /FD+X+M+W/) != nil)
      if here.isAtomic { #expect(row.count { $0 == "M" } == spec.atomicCycles) }
      if here.isMultiply { #expect(row.count { $0 == "X" } >= spec.multiplyCycles) }
      if here.isDivide { #expect(row.count { $0 == "X" } >= spec.divideCycles) }
      if here.isWide { #expect(row.count { $0 == "D" } >= 2) }
      let held = instruction.detail.matches(of: /[a-z_]+ (\d+)(,|$)/).reduce(0) { $0 + Int($1.1)! }
      #expect(row.count == 5 + held, "\(instruction)")
      // The rules take an EXIT that nothing follows for the last one, not for a return, and do not see what a CALLX calls.
      if here.isIndirect { continue }
      if here.isExit && (order + 1 < retired.count || outcome.fault != CoreFault.none) { continue }
      let losses = oracle.losses(of: Array(outcome.retired[...order])).values.reduce(0, +)
      let column = instruction.stages.last!.start - log.cycles.lowerBound + 1
      #expect(column == order + 1 + Int(losses))
    }
  }

  /// Each stage works on one instruction at a time, each write-back is a retirement or a fault.
  func checkStages() {
    var taken: Set<String> = []
    for instruction in log.instructions {
      for (i, stage) in log.row(instruction).enumerated() {
        #expect(taken.insert("\(stage)\(instruction.stages[0].start + i)").inserted)
      }
      if instruction.ending == .flushed {
        #expect(instruction.stages.last?.name != "W" || instruction.detail.contains("fault="))
      }
    }
  }
}

extension PipelineChart {
  /// The chart with both slots of an LDDW in one row.
  func text(joiningSlotsOf program: [Instruction]) -> String {
    var rows = text.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    for slot in program.indices.reversed() where slot > 0 && program[slot - 1].traits.isWide {
      let second = rows.remove(at: slot + 1)
      for (column, cell) in second.enumerated() where column > 24 && cell == "D" {
        rows[slot] += Array(repeating: " ", count: max(0, column + 1 - rows[slot].count))
        rows[slot][column] = cell
      }
    }
    return rows.map { String($0) }.joined(separator: "\n")
  }
}
