import EBPF
import TestSupport
import Testing

@testable import Device

/// What an instruction waits for, one hazard at a time, on a core whose instruction memory always delivers.
@Suite struct Deep8HazardTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: [Instruction]
    let losses: [Bubble: UInt64]

    init(_ description: String, _ code: [Instruction], _ losses: [Bubble: UInt64] = [:]) {
      testDescription = description
      self.code = code
      self.losses = losses
    }
  }

  private static let load = Instruction.load(8, 1, at: 10, -8)
  private static let fetchAdd = Instruction.atomic(8, 1, at: 10, -8, register: 1)
  private static let store = Instruction.store(8, at: 10, -8, 7)
  private static let other = Instruction.move(5, 0)
  private static let use = Instruction.add(1, 1)
  private static let multiply = Instruction.multiply(1, 3)
  private static let divide = Instruction.divide(1, 3)
  private static func others(_ count: Int) -> [Instruction] { [Instruction](repeating: other, count: count) }

  static let registers: [Case] = [
    Case("results are there for the next instruction", [.move(1, 5), use, use, .copy(0, from: 1), .exit]),
    Case("LDDW", wide(1, 1 << 40) + [use, .exit], [.wide: 1]),
    Case("a load and the next instruction", [load, use, .exit], [.loadUse: 2]),
    Case("a load and the one behind the next", [load, other, use, .exit], [.loadUse: 1]),
    Case("a load and the third", [load, other, other, use, .exit]),
    Case("a load as the base of a load", [load, .add(0, 1), .move(1, 0), use, .exit]),
    Case("a load as the source", [load, .copy(0, from: 1), .exit], [.loadUse: 2]),
    Case("a load as the value of a store", [load, .store(8, at: 10, -16, register: 1), .exit], [.loadUse: 2]),
    Case("a load that is overwritten", [load, .move(1, 3), use, .exit]),
    Case("two loads, the younger one used", [load, load, use, .exit], [.loadUse: 2]),
    Case("an LDDW between a load and its use", [load] + wide(0, 1) + [use, .exit], [.wide: 1]),
    Case("an atomic that fetches", [fetchAdd, use, .exit], [.atomic: 3, .loadUse: 2]),
    Case("an atomic that does not", [.atomic(8, 0, at: 10, -8, register: 1), use, .exit], [.atomic: 3]),
  ]

  /// multiply_cycles is 4, divide_cycles 20.
  static let lateResults: [Case] = [
    Case("a product and the next instruction", [multiply, use, .exit], [.multiply: 3]),
    Case("a product and the third", [multiply, other, other, use, .exit], [.multiply: 1]),
    Case("a product and the fourth", [multiply] + others(3) + [use, .exit]),
    Case("a product that is overwritten must be done", [multiply, .move(1, 0), .exit], [.multiply: 3]),
    Case("a product that a load overwrites", [multiply, load, .exit], [.multiply: 3]),
    Case("dependent multiplications", [multiply, multiply, use, .exit], [.multiply: 6]),
    Case("independent multiplications", [multiply, .multiply(2, 3), .multiply(3, 3), other, other, other, .exit]),
    Case("a quotient and the next instruction", [divide, use, .exit], [.divide: 19]),
    Case("a quotient and the sixth", [divide] + others(5) + [use, .exit], [.divide: 14]),
    Case(
      "independent divisions wait for the divider",
      [divide, .divide(2, 3), .divide(2, 3)] + [.copy(0, from: 2), .exit], [.divide: 57]),
    Case("a multiplication does not wait for the divider", [divide, .multiply(2, 3)] + others(19) + [.exit]),
    Case("a division does not wait for the multiplier", [multiply, .divide(2, 3)] + others(20) + [.exit]),
    Case(
      "a product and a quotient of one instruction", [divide, .multiply(2, 3), .add(1, register: 2), .exit],
      [.divide: 18]),
    Case("EXIT waits for a quotient", [divide, .exit], [.drain: 15]),
    Case("EXIT waits for a product", [multiply, .exit], [:]),
    Case("EXIT far behind a quotient", [divide] + others(15) + [.exit]),
    Case("EXIT one nearer", [divide] + others(14) + [.exit], [.drain: 1]),
  ]

  /// store_buffer_entries is 4, store_drain_cycles 2, atomic_cycles 4.
  static let stores: [Case] = [
    Case("a store drains while EXIT is on its way", [store, other, .exit]),
    Case("EXIT waits for a store", [store, .exit], [:]),
    Case("EXIT waits for two stores", [store, store, .exit], [.drain: 1]),
    Case("EXIT waits for four stores", [store, store, store, store, .exit], [.drain: 3]),
    Case("the seventh store finds an entry", [Instruction](repeating: store, count: 7) + others(7) + [.exit]),
    Case("the eighth does not", [Instruction](repeating: store, count: 8) + others(7) + [.exit], [.storeBuffer: 1]),
    Case("a load of the whole store", [store, .load(8, 0, at: 10, -8), other, .exit]),
    Case("a load of a part", [store, .load(2, 0, at: 10, -5), other, .exit]),
    Case("a load of one byte more in front", [store, .load(4, 0, at: 10, -9), other, .exit], [.storeBuffer: 1]),
    Case(
      "a load of one byte more behind", [.store(4, at: 10, -12, 1), .load(4, 0, at: 10, -11), other, .exit],
      [.storeBuffer: 1]),
    Case("a load of the bytes in front", [store, .load(4, 0, at: 10, -12), other, .exit]),
    Case("a load of the bytes behind", [.store(4, at: 10, -12, 1), .load(4, 0, at: 10, -8), other, .exit]),
    Case(
      "a load that the younger store covers", [store, .store(1, at: 10, -8, 1), .load(1, 0, at: 10, -8), other, .exit]),
    Case(
      "a load that the younger store covers in part",
      [store, .store(1, at: 10, -8, 1), .load(8, 0, at: 10, -8), .exit], [.storeBuffer: 2]),
    Case("an atomic behind a store", [store, fetchAdd, .exit], [.storeBuffer: 1, .atomic: 3]),
    Case("an atomic behind two stores", [store, store, fetchAdd, .exit], [.storeBuffer: 2, .atomic: 3]),
  ]

  static let calls: [Case] = [
    Case("a function behind the program", [.call(1), .exit] + others(3) + [.exit], [.branch: 2 + 4]),
    Case("an empty function", [.call(1), .exit, .exit], [.branch: 2 + 4]),
    Case(
      "a call behind an instruction waits for nothing", [other, .call(2), other, .exit, other, .exit],
      [.branch: 6]),
    Case(
      "a call waits for a product in r6", [.multiply(6, 3), .call(3), other, other, .exit, other, .exit],
      [.branch: 6, .multiply: 2]),
    Case(
      "but not for one in r5", [.multiply(5, 3), .call(3), other, other, .exit, other, .exit], [.branch: 6]),
    Case(
      "a return waits for a quotient in r9", [.call(3), other, other, .exit, .divide(9, 3), .exit],
      [.branch: 6, .divide: 18]),
    // The second return is predicted, so the next instruction is right behind it; EXIT waits for it to retire.
    Case(
      "r6 behind a return does not wait for a load of the function",
      [.call(3), .call(2), .copy(0, from: 6), .exit, .load(8, 6, at: 10, -8), .exit], [.branch: 8, .call: 1]),
    Case(
      "but for one behind the return",
      [.call(4), .call(3), .load(8, 6, at: 10, -8), .copy(0, from: 6), .exit, other, .exit], [.branch: 8, .loadUse: 2]),
    Case("a helper is called behind instructions", [other, other, .callHelper(3), .exit], [.call: 2, .helper: 2]),
    Case("a helper is called first", [.callHelper(3), .exit], [.helper: 2]),
    Case("a helper behind stores", [store, store, .callHelper(3), .exit], [.call: 2, .storeBuffer: 2, .helper: 2]),
    Case("a helper behind a quotient", [divide, .callHelper(3), .exit], [.call: 2, .divide: 16, .helper: 2]),
    Case("the result of a helper is there for the next", [.callHelper(3), .add(0, 1), .exit], [.helper: 2]),
  ]

  @Test(arguments: registers + lateResults + stores + calls) func lostCycles(_ example: Case) {
    let outcome = run(example.code, .ideal())
    #expect(outcome.fault == CoreFault.none)
    #expect(outcome.losses == example.losses)
    #expect(outcome.fill == 7)
  }

  /// A call saves, and a return restores, what the program order says, however late it comes.
  @Test func r6ToR9AcrossCalls() {
    let outcome = run(
      [
        .move(6, 1), .load(8, 7, at: 10, -8), .multiply(6, 42), .move(9, 9), .call(4), .copy(0, from: 6),
        .add(0, register: 9), .copy(1, from: 10), .exit, .load(8, 6, at: 10, -8), .divide(9, 2), .move(7, 3), .exit,
      ], .ideal())
    #expect(outcome.r0 == 51)
    #expect(outcome.registers[1] == CoreMemory.stackBase + 4096)
    #expect(outcome.registers[6...9] == [42, 0, 0, 9])
  }
}
