import EBPF
import TestSupport
import Testing

/// RFC 9669 section 4.3: which of the three orders (below, equal, above) takes each jump.
@Suite struct BranchTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    /// The 64-bit immediate form; 8 more is the register form, 1 more the 32-bit class.
    let opcode: UInt8
    /// Taken for (1, -1), (-1, 1) and (5, 5).
    let smallNegative, negativeSmall, equal: Bool
    var testDescription: String { name }
  }

  static let rows = [
    Row(name: "jeq", opcode: 0x15, smallNegative: false, negativeSmall: false, equal: true),
    Row(name: "jne", opcode: 0x55, smallNegative: true, negativeSmall: true, equal: false),
    Row(name: "jgt", opcode: 0x25, smallNegative: false, negativeSmall: true, equal: false),
    Row(name: "jge", opcode: 0x35, smallNegative: false, negativeSmall: true, equal: true),
    Row(name: "jlt", opcode: 0xa5, smallNegative: true, negativeSmall: false, equal: false),
    Row(name: "jle", opcode: 0xb5, smallNegative: true, negativeSmall: false, equal: true),
    Row(name: "jset", opcode: 0x45, smallNegative: true, negativeSmall: true, equal: true),
    Row(name: "jsgt", opcode: 0x65, smallNegative: true, negativeSmall: false, equal: false),
    Row(name: "jsge", opcode: 0x75, smallNegative: true, negativeSmall: false, equal: true),
    Row(name: "jslt", opcode: 0xc5, smallNegative: false, negativeSmall: true, equal: false),
    Row(name: "jsle", opcode: 0xd5, smallNegative: false, negativeSmall: true, equal: true),
  ]

  @Test(arguments: rows, [UInt8(0), 1, 8, 9])
  func taken(_ row: Row, form: UInt8) {
    let isNarrow = form & 1 != 0
    let opcode = (isNarrow ? row.opcode + 1 : row.opcode) | form & 8
    // The halves that a 32-bit jump must not see.
    let (above, below): (UInt64, UInt64) = isNarrow ? (0x7 << 32, 0x9 << 32) : (0, 0)
    let minusOne: UInt64 = isNarrow ? 0xffff_ffff : .max
    #expect(Branch.isTaken(opcode: opcode, 1 | above, minusOne | below) == row.smallNegative)
    #expect(Branch.isTaken(opcode: opcode, minusOne | above, 1 | below) == row.negativeSmall)
    #expect(Branch.isTaken(opcode: opcode, 5 | above, 5 | below) == row.equal)
  }

  @Test func jsetOfDisjointBitsIsNotTaken() {
    #expect(!Branch.isTaken(opcode: 0x45, 0xf0, 0x0f))
    #expect(!Branch.isTaken(opcode: 0x46, 0xf0 | 1 << 40, 0x0f | 1 << 40))
  }

  /// JGT -1 compares with 2^64 - 1, not with 2^32 - 1.
  @Test func immediateIsSignExtended() {
    let program =
      [.move(0, 1)] + Instruction.wide(1, 0x1_0000_0000)
      + [Instruction(opcode: 0x25, dst: 1, offset: 1, imm: -1), .exit, .move(0, 2), .exit]
    #expect(run(program).result.r0 == 1)
  }

  @Test func unconditionalJumps() {
    #expect(Branch.isTaken(opcode: Opcode.ja, 0, 0) && Branch.isTaken(opcode: Opcode.ja32, 0, 0))
    let short = [Instruction.move(0, 1), Instruction(opcode: Opcode.ja, offset: 1), .move(0, 2), .exit]
    let long = [Instruction.move(0, 1), Instruction(opcode: Opcode.ja32, imm: 1), .move(0, 2), .exit]
    #expect(run(short).result.r0 == 1)
    #expect(run(long).result.r0 == 1)
  }

  /// JA32 reaches further than a 16-bit offset.
  @Test func longJump() throws {
    let filler = [Instruction](repeating: .move(0, 2), count: 40_000)
    let program = Program([.move(0, 1), Instruction(opcode: Opcode.ja32, imm: 40_000)] + filler + [.exit])
    try Verifier.verify(program)
    #expect(run(program).result.r0 == 1)
  }

  @Test func backwardLoopCountsInstructions() {
    let program: [Instruction] = [
      .move(1, 10), Instruction(opcode: 0x07, dst: 0, imm: 3), Instruction(opcode: 0x07, dst: 1, imm: -1),
      Instruction(opcode: 0x55, dst: 1, offset: -3), .exit,
    ]
    let result = run(program).result
    #expect(result.r0 == 30)
    #expect(result.instructions == 1 + 3 * 10 + 1)
  }
}
