import EBPF
import TestSupport
import Testing

/// Every refusal: the instructions, the code and the text.
@Suite struct VerifierTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let text: [UInt64]
    let code: LoadError.Code
    let message: String
    var testDescription: String { message }

    init(_ code: LoadError.Code, _ message: String, _ instructions: Instruction...) {
      text = instructions.map(\.word)
      self.code = code
      self.message = message
    }
  }

  typealias I = Instruction

  static let fields = [
    Row(.unknownOpcode, "at PC 0: unknown opcode 0xff", I(opcode: 0xff), .exit),
    Row(.unknownOpcode, "at PC 1: unknown opcode 0x8f", .move(0, 0), I(opcode: 0x8f), .exit),
    Row(
      .unsupportedInstruction,
      "at PC 0: legacy packet access (opcode 0x30) needs a packet, which no scenario provides", I(opcode: 0x30), .exit),
    Row(
      .unsupportedInstruction,
      "at PC 0: call to a helper by BTF id needs a kernel's type information, which no scenario provides",
      I(opcode: 0x85, src: 2), .exit),
    Row(
      .unsupportedInstruction, "at PC 0: call of kind 3 is not defined, expected 0 (helper) or 1 (local)",
      I(opcode: 0x85, src: 3), .exit),
    Row(
      .unsupportedInstruction, "at PC 0: lddw of a map (source 1) needs a map, which no scenario provides",
      I(opcode: 0x18, src: 1), I(word: 0), .exit),
    Row(
      .unsupportedInstruction, "at PC 0: lddw of a map value (source 6) needs a map, which no scenario provides",
      I(opcode: 0x18, src: 6), I(word: 0), .exit),
    Row(
      .unsupportedInstruction,
      "at PC 0: lddw of a variable (source 3) needs a platform variable, which no scenario provides",
      I(opcode: 0x18, src: 3), I(word: 0), .exit),
    Row(
      .unsupportedInstruction,
      "at PC 0: lddw of a function (source 4) needs a kernel's loader, which no scenario provides",
      I(opcode: 0x18, src: 4), I(word: 0), .exit),
    Row(
      .unsupportedInstruction, "at PC 0: lddw of kind 7 is not defined, expected 0 (constant)",
      I(opcode: 0x18, src: 7), I(word: 0), .exit),
    Row(.reservedField, "at PC 0: source 1, expected 0 (reserved)", I(opcode: 0x8d, dst: 2, src: 1), .exit),
    Row(.reservedField, "at PC 0: offset 1, expected 0 (reserved)", I(opcode: 0x8d, dst: 2, offset: 1), .exit),
    Row(.reservedField, "at PC 0: immediate 1, expected 0 (reserved)", I(opcode: 0x8d, dst: 2, imm: 1), .exit),
    Row(.badRegister, "at PC 0: destination register r11, expected r0...r10", I(opcode: 0xb7, dst: 11), .exit),
    Row(.badRegister, "at PC 0: source register r12, expected r0...r10", I(opcode: 0xbf, src: 12), .exit),
    Row(.badRegister, "at PC 0: write to r10, the read-only frame pointer", I(opcode: 0x07, dst: 10), .exit),
    Row(.badRegister, "at PC 0: write to r10, the read-only frame pointer", I(opcode: 0x79, dst: 10, src: 1), .exit),
    Row(
      .badRegister, "at PC 0: atomic fetch into r10, the read-only frame pointer",
      I(opcode: 0xdb, dst: 1, src: 10, imm: 1), .exit),
    Row(.reservedField, "at PC 0: source 1, expected 0 (reserved)", I(opcode: 0x07, src: 1), .exit),
    Row(.reservedField, "at PC 0: offset 4, expected 0 (reserved)", I(opcode: 0x0f, offset: 4), .exit),
    Row(.reservedField, "at PC 0: immediate 4, expected 0 (reserved)", I(opcode: 0x0f, imm: 4), .exit),
    Row(.reservedField, "at PC 0: immediate 1, expected 0 (reserved)", I(opcode: 0x87, imm: 1), .exit),
    Row(.reservedField, "at PC 0: offset 2, expected 0 (unsigned) or 1 (signed)", I(opcode: 0x3f, offset: 2), .exit),
    Row(.reservedField, "at PC 0: offset 32, expected 0, 8 or 16 (sign extension)", I(opcode: 0xbc, offset: 32), .exit),
    Row(.reservedField, "at PC 0: offset 8, expected 0 (reserved)", I(opcode: 0xb7, offset: 8), .exit),
    Row(.reservedField, "at PC 0: immediate 1, expected 0 (reserved)", I(opcode: 0x79, src: 1, imm: 1), .exit),
    Row(.reservedField, "at PC 0: destination 1, expected 0 (reserved)", I(opcode: 0x95, dst: 1)),
    Row(.reservedField, "at PC 0: offset 1, expected 0 (reserved)", I(opcode: 0x06, offset: 1), .exit),
    Row(.badImmediate, "at PC 0: byte swap of 8 bits, expected 16, 32 or 64", I(opcode: 0xdc, imm: 8), .exit),
    Row(.badImmediate, "at PC 0: unknown atomic operation 0x30", I(opcode: 0xdb, dst: 1, imm: 0x30), .exit),
    Row(.badImmediate, "at PC 0: unknown atomic operation 0xe0", I(opcode: 0xc3, dst: 1, imm: 0xe0), .exit),
    Row(.badImmediate, "at PC 0: helper number -1, expected 0 or more", I(opcode: 0x85, imm: -1), .exit),
  ]

  static let control = [
    Row(.badJump, "at PC 0: jump to slot 3, but the text has 2", I(opcode: 0x05, offset: 2), .exit),
    Row(.badJump, "at PC 0: jump to slot -1, but the text has 2", I(opcode: 0x15, offset: -2), .exit),
    Row(.badJump, "at PC 0: jump to slot 2147483648, but the text has 2", I(opcode: 0x06, imm: .max), .exit),
    Row(.badJump, "at PC 0: call to slot 2, but the text has 2", .callLocal(1), .exit),
    Row(
      .badJump, "at PC 0: jump into the middle of the lddw at slot 1",
      I(opcode: 0x05, offset: 1), I(opcode: 0x18), I(word: 0), .exit),
    Row(.incompleteWide, "at PC 1: lddw is cut short by the end of the text", .exit, I(opcode: 0x18)),
    Row(
      .incompleteWide, "at PC 0: the second slot of lddw has non-zero fields beside its immediate",
      I(opcode: 0x18), .exit, .exit),
    Row(.fallThrough, "at PC 1: the last instruction falls through the end; expected exit or goto", .exit, .move(0, 1)),
    Row(
      .fallThrough, "at PC 1: the last instruction falls through the end; expected exit or goto",
      .exit, I(opcode: 0x55, offset: -1)),
    Row(.emptyProgram, "the program is empty"),
  ]

  @Test(arguments: fields + control)
  func refuses(_ row: Row) {
    let error = #expect(throws: LoadError.self) { try Verifier.verify(text: row.text) }
    #expect(error?.code == row.code)
    #expect(error?.description == row.message)
  }

  @Test func endMayBeAJumpOrAWideConstantBeforeIt() throws {
    try Verifier.verify(Program([.exit, I(opcode: 0x05, offset: -2)]))
    try Verifier.verify(Program(I.wide(0, .max) + [.exit]))
    #expect(throws: LoadError.self) { try Verifier.verify(Program([.exit] + I.wide(0, 1))) }
  }

  @Test func lengthAndHelpersAreLimited() throws {
    let long = Program([I](repeating: .exit, count: 65_536))
    try Verifier.verify(long)
    #expect(throws: LoadError.self) { try Verifier.verify(long, limits: .init(maximumInstructions: 65_535)) }
    let helper = Program([.callHelper(3), .exit])
    try Verifier.verify(helper, limits: .init(helpers: [3]))
    let error = #expect(throws: LoadError.self) { try Verifier.verify(helper, limits: .init(helpers: [4])) }
    #expect(error?.description == "at PC 0: call to nonexistent helper 3, expected one of 4")
  }

  @Test func entryIsAnInstruction() {
    var program = Program(I.wide(0, 1) + [.exit])
    program.entry = 1
    #expect(throws: LoadError.self) { try Verifier.verify(program) }
    program.entry = 3
    #expect(throws: LoadError.self) { try Verifier.verify(program) }
  }

  /// The opcodes of RFC 9669 and CALLX, counted by group.
  @Test func traitsKnowEveryOpcode() {
    let traits = (0...255).map { OpcodeTraits.table[$0] }
    let invalid = traits.filter { !$0.isValid }
    #expect(invalid.allSatisfy { $0.bits == 0 })
    // 12 binary operations and MOV in two forms each, NEG, and LE, BE (ALU32) or BSWAP (ALU64).
    #expect(traits.count { $0.isALU && $0.is32 } == 27 && traits.count { $0.isALU && !$0.is32 } == 26)
    #expect(traits.count(where: \.isBranch) == 44 && traits.count(where: \.isJump) == 2)
    #expect(traits.count(where: \.isLoad) == 7 && traits.count(where: \.isSignedLoad) == 3)
    #expect(traits.count(where: \.isStore) == 8 && traits.count(where: \.isAtomic) == 2)
    // The last four are CALL, CALLX, EXIT and LDDW.
    #expect(traits.count(where: \.isValid) == 27 + 26 + 44 + 2 + 7 + 8 + 2 + 4)
    #expect(traits.count(where: \.isCall) == 2 && traits.count(where: \.isIndirect) == 1)
    #expect(traits.count(where: \.isMultiply) == 4 && traits.count(where: \.isDivide) == 8)
    #expect(traits[0x79].accessSize == 8 && traits[0x6a].accessSize == 2 && traits[0xc3].accessSize == 4)
    #expect(traits[0xb7].writesDestination && !traits[0xb7].readsDestination && traits[0xb7].usesImmediate)
    #expect(traits[0x7b].readsDestination && traits[0x7b].readsSource && !traits[0x7b].writesDestination)
    #expect(traits[0x8d].isIndirect && traits[0x8d].readsDestination && !traits[0x8d].writesDestination)
    #expect(!traits[0x85].readsSource && !traits[0x18].readsSource && traits[0x18].isWide)
  }
}
