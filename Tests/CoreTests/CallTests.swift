import EBPF
import TestSupport
import Testing

@testable import Device

/// Local calls and returns read and write r6 to r10 in execute, so they wait there until the older instructions have
/// retired, and then redirect fetch: 1 + 2 cycles behind another instruction, 2 behind a bubble.
@Suite struct CallTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: [Instruction]
    let losses: [Bubble: UInt64]
  }

  static let cases: [Case] = [
    Case(
      testDescription: "both behind an instruction", code: [.move(1, 1), .call(1), .exit, .move(0, 1), .exit],
      losses: [.call: 2, .branch: 4]),
    Case(
      testDescription: "the call is the first instruction", code: [.call(1), .exit, .move(0, 1), .exit],
      losses: [.call: 1, .branch: 4]),
    Case(testDescription: "an empty function", code: [.call(1), .exit, .exit], losses: [.branch: 4]),
    Case(
      testDescription: "behind a taken branch", code: [.jumpIfEqual(3, 0, 0), .call(1), .exit, .exit],
      losses: [.branch: 2 + 4]),
    Case(
      testDescription: "behind a branch that is not taken", code: [.jumpIfEqual(3, 1, 0), .call(1), .exit, .exit],
      losses: [.call: 1, .branch: 4]),
    Case(
      testDescription: "behind a multiplication", code: [.multiply(1, 3), .call(1), .exit, .exit],
      losses: [.multiply: 2, .call: 1, .branch: 4]),
    Case(
      testDescription: "behind an atomic",
      code: [.atomic(8, 0, at: 10, -8, register: 1), .call(1), .exit, .exit],
      losses: [.atomic: 1, .call: 1, .branch: 4]),
    Case(
      testDescription: "behind an LDDW", code: wide(1, 3) + [.call(1), .exit, .exit],
      losses: [.wide: 1, .call: 1, .branch: 4]),
    Case(
      testDescription: "a function that calls another", code: [.call(1), .exit, .call(1), .exit, .exit],
      losses: [.branch: 8]),
    Case(testDescription: "two calls in a row", code: [.call(2), .call(1), .exit, .exit], losses: [.branch: 8]),
    Case(
      testDescription: "a call of an earlier function", code: [.jump(1), .exit, .call(-2), .exit], losses: [.branch: 6]),
  ]

  @Test(arguments: cases) func lostCycles(_ example: Case) {
    let outcome = run(example.code)
    #expect(outcome.fault == CoreFault.none)
    #expect(outcome.losses == example.losses)
  }

  @Test func theCalleeMayUseR6ToR9AndTheRestPasses() {
    let saved: [Instruction] = (6...9).map { .move(UInt8($0), Int32($0)) }
    let trashed: [Instruction] = (0...9).map { .move(UInt8($0), 100 + Int32($0)) }
    let outcome = run(saved + [.call(1), .exit] + trashed + [.exit])
    #expect(outcome.registers[0...5] == [100, 101, 102, 103, 104, 105])
    #expect(outcome.registers[6...9] == [6, 7, 8, 9])
  }

  /// Values on their way through the pipeline are what is saved and what is seen, never older ones.
  @Test func whatTheCallSavesIsUpToDate() {
    let outcome = run([
      .move(6, 1), .move(6, 2), .call(2), .copy(0, from: 6), .exit, .add(6, 40), .copy(1, from: 6), .exit,
    ])
    #expect(outcome.r0 == 2)
    #expect(outcome.registers[1] == 42)
  }

  @Test(arguments: [64, 256, 512]) func r10MovesDownByAFrameAndBack(_ frame: Int) {
    let code: [Instruction] = [.call(2), .copy(2, from: 10), .exit, .copy(0, from: 10), .call(1), .exit]
    let outcome = run(code + [.copy(1, from: 10), .exit], CoreSpec { $0.machine.frameSize = frame })
    let top = CoreMemory.stackBase + 4096
    #expect(outcome.r0 == top - UInt64(frame))
    #expect(outcome.registers[1] == top - 2 * UInt64(frame))
    #expect(outcome.registers[2] == top)
  }
}
