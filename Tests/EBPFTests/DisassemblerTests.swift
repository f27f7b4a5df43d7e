import EBPF
import TestSupport
import Testing

/// The text of every instruction form is what clang's assembler reads.
@Suite struct DisassemblerTests {
  typealias I = Instruction

  static let examples: [(String, I)] = [
    ("r1 += 8", I(opcode: 0x07, dst: 1, imm: 8)), ("r1 -= r2", I(opcode: 0x1f, dst: 1, src: 2)),
    ("w1 *= w2", I(opcode: 0x2c, dst: 1, src: 2)), ("r1 s/= r2", I(opcode: 0x3f, dst: 1, src: 2, offset: 1)),
    ("w1 s%= -3", I(opcode: 0x94, dst: 1, offset: 1, imm: -3)), ("r1 /= 3", I(opcode: 0x37, dst: 1, imm: 3)),
    ("r1 |= r2", I(opcode: 0x4f, dst: 1, src: 2)), ("r1 &= -8", I(opcode: 0x57, dst: 1, imm: -8)),
    ("r1 <<= 32", I(opcode: 0x67, dst: 1, imm: 32)), ("w1 >>= w3", I(opcode: 0x7c, dst: 1, src: 3)),
    ("r1 = -r1", I(opcode: 0x87, dst: 1)), ("w1 = -w1", I(opcode: 0x84, dst: 1)),
    ("r1 ^= r1", I(opcode: 0xaf, dst: 1, src: 1)), ("r1 s>>= 32", I(opcode: 0xc7, dst: 1, imm: 32)),
    ("w1 = 7", I(opcode: 0xb4, dst: 1, imm: 7)), ("r1 = r10", I(opcode: 0xbf, dst: 1, src: 10)),
    ("r1 = (s8)r2", I(opcode: 0xbf, dst: 1, src: 2, offset: 8)),
    ("w1 = (s16)w2", I(opcode: 0xbc, dst: 1, src: 2, offset: 16)),
    ("r1 = be16 r1", I(opcode: 0xdc, dst: 1, imm: 16)), ("r1 = le32 r1", I(opcode: 0xd4, dst: 1, imm: 32)),
    ("r1 = bswap64 r1", I(opcode: 0xd7, dst: 1, imm: 64)),
    ("r0 = *(u8 *)(r1 + 0)", I(opcode: 0x71, src: 1)), ("r0 = *(u64 *)(r10 - 8)", I(opcode: 0x79, src: 10, offset: -8)),
    ("r0 = *(s32 *)(r1 + 4)", I(opcode: 0x81, src: 1, offset: 4)),
    ("*(u16 *)(r1 + 2) = r3", I(opcode: 0x6b, dst: 1, src: 3, offset: 2)),
    ("*(u32 *)(r1 - 4) = -5", I(opcode: 0x62, dst: 1, offset: -4, imm: -5)),
    ("lock *(u64 *)(r1 + 0) += r2", I(opcode: 0xdb, dst: 1, src: 2)),
    ("lock *(u32 *)(r1 + 4) ^= w2", I(opcode: 0xc3, dst: 1, src: 2, offset: 4, imm: 0xa0)),
    ("r2 = atomic_fetch_or((u64 *)(r1 + 0), r2)", I(opcode: 0xdb, dst: 1, src: 2, imm: 0x41)),
    ("w2 = atomic_fetch_and((u32 *)(r1 + 8), w2)", I(opcode: 0xc3, dst: 1, src: 2, offset: 8, imm: 0x51)),
    ("r2 = xchg_64(r1 + 0, r2)", I(opcode: 0xdb, dst: 1, src: 2, imm: 0xe1)),
    ("w2 = xchg32_32(r1 + 0, w2)", I(opcode: 0xc3, dst: 1, src: 2, imm: 0xe1)),
    ("r0 = cmpxchg_64(r1 + 0, r0, r2)", I(opcode: 0xdb, dst: 1, src: 2, imm: 0xf1)),
    ("w0 = cmpxchg32_32(r1 + 0, w0, w2)", I(opcode: 0xc3, dst: 1, src: 2, imm: 0xf1)),
    ("goto +1", I(opcode: 0x05, offset: 1)), ("gotol -2", I(opcode: 0x06, imm: -2)),
    ("if r2 != 0 goto -4", I(opcode: 0x55, dst: 2, offset: -4)),
    ("if w1 s> w2 goto +3", I(opcode: 0x6e, dst: 1, src: 2, offset: 3)),
    ("if r1 & 8 goto +0", I(opcode: 0x45, dst: 1, imm: 8)), ("if r1 s<= -1 goto +0", I(opcode: 0xd5, dst: 1, imm: -1)),
    ("call 7", .callHelper(7)), ("exit", .exit),
  ]

  @Test(arguments: examples)
  func text(_ expected: String, _ instruction: I) {
    #expect(Disassembler.text(of: instruction) == expected)
  }

  @Test func wideConstantNeedsTheNextSlot() {
    let slots = I.wide(3, 0x1_2345_6789)
    #expect(Disassembler.text(of: slots[0], next: slots[1]) == "r3 = 0x123456789 ll")
  }

  /// What the verifier refuses, or may refuse, has a text all the same.
  static let unsupported: [(String, I, I?)] = [
    ("callx r3", I(opcode: 0x8d, dst: 3), nil), ("call runtime 7", I(opcode: 0x85, src: 2, imm: 7), nil),
    ("r0 = *(u32 *)skb[14]", I(opcode: 0x20, imm: 14), nil), ("r0 = *(u8 *)skb[-1]", I(opcode: 0x30, imm: -1), nil),
    ("r0 = *(u16 *)skb[r2]", I(opcode: 0x48, src: 2), nil),
    ("r0 = *(u16 *)skb[r2 + 4]", I(opcode: 0x48, src: 2, imm: 4), nil),
    ("r0 = *(u16 *)skb[r2 - 4]", I(opcode: 0x48, src: 2, imm: -4), nil),
    ("ld_pseudo r1, 2, 3, -4", I(opcode: 0x18, dst: 1, src: 2, imm: 3), I(opcode: 0, imm: -4)),
  ]

  @Test(arguments: unsupported)
  func unsupportedText(_ expected: String, _ instruction: I, _ next: I?) {
    #expect(Disassembler.text(of: instruction, next: next) == expected)
  }

  @Test func wordsThatAreNoInstruction() {
    #expect(Disassembler.text(of: I(word: 0xff)) == ".8byte 0xff")
    #expect(Disassembler.text(of: .callLocal(-3)) == "call pc-3")
  }

  /// clang assembles the disassembly back into the same words.
  @Test(.enabled(if: Clang.isAvailable, "SKIPPED: no clang with the BPF target"))
  func assemblesBack() throws {
    let wide = I.wide(3, 0xfedc_ba98_7654_3210)
    let instructions = Self.examples.map(\.1) + Self.allForms
    let lines = instructions.map { Disassembler.text(of: $0) } + [Disassembler.text(of: wide[0], next: wide[1])]
    let object = try Clang.compile(lines.joined(separator: "\n") + "\n", cpu: "v4", language: "assembler")
    let program = try ProgramLoader.load(object)
    for (word, instruction) in zip(program.text, instructions) {
      #expect(word == instruction.word, "\(Disassembler.text(of: instruction))")
    }
    #expect(program.text.suffix(2) == wide.map(\.word)[...])
  }

  /// Every opcode with plain operands. CALL and LDDW are in the examples.
  static let allForms: [I] = (0...255).compactMap { opcode in
    let traits = OpcodeTraits.table[opcode]
    guard traits.isValid, !traits.isCall, !traits.isWide, !traits.isExit, !traits.isJump else { return nil }
    let isSwap = [0xd4, 0xdc, 0xd7].contains(opcode)
    return I(
      opcode: UInt8(opcode), dst: 4, src: traits.readsSource ? 5 : 0,
      offset: traits.isBranch || traits.isMemoryAccess ? 16 : 0, imm: isSwap ? 32 : traits.usesImmediate ? 9 : 0)
  }
}
