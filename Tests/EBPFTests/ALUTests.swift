import EBPF
import TestSupport
import Testing

/// RFC 9669 sections 4.1 and 4.2, one row per rule: operation, destination, operand, result.
@Suite struct ALUTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let opcode: UInt8
    var offset: Int16 = 0
    var immediate: Int32 = 0
    let a, b, result: UInt64
    var testDescription: String { name }
  }

  static let minimum64 = UInt64(1) << 63
  static let minimum32: UInt64 = 0x8000_0000
  static let garbage: UInt64 = 0xdead_beef_0000_0000

  static let arithmetic64 = [
    Row(name: "add wraps", opcode: 0x0f, a: .max, b: 2, result: 1),
    Row(name: "sub wraps", opcode: 0x1f, a: 0, b: 1, result: .max),
    Row(name: "mul keeps the low half", opcode: 0x2f, a: minimum64 | 3, b: 2, result: 6),
    Row(name: "div is unsigned", opcode: 0x3f, a: .max, b: 2, result: .max >> 1),
    Row(name: "div by zero is zero", opcode: 0x3f, a: 7, b: 0, result: 0),
    Row(name: "div by immediate zero is zero", opcode: 0x37, a: 7, b: 0, result: 0),
    Row(name: "mod", opcode: 0x9f, a: 17, b: 5, result: 2),
    Row(name: "mod by zero keeps the dividend", opcode: 0x9f, a: garbage | 7, b: 0, result: garbage | 7),
    Row(name: "mod by immediate zero keeps the dividend", opcode: 0x97, a: garbage | 7, b: 0, result: garbage | 7),
    Row(name: "or", opcode: 0x4f, a: 0xf0, b: 0x0f, result: 0xff),
    Row(
      name: "and with a negative immediate keeps the upper half", opcode: 0x57, a: garbage | 9, b: signed(-8),
      result: garbage | 8),
    Row(name: "xor", opcode: 0xaf, a: 0xff, b: 0x0f, result: 0xf0),
    Row(name: "lsh masks the count to 6 bits", opcode: 0x6f, a: 1, b: 65, result: 2),
    Row(name: "rsh masks the count to 6 bits", opcode: 0x7f, a: 4, b: 64 + 1, result: 2),
    Row(name: "rsh shifts in zeros", opcode: 0x77, a: minimum64, b: 63, result: 1),
    Row(name: "arsh shifts in the sign", opcode: 0xcf, a: minimum64, b: 63, result: .max),
    Row(name: "arsh masks a negative count", opcode: 0xc7, a: minimum64, b: signed(-1), result: .max),
    Row(name: "neg", opcode: 0x87, a: 5, b: 0, result: signed(-5)),
    Row(name: "neg of the minimum is itself", opcode: 0x87, a: minimum64, b: 0, result: minimum64),
    Row(name: "mov", opcode: 0xbf, a: 1, b: garbage, result: garbage),
    Row(name: "mov immediate is sign-extended by the operand", opcode: 0xb7, a: 1, b: signed(-1), result: .max),
  ]

  static let arithmetic32 = [
    Row(name: "add clears the upper half", opcode: 0x0c, a: garbage | 0xffff_ffff, b: 2, result: 1),
    Row(name: "sub clears the upper half", opcode: 0x1c, a: 0, b: 1, result: 0xffff_ffff),
    Row(name: "mul", opcode: 0x2c, a: 0x8000_0001, b: 2, result: 2),
    Row(name: "div sees low halves", opcode: 0x3c, a: garbage | 10, b: garbage | 3, result: 3),
    Row(name: "div by a zero low half is zero", opcode: 0x3c, a: 10, b: garbage, result: 0),
    Row(name: "div by immediate zero is zero", opcode: 0x34, a: 10, b: 0, result: 0),
    Row(name: "div by a negative immediate is unsigned", opcode: 0x34, a: 0xffff_ffff, b: signed(-2), result: 1),
    Row(name: "mod by zero keeps the low half", opcode: 0x9c, a: garbage | 7, b: 0, result: 7),
    Row(name: "mod by immediate zero keeps the low half", opcode: 0x94, a: garbage | 7, b: 0, result: 7),
    Row(name: "or", opcode: 0x4c, a: garbage | 1, b: garbage | 2, result: 3),
    Row(name: "and", opcode: 0x5c, a: garbage | 3, b: .max, result: 3),
    Row(name: "xor", opcode: 0xac, a: garbage | 3, b: 1, result: 2),
    Row(name: "lsh masks the count to 5 bits", opcode: 0x6c, a: 1, b: 33, result: 2),
    Row(name: "rsh masks the count to 5 bits", opcode: 0x7c, a: garbage | 4, b: 33, result: 2),
    Row(name: "arsh extends bit 31 and clears the upper half", opcode: 0xcc, a: minimum32, b: 31, result: 0xffff_ffff),
    Row(name: "neg", opcode: 0x84, a: garbage | 1, b: 0, result: 0xffff_ffff),
    Row(name: "mov truncates", opcode: 0xbc, a: 0, b: .max, result: 0xffff_ffff),
    Row(name: "mov immediate is not sign-extended to 64 bits", opcode: 0xb4, a: 0, b: signed(-1), result: 0xffff_ffff),
  ]

  static let signedDivision = [
    Row(name: "sdiv rounds toward zero", opcode: 0x3f, offset: 1, a: signed(-7), b: 2, result: signed(-3)),
    Row(name: "sdiv by zero is zero", opcode: 0x3f, offset: 1, a: signed(-7), b: 0, result: 0),
    Row(name: "sdiv of the minimum by -1", opcode: 0x3f, offset: 1, a: minimum64, b: .max, result: minimum64),
    Row(name: "smod has the dividend's sign", opcode: 0x9f, offset: 1, a: signed(-7), b: 2, result: signed(-1)),
    Row(name: "smod by zero keeps the dividend", opcode: 0x9f, offset: 1, a: signed(-7), b: 0, result: signed(-7)),
    Row(name: "smod of the minimum by -1", opcode: 0x97, offset: 1, a: minimum64, b: .max, result: 0),
    Row(name: "sdiv32", opcode: 0x3c, offset: 1, a: 0xffff_fff9, b: 2, result: 0xffff_fffd),
    Row(name: "sdiv32 by zero is zero", opcode: 0x34, offset: 1, a: 0xffff_fff9, b: 0, result: 0),
    Row(name: "sdiv32 of the minimum by -1", opcode: 0x34, offset: 1, a: minimum32, b: .max, result: minimum32),
    Row(name: "smod32", opcode: 0x9c, offset: 1, a: 0xffff_fff9, b: 2, result: 0xffff_ffff),
    Row(name: "smod32 by zero keeps the low half", opcode: 0x94, offset: 1, a: garbage | 9, b: 0, result: 9),
    Row(name: "smod32 of the minimum by -1", opcode: 0x94, offset: 1, a: minimum32, b: .max, result: 0),
  ]

  static let widening = [
    Row(name: "movsx from 8", opcode: 0xbf, offset: 8, a: 0, b: 0x180, result: signed(-128)),
    Row(name: "movsx from 16", opcode: 0xbf, offset: 16, a: 0, b: 0x1_8000, result: signed(-32768)),
    Row(name: "movsx from 32", opcode: 0xbf, offset: 32, a: 0, b: garbage | minimum32, result: signed(-1 << 31)),
    Row(name: "movsx32 from 8", opcode: 0xbc, offset: 8, a: 0, b: 0x80, result: 0xffff_ff80),
    Row(name: "movsx32 from 16", opcode: 0xbc, offset: 16, a: 0, b: 0x8000, result: 0xffff_8000),
  ]

  static let pattern: UInt64 = 0x1122_3344_5566_7788
  static let byteSwaps = [
    Row(name: "le16 truncates", opcode: 0xd4, immediate: 16, a: pattern, b: 16, result: 0x7788),
    Row(name: "le32 truncates", opcode: 0xd4, immediate: 32, a: pattern, b: 32, result: 0x5566_7788),
    Row(name: "le64", opcode: 0xd4, immediate: 64, a: pattern, b: 64, result: pattern),
    Row(name: "be16", opcode: 0xdc, immediate: 16, a: pattern, b: 16, result: 0x8877),
    Row(name: "be32", opcode: 0xdc, immediate: 32, a: pattern, b: 32, result: 0x8877_6655),
    Row(name: "be64 keeps all 64 bits", opcode: 0xdc, immediate: 64, a: pattern, b: 64, result: 0x8877_6655_4433_2211),
    Row(name: "bswap16", opcode: 0xd7, immediate: 16, a: pattern, b: 16, result: 0x8877),
    Row(name: "bswap32", opcode: 0xd7, immediate: 32, a: pattern, b: 32, result: 0x8877_6655),
    Row(name: "bswap64", opcode: 0xd7, immediate: 64, a: pattern, b: 64, result: 0x8877_6655_4433_2211),
  ]

  @Test(arguments: arithmetic64 + arithmetic32 + signedDivision + widening + byteSwaps)
  func result(_ row: Row) {
    let result = ALU.result(
      opcode: row.opcode, offset: row.offset, immediate: row.immediate, destination: row.a, operand: row.b)
    #expect(result == row.result, "\(hex(result)), expected \(hex(row.result))")
  }

  /// The engine selects the operand, the unit computes: both together give the same rows.
  @Test(arguments: arithmetic64 + arithmetic32 + signedDivision + widening + byteSwaps)
  func engineAgrees(_ row: Row) {
    let immediate = row.immediate != 0 ? row.immediate : Int32(truncatingIfNeeded: row.b)
    let usesImmediate = OpcodeTraits.table[Int(row.opcode)].usesImmediate
    let hasSource = OpcodeTraits.table[Int(row.opcode)].readsSource
    let instruction = Instruction(
      opcode: row.opcode, dst: 0, src: hasSource ? 3 : 0, offset: row.offset, imm: usesImmediate ? immediate : 0)
    let outcome = run(Instruction.wide(0, row.a) + Instruction.wide(3, row.b) + [instruction, .exit])
    #expect(outcome.result.r0 == row.result)
  }

  @Test func noInputTraps() {
    let edges: [UInt64] = [0, 1, 31, 32, 63, 64, Self.minimum32, Self.minimum64, .max, .max - 1, 0xffff_ffff]
    for opcode in UInt8.min...UInt8.max {
      for offset in [Int16.min, -1, 0, 1, 7, 8, 16, 32, .max] {
        for a in edges {
          for b in edges {
            let immediate = Int32(truncatingIfNeeded: b)
            _ = ALU.result(opcode: opcode, offset: offset, immediate: immediate, destination: a, operand: b)
            _ = Branch.isTaken(opcode: opcode, a, b)
            _ = AtomicOperation.newValue(operation: immediate, old: a, source: b, r0: a, size: Int(offset))
          }
        }
      }
    }
  }

  static func signed(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }
  private func hex(_ value: UInt64) -> String { String(value, radix: 16) }
}
