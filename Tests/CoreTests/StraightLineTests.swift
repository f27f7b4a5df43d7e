import EBPF
import TestSupport
import Testing

@testable import Device

/// Without hazards a program of N instructions takes N + 4 cycles: one each, and four until the first is in write-back.
@Suite struct StraightLineTests {
  @Test(arguments: [1, 2, 3, 4, 5, 10, 1000]) func instructionsTakeOneCycleEach(_ count: Int) {
    let outcome = run((1..<count).map { .add(UInt8($0 % 8), 1) } + [.exit])
    #expect(outcome.instructions == UInt64(count))
    #expect(outcome.cycles == UInt64(count) + 4)
    #expect(outcome.fill == 4)
    #expect(outcome.losses == [:])
  }

  @Test func resultsAreForwardedFromExecuteAndFromMemory() {
    let outcome = run([.move(1, 5), .add(1, 1), .add(1, 1), .copy(0, from: 1), .add(0, register: 1), .exit])
    #expect(outcome.r0 == 14)
    #expect(outcome.losses == [:])
  }

  @Test(arguments: [1, 2, 5]) func lddwTakesTwoSlotsAndTwoCycles(_ count: Int) {
    let outcome = run((0..<count).flatMap { wide(UInt8($0), 0x1_2345_6789) } + [.exit])
    #expect(outcome.instructions == UInt64(count) + 1)
    #expect(outcome.cycles == 2 * UInt64(count) + 1 + 4)
    #expect(outcome.losses == [.wide: UInt64(count)])
  }

  @Test func theConstantOfAnLDDWIsForwarded() {
    let outcome = run(wide(1, 0x1_2345_6789) + [.copy(0, from: 1), .exit])
    #expect(outcome.r0 == 0x1_2345_6789)
    #expect(outcome.losses == [.wide: 1])
  }

  @Test func loadsAndStoresTakeOneCycle() {
    let outcome = run([
      .store(8, at: 10, -8, 7), .load(8, 1, at: 10, -8), .load(4, 2, at: 10, -8), .store(1, at: 10, -8, register: 3),
      .exit,
    ])
    #expect(outcome.cycles == 5 + 4)
    #expect(outcome.losses == [:])
  }

  @Test func aStoreIsSeenByTheLoadBehindIt() {
    let outcome = run([.store(8, at: 10, -8, 7), .load(8, 0, at: 10, -8), .exit])
    #expect(outcome.r0 == 7)
  }
}
