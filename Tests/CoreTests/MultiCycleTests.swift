import EBPF
import TestSupport
import Testing

@testable import Device

/// An instruction of n cycles holds its stage, and all behind it, for n - 1 more: not done at n - 1, done at n.
@Suite struct MultiCycleTests {
  private static let opcodes = (0...255).map(UInt8.init)

  private func instruction(_ opcode: UInt8, _ offset: Int16) -> Instruction {
    let traits = OpcodeTraits.table[Int(opcode)]
    return Instruction(
      opcode: opcode, dst: 1, src: traits.readsSource ? 2 : 0, offset: offset, imm: traits.usesImmediate ? 3 : 0)
  }

  @Test(arguments: [1, 2, 3, 4, 34, 255] as [UInt64]) func everyMultiplication(_ n: UInt64) {
    let spec = CoreSpec { $0.multiplyCycles = n }
    for opcode in Self.opcodes where OpcodeTraits.table[Int(opcode)].isMultiply {
      let outcome = run([instruction(opcode, 0), .exit], spec)
      #expect(outcome.losses == (n == 1 ? [:] : [.multiply: n - 1]))
      #expect(outcome.cycles == 2 + 4 + n - 1)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 34, 255] as [UInt64], [0, 1] as [Int16])
  func everyDivisionAndModulo(_ n: UInt64, _ signed: Int16) {
    let spec = CoreSpec { $0.divideCycles = n }
    for opcode in Self.opcodes where OpcodeTraits.table[Int(opcode)].isDivide {
      let outcome = run([instruction(opcode, signed), .exit], spec)
      #expect(outcome.losses == (n == 1 ? [:] : [.divide: n - 1]))
      #expect(outcome.cycles == 2 + 4 + n - 1)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 34, 255] as [UInt64], [4, 8]) func everyAtomic(_ n: UInt64, _ size: Int) {
    let spec = CoreSpec { $0.atomicCycles = n }
    for operation in (0...255).map(Int32.init) where AtomicOperation.isValid(operation) {
      let outcome = run([.atomic(size, operation, at: 10, -8, register: 1), .exit], spec)
      #expect(outcome.losses == (n == 1 ? [:] : [.atomic: n - 1]))
      #expect(outcome.cycles == 2 + 4 + n - 1)
    }
  }

  /// The result is forwarded like that of any other instruction.
  @Test func aDependentInstructionWaitsForNothingMore() {
    let outcome = run([.move(1, 6), .multiply(1, 7), .add(1, 0), .copy(0, from: 1), .exit])
    #expect(outcome.r0 == 42)
    #expect(outcome.losses == [.multiply: 2])
  }

  @Test func operandsAreHeldWhileTheStageIsBusy() {
    let outcome = run([.move(1, 100), .move(2, 7), Instruction(opcode: 0x3f, dst: 1, src: 2), .copy(0, from: 1), .exit])
    #expect(outcome.r0 == 14)
  }

  @Test func costsAddUp() {
    let code: [Instruction] = [
      .multiply(1, 3), .multiply(1, 3), .divide(1, 3), .atomic(8, 1, at: 10, -8, register: 1), .multiply(1, 5), .exit,
    ]
    let outcome = run(code)
    #expect(outcome.losses == [.multiply: 3 * 2, .divide: 33, .atomic: 1, .loadUse: 1])
  }

  /// Memory changes in the last cycle of an atomic, not before.
  @Test(arguments: [1, 2, 5] as [UInt64]) func anAtomicWritesInItsLastCycle(_ n: UInt64) {
    func memory(abortAt edge: UInt64) -> UInt8 {
      let bench = CoreBench(CoreSpec { $0.atomicCycles = n })
      bench.load([.atomic(8, AtomicOperation.add, at: 1, register: 2), .exit], data: [UInt8](repeating: 0, count: 8))
      bench.run(abortAt: edge)
      return bench.data(1)[0]
    }
    // Two slots to load, then fetch, decode and execute; an abort takes the place of the pipeline's work at its edge.
    let lastCycle = CoreBench.commandEdge + 2 + 3 + n - 1
    #expect(memory(abortAt: lastCycle) == 0)
    #expect(memory(abortAt: lastCycle + 1) == 8)
  }
}
