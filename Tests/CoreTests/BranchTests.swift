import EBPF
import TestSupport
import Testing

@testable import Device

/// Branches are resolved in execute: going elsewhere than fetch did costs the two places behind.
@Suite struct BranchTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: [Instruction]
    /// Cycles lost without prediction, and with backward branches taken.
    let none, backwardTaken: UInt64
  }

  static let cases: [Case] = [
    Case(
      testDescription: "forward, not taken", code: [.jumpIfEqual(3, 1, 1), .add(0, 1)], none: 0, backwardTaken: 0),
    Case(testDescription: "forward, taken", code: [.jumpIfEqual(3, 0, 1), .add(0, 1)], none: 2, backwardTaken: 2),
    Case(testDescription: "forward, taken to the next slot", code: [.jumpIfEqual(3, 0, 0)], none: 2, backwardTaken: 2),
    Case(
      testDescription: "backward, not taken", code: [.add(0, 1), .jumpIfEqual(3, 1, -2)], none: 0, backwardTaken: 2),
    Case(
      testDescription: "backward, taken once, then not",
      code: [.move(1, 2), .add(1, -1), .jumpUnlessEqual(1, 0, -2)], none: 2, backwardTaken: 1 + 2),
    Case(
      testDescription: "backward, taken nine times, then not",
      code: [.move(1, 10), .add(1, -1), .jumpUnlessEqual(1, 0, -2)], none: 9 * 2, backwardTaken: 9 + 2),
    Case(testDescription: "JA forward", code: [.jump(1), .add(0, 1)], none: 2, backwardTaken: 1),
    Case(testDescription: "JA32 forward", code: [.jumpWide(1), .add(0, 1)], none: 2, backwardTaken: 1),
    Case(testDescription: "JA to the next slot", code: [.jump(0)], none: 2, backwardTaken: 1),
    Case(
      testDescription: "JA forward, JA backward, JA forward", code: [.jump(1), .jump(1), .jump(-2)], none: 3 * 2,
      backwardTaken: 3),
    Case(
      testDescription: "JA32 forward, JA32 backward, JA32 forward",
      code: [.jumpWide(1), .jumpWide(1), .jumpWide(-2)], none: 3 * 2, backwardTaken: 3),
    Case(
      testDescription: "taken in a row", code: [.jumpIfEqual(3, 0, 0), .jumpIfEqual(3, 0, 0)], none: 4,
      backwardTaken: 4),
  ]

  @Test(arguments: cases, BranchPredictor.allCases) func lostCycles(_ example: Case, _ predictor: BranchPredictor) {
    let lost = predictor == .none ? example.none : example.backwardTaken
    let outcome = run(example.code + [.exit], CoreSpec { $0.predictor = predictor })
    #expect(outcome.losses == (lost == 0 ? [:] : [.branch: lost]))
    #expect(outcome.cycles == outcome.instructions + 4 + lost)
  }

  /// What is fetched behind a taken branch never reaches execute, be it a call, a store or an EXIT.
  @Test(arguments: BranchPredictor.allCases) func theWrongPathHasNoEffect(_ predictor: BranchPredictor) {
    let bench = CoreBench(CoreSpec { $0.predictor = predictor })
    let wrong: [[Instruction]] = [
      [.call(1)], [.exit], [.store(8, at: 1, 0, 1)], wide(0, 99), [.callHelper(1)], [.multiply(0, 0)],
    ]
    let code = wrong.flatMap { [.jumpIfEqual(3, 0, Int16($0.count))] + $0 }
    bench.load([.move(0, 7)] + code + [.exit], data: [UInt8](repeating: 0, count: 8))
    let outcome = bench.run()
    #expect(outcome.r0 == 7)
    #expect(outcome.instructions == UInt64(2 + wrong.count))
    #expect(outcome.losses == [.branch: UInt64(2 * wrong.count)])
    #expect(bench.data(8) == [UInt8](repeating: 0, count: 8))
  }

  /// A loop that is fetched as fast as possible: the jump that was predicted is itself the place it leads to.
  @Test func aPredictedJumpToItselfTakesTwoCyclesARound() {
    let spec = CoreSpec {
      $0.predictor = .backwardTaken
      $0.machine.instructionLimit = 100
    }
    let outcome = run([.jump(-1), .exit], spec)
    #expect(outcome.fault == .instructionLimit)
    #expect(outcome.losses == [.branch: 99])
  }
}
