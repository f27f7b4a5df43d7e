import EBPF
import TestSupport
import Testing

@testable import Device

/// What the branch predictor and the instruction cache of the eight-stage core know, and when.
@Suite struct Deep8FetchTests {
  private static let other = Instruction.move(5, 0)

  @Test(arguments: [2, 3, 10, 1000] as [Int32]) func aLoopIsMispredictedAtItsFirstAndAtItsLastRound(_ rounds: Int32) {
    let outcome = run([.move(1, rounds), .add(1, -1), .jumpUnlessEqual(1, 0, -2), .exit], .ideal())
    #expect(outcome.losses == [.branch: 8])
  }

  @Test func aJumpIsFollowedFromFetchOnceItHasBeenInExecute() {
    let spec = CoreSpec.ideal().with { $0.machine.instructionLimit = 100 }
    // To itself: the jump is looked up again three cycles later, before it has been in execute.
    #expect(run([.jump(-1), .exit], spec).losses == [.branch: 4])
    // Round the corner: five cycles later.
    #expect(run([Self.other, Self.other, .jump(-3), .exit], spec).losses == [.branch: 2])
  }

  /// A branch that changes its mind every other round is never predicted right: its counter stays at weakly not taken or
  /// goes to weakly taken, one round late.
  @Test func aBranchThatAlternatesIsMispredictedEachTime() {
    let toggle = Instruction(opcode: 0xa7, dst: 2, imm: 1)  // r2 ^= 1
    let body: [Instruction] = [toggle, .jumpIfEqual(2, 1, 0)]
    let rest = [Instruction](repeating: Self.other, count: 8)
    let same = run([.move(8, 10)] + body + rest + [.add(8, -1), .jumpUnlessEqual(8, 0, -12), .exit], .ideal())
    // Taken to the next slot is no misprediction.
    #expect(same.losses == [.branch: 8])
    let apart: [Instruction] = [toggle, .jumpIfEqual(2, 1, 1), Self.other]
    let outcome = run([.move(8, 10)] + apart + rest + [.add(8, -1), .jumpUnlessEqual(8, 0, -13), .exit], .ideal())
    #expect(outcome.losses == [.branch: 8 + 10 * 4])
  }

  /// The slot of EXIT is known as a return, but the program's own EXIT has no caller.
  @Test func theExitOfTheEntryFunctionIsNeverPredictedAsAReturn() {
    let outcome = run([.add(3, 1), .jumpIfEqual(3, 3, 1), .call(-3), .exit], .ideal())
    #expect(outcome.retired == [0, 1, 2, 0, 1, 2, 0, 1, 3, 3, 3])
    // The first call, the branch and the first return; and EXIT waits in execute for the second return.
    #expect(outcome.losses == [.branch: 2 + 4 + 4, .call: 2])
  }

  @Test func theWrongPathHasNoEffect() {
    let bench = CoreBench(.ideal())
    let wrong: [[Instruction]] = [
      [.call(1)], [.exit], [.store(8, at: 1, 0, 1)], wide(0, 99), [.callHelper(1)], [.multiply(0, 0)], [.divide(0, 5)],
    ]
    let code = wrong.flatMap { [.jumpIfEqual(3, 0, Int16($0.count))] + $0 }
    bench.load([.move(0, 7)] + code + [.exit], data: [UInt8](repeating: 0, count: 8))
    let outcome = bench.run()
    #expect(outcome.r0 == 7)
    #expect(outcome.instructions == UInt64(2 + wrong.count))
    #expect(outcome.losses == [.branch: UInt64(4 * wrong.count)])
    #expect(bench.data(8) == [UInt8](repeating: 0, count: 8))
  }

  /// The quotient holds the addition in register read for 19 cycles, in which the second line arrives.
  @Test func aLineArrivesWhileThePipelineWaits() {
    let outcome = run([.divide(1, 3), .add(1, 1), Self.other, .exit], .deep8 { $0.icacheLineSlots = 2 })
    #expect(outcome.losses == [.instructionFetch: 12 + 2, .divide: 19])
  }

  /// Predictor and cache are empty at the start of each run.
  @Test func equalRunsTakeEqualCycles() {
    let bench = CoreBench(.deep8())
    bench.load([.move(1, 10), .add(1, -1), .jumpUnlessEqual(1, 0, -2), .exit])
    bench.run(alsoAt: 3)
    #expect(bench.core.runs.count == 2)
    #expect(bench.core.runs[0].counts == bench.core.runs[1].counts)
    #expect(bench.core.runs[1].counts[.instructionFetch] == 12)
  }
}
