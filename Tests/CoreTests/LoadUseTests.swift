import EBPF
import TestSupport
import Testing

@testable import Device

/// A loaded value is there from the memory stage on: the very next instruction, if it needs the value, waits one cycle.
@Suite struct LoadUseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: [Instruction]
    var lost: UInt64 = 1
    var others: [Bubble: UInt64] = [:]
  }

  private static let load = Instruction.load(8, 1, at: 10, -8)
  /// The stack word at r10 - 8 holds r10, so that loaded values may serve as addresses.
  private static let prologue: [Instruction] = [.store(8, at: 10, -8, register: 10), .store(8, at: 10, -16, 0)]

  static let cases: [Case] = [
    Case(testDescription: "destination operand", code: [load, .add(1, 5)]),
    Case(testDescription: "source operand", code: [load, .add(2, register: 1)]),
    Case(testDescription: "only operand", code: [load, Instruction(opcode: 0x87, dst: 1)]),
    Case(testDescription: "32-bit operand", code: [load, Instruction(opcode: 0x0c, dst: 2, src: 1)]),
    Case(testDescription: "moved", code: [load, .copy(2, from: 1)]),
    Case(testDescription: "address of a load", code: [load, .load(8, 2, at: 1, -16)]),
    Case(testDescription: "address of a store", code: [load, .store(8, at: 1, -16, 3)]),
    Case(testDescription: "stored", code: [load, .store(8, at: 10, -16, register: 1)]),
    Case(testDescription: "compared", code: [load, .jumpIfEqual(1, 0, 1), .move(2, 0)]),
    Case(
      testDescription: "sign-extending load",
      code: [Instruction(opcode: 0x91, dst: 1, src: 10, offset: -8), .add(1, 1)]),
    Case(testDescription: "needed twice, waited for once", code: [load, .add(1, 1), .add(1, 1)]),
    Case(testDescription: "two in a row", code: [load, .load(8, 1, at: 1, -8), .add(1, 1)], lost: 2),
    Case(
      testDescription: "operand of an atomic", code: [load, .atomic(8, 0, at: 10, -16, register: 1)],
      others: [.atomic: 1]),
    Case(
      testDescription: "address of an atomic", code: [load, .atomic(8, 0, at: 1, -16, register: 2)],
      others: [.atomic: 1]),
    Case(
      testDescription: "fetched by an atomic", code: [.atomic(8, 1, at: 10, -16, register: 2), .add(2, 1)],
      others: [.atomic: 1]),
    Case(
      testDescription: "r0 of CMPXCHG", code: [.atomic(8, 0xf1, at: 10, -16, register: 2), .copy(3, from: 0)],
      others: [.atomic: 1]),

    Case(testDescription: "independent", code: [load, .add(2, 1)], lost: 0),
    Case(testDescription: "at distance 2", code: [load, .move(2, 0), .add(1, 1)], lost: 0),
    Case(testDescription: "overwritten", code: [load, .move(1, 1)], lost: 0),
    Case(testDescription: "loaded again", code: [load, load], lost: 0),
    Case(testDescription: "overwritten by LDDW", code: [load] + wide(1, 5), lost: 0, others: [.wide: 1]),
    Case(testDescription: "r0 at EXIT", code: [.load(8, 0, at: 10, -8)], lost: 0),
    Case(
      testDescription: "r0 behind which an unused field is 0", code: [.load(8, 0, at: 10, -8), .move(1, 5)], lost: 0),
    Case(
      testDescription: "r0 behind which both fields of a jump are 0", code: [.load(8, 0, at: 10, -8), .jump(0)],
      lost: 0,
      others: [.branch: 2]),
    Case(
      testDescription: "an atomic that does not fetch", code: [.atomic(8, 0, at: 10, -16, register: 2), .add(2, 1)],
      lost: 0, others: [.atomic: 1]),
    Case(
      testDescription: "the source of CMPXCHG", code: [.atomic(8, 0xf1, at: 10, -16, register: 2), .add(2, 1)],
      lost: 0, others: [.atomic: 1]),
    Case(testDescription: "a store is no load", code: [.store(8, at: 10, -16, register: 1), .add(1, 1)], lost: 0),
  ]

  @Test(arguments: cases) func lostCycles(_ example: Case) {
    let outcome = run(Self.prologue + example.code + [.exit])
    var losses = example.others
    if example.lost != 0 { losses[.loadUse] = example.lost }
    #expect(outcome.fault == CoreFault.none)
    #expect(outcome.losses == losses)
    #expect(outcome.cycles == outcome.instructions + 4 + losses.values.reduce(0, +))
  }
}
