import EBPF
import Testing

/// Both syntaxes, side by side, and the slots that they stand for (RFC 9669 sections 3 to 5).
@Suite("Assembler: instructions") struct AssemblerTests {
  typealias I = Instruction

  struct Form: Sendable, CustomTestStringConvertible {
    /// The same instruction in different words.
    let texts: [String]
    let slots: [I]

    init(_ texts: String..., is slots: I...) {
      self.texts = texts
      self.slots = slots
    }

    var testDescription: String { texts[0] }
  }

  @Test("every form of an instruction", arguments: arithmetic + moves + memory + atomics + jumps + calls)
  func form(_ form: Form) throws {
    for text in form.texts {
      #expect(try Assembler.assemble(text).text == form.slots.map(\.word), "\(text)")
    }
  }

  static let arithmetic = [
    Form("r1 += 8", "add %r1, 8", "add r1, 0x8", "add64 r1, +8", is: I(opcode: 0x07, dst: 1, imm: 8)),
    Form("w1 += w2", "add32 %r1, %r2", is: I(opcode: 0x0c, dst: 1, src: 2)),
    Form("r1 -= r2", "sub %r1, %r2", is: I(opcode: 0x1f, dst: 1, src: 2)),
    Form("w10 *= -2147483648", "mul32 %r10, -0x80000000", is: I(opcode: 0x24, dst: 10, imm: .min)),
    Form("r1 /= r2", "div %r1, %r2", is: I(opcode: 0x3f, dst: 1, src: 2)),
    Form("r1 s/= r2", "sdiv %r1, %r2", is: I(opcode: 0x3f, dst: 1, src: 2, offset: 1)),
    Form("w1 s/= -3", "sdiv32 %r1, -3", is: I(opcode: 0x34, dst: 1, offset: 1, imm: -3)),
    Form("r1 %= 7", "mod %r1, 7", is: I(opcode: 0x97, dst: 1, imm: 7)),
    Form("w1 s%= w3", "smod32 %r1, %r3", is: I(opcode: 0x9c, dst: 1, src: 3, offset: 1)),
    Form("r1 |= r2", "or %r1, %r2", is: I(opcode: 0x4f, dst: 1, src: 2)),
    Form("r1 &= 0xffffffff", "and %r1, -1", is: I(opcode: 0x57, dst: 1, imm: -1)),
    Form("w1 ^= w1", "xor32 %r1, %r1", is: I(opcode: 0xac, dst: 1, src: 1)),
    Form("r1 <<= 32", "lsh %r1, 32", is: I(opcode: 0x67, dst: 1, imm: 32)),
    Form("w1 >>= w3", "rsh32 %r1, %r3", is: I(opcode: 0x7c, dst: 1, src: 3)),
    Form("r1 s>>= 3", "arsh %r1, 3", is: I(opcode: 0xc7, dst: 1, imm: 3)),
    Form("r1 = -r1", "neg %r1", is: I(opcode: 0x87, dst: 1)),
    Form("w1 = -w1", "neg32 %r1", is: I(opcode: 0x84, dst: 1)),
    Form("r1 = be16 r1", "be16 %r1", is: I(opcode: 0xdc, dst: 1, imm: 16)),
    Form("r1 = le64 r1", "le64 %r1", is: I(opcode: 0xd4, dst: 1, imm: 64)),
    Form("r1 = bswap32 r1", "swap32 %r1", "bswap32 %r1", is: I(opcode: 0xd7, dst: 1, imm: 32)),
  ]

  static let moves = [
    Form("r0 = 1", "mov %r0, 1", is: I(opcode: 0xb7, imm: 1)),
    Form("w1 = 0xffffffff", "mov32 %r1, -1", is: I(opcode: 0xb4, dst: 1, imm: -1)),
    Form("r1=r10", "mov %r1,%r10", is: I(opcode: 0xbf, dst: 1, src: 10)),
    Form("r1 = (s8)r2", "movsx864 %r1, %r2", is: I(opcode: 0xbf, dst: 1, src: 2, offset: 8)),
    Form("r1 = (s16) r2", "movsx1664 %r1, %r2", is: I(opcode: 0xbf, dst: 1, src: 2, offset: 16)),
    Form("r1 = (s32)r2", "movsx3264 %r1, %r2", is: I(opcode: 0xbf, dst: 1, src: 2, offset: 32)),
    Form("w1 = (s8)w2", "movsx832 %r1, %r2", is: I(opcode: 0xbc, dst: 1, src: 2, offset: 8)),
    Form("w1 = (s16)w2", "movsx1632 %r1, %r2", is: I(opcode: 0xbc, dst: 1, src: 2, offset: 16)),
    Form(
      "r3 = 0x1122334455667788 ll", "lddw %r3, 0x1122334455667788", is: I(opcode: 0x18, dst: 3, imm: 0x5566_7788),
      I(opcode: 0, imm: 0x1122_3344)),
    Form("r3 = -5 ll", "lddw %r3, 18446744073709551611", is: I(opcode: 0x18, dst: 3, imm: -5), I(opcode: 0, imm: -1)),
    Form("lddw r0, -9223372036854775808", is: I(opcode: 0x18), I(opcode: 0, imm: .min)),
    Form("ld_pseudo r1, 1, 5", is: I(opcode: 0x18, dst: 1, src: 1, imm: 5), I(opcode: 0)),
    Form("ld_pseudo r1, 6, 5, -7", is: I(opcode: 0x18, dst: 1, src: 6, imm: 5), I(opcode: 0, imm: -7)),
  ]

  static let memory = [
    Form("r1 = *(u8 *)(r2 + 4)", "ldxb %r1, [%r2+4]", is: I(opcode: 0x71, dst: 1, src: 2, offset: 4)),
    Form("w1 = *(u16*)(r2 - 4)", "ldxh %r1, [%r2-4]", is: I(opcode: 0x69, dst: 1, src: 2, offset: -4)),
    Form("w1 = *(u32 *)(r2 + 0)", "ldxw r1, [r2]", is: I(opcode: 0x61, dst: 1, src: 2)),
    Form("r1 = *(u64 *)(r2 - 32768)", "ldxdw %r1, [%r2-0x8000]", is: I(opcode: 0x79, dst: 1, src: 2, offset: .min)),
    Form(
      "r1 = *(s8 *)(r2 + 1)", "ldxbsx %r1, [%r2+1]", "ldxsb r1, [r2+1]", is: I(opcode: 0x91, dst: 1, src: 2, offset: 1)),
    Form(
      "r1 = *(s16 *)(r2 + 1)", "ldxhsx %r1, [%r2+1]", "ldxsh r1, [r2+1]", is: I(opcode: 0x89, dst: 1, src: 2, offset: 1)
    ),
    Form(
      "r1 = *(s32 *)(r2 + 1)", "ldxwsx %r1, [%r2+1]", "ldxsw r1, [r2+1]", is: I(opcode: 0x81, dst: 1, src: 2, offset: 1)
    ),
    Form("*(u8 *)(r1 + 2) = 5", "stb [%r1+2], 5", is: I(opcode: 0x72, dst: 1, offset: 2, imm: 5)),
    Form("*(u16 *)(r1 + 2) = -1", "sth [%r1+2], 0xffffffff", is: I(opcode: 0x6a, dst: 1, offset: 2, imm: -1)),
    Form("*(u32 *)(r10 - 4) = 5", "stw [%r10-4], 5", is: I(opcode: 0x62, dst: 10, offset: -4, imm: 5)),
    Form("*(u64 *)(r1 + 2) = 5", "stdw [%r1+2], 5", is: I(opcode: 0x7a, dst: 1, offset: 2, imm: 5)),
    Form(
      "*(u8 *)(r1 + 2) = w3", "*(u8 *)(r1 + 2) = r3", "stxb [%r1+2], %r3",
      is: I(opcode: 0x73, dst: 1, src: 3, offset: 2)),
    Form("*(u16 *)(r1 + 2) = w3", "stxh [%r1+2], %r3", is: I(opcode: 0x6b, dst: 1, src: 3, offset: 2)),
    Form("*(u32 *)(r1 + 2) = w3", "stxw [%r1+2], %r3", is: I(opcode: 0x63, dst: 1, src: 3, offset: 2)),
    Form("*(u64 *)(r1 - 8) = r3", "stxdw [%r1-8], %r3", is: I(opcode: 0x7b, dst: 1, src: 3, offset: -8)),
    Form("r0 = *(u32 *)skb[14]", is: I(opcode: 0x20, imm: 14)),
    Form("r0 = *(u16 *)skb[14]", is: I(opcode: 0x28, imm: 14)),
    Form("r0 = *(u8 *)skb[-1]", is: I(opcode: 0x30, imm: -1)),
    Form("r0 = *(u32 *)skb[r2]", is: I(opcode: 0x40, src: 2)),
    Form("r0 = *(u16 *)skb[r2 + 4]", is: I(opcode: 0x48, src: 2, imm: 4)),
    Form("r0 = *(u8 *)skb[r2 - 4]", is: I(opcode: 0x50, src: 2, imm: -4)),
  ]

  static let atomics = [
    Form("lock *(u64 *)(r1 + 0) += r2", "lock add [%r1+0], %r2", is: I(opcode: 0xdb, dst: 1, src: 2)),
    Form(
      "lock *(u32 *)(r1 + 4) |= w2", "lock or32 [%r1+4], %r2", is: I(opcode: 0xc3, dst: 1, src: 2, offset: 4, imm: 0x40)
    ),
    Form(
      "lock *(u64 *)(r1 - 8) &= r2", "lock and [%r1-8], %r2", is: I(opcode: 0xdb, dst: 1, src: 2, offset: -8, imm: 0x50)
    ),
    Form(
      "lock *(u32 *)(r1 + 0) ^= w2", "lock *(u32 *)(r1 + 0) ^= r2", "lock xor32 [%r1], %r2",
      is: I(opcode: 0xc3, dst: 1, src: 2, imm: 0xa0)),
    Form(
      "r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)", "lock fetch_add [%r1+0], %r2", "lock fetch add [%r1], %r2",
      is: I(opcode: 0xdb, dst: 1, src: 2, imm: 0x01)),
    Form(
      "w2 = atomic_fetch_or((u32 *)(r1 + 0), w2)", "lock fetch_or32 [%r1+0], %r2", "lock fetch or32 [%r1], %r2",
      is: I(opcode: 0xc3, dst: 1, src: 2, imm: 0x41)),
    Form(
      "r2 = atomic_fetch_and((u64 *)(r1 + 0), r2)", "lock fetch_and [r1], r2",
      is: I(opcode: 0xdb, dst: 1, src: 2, imm: 0x51)),
    Form(
      "r2 = atomic_fetch_xor((u64 *)(r1 + 0), r2)", "lock fetch_xor [r1], r2",
      is: I(opcode: 0xdb, dst: 1, src: 2, imm: 0xa1)),
    Form("r1 = xchg_64(r2 + 0, r1)", "lock xchg [%r2], %r1", is: I(opcode: 0xdb, dst: 2, src: 1, imm: 0xe1)),
    Form(
      "w1 = xchg32_32(r2 + 4, w1)", "lock xchg32 [%r2+4], %r1",
      is: I(opcode: 0xc3, dst: 2, src: 1, offset: 4, imm: 0xe1)),
    Form("r0 = cmpxchg_64(r1 + 0, r0, r2)", "lock cmpxchg [%r1], %r2", is: I(opcode: 0xdb, dst: 1, src: 2, imm: 0xf1)),
    Form(
      "w0 = cmpxchg32_32(r1 + 0, w0, w2)", "lock cmpxchg32 [%r1], %r2", is: I(opcode: 0xc3, dst: 1, src: 2, imm: 0xf1)),
  ]

  static let jumps = [
    Form("goto +5", "goto 5", "ja +5", "goto +0x5 <entry+0x28>", is: I(opcode: 0x05, offset: 5)),
    Form("gotol -32769", "ja32 -32769", is: I(opcode: 0x06, imm: -32_769)),
    Form("if r1 == 0 goto +2", "jeq %r1, 0, +2", is: I(opcode: 0x15, dst: 1, offset: 2)),
    Form("if w1 != w2 goto -1", "jne32 %r1, %r2, -1", is: I(opcode: 0x5e, dst: 1, src: 2, offset: -1)),
    Form("if r1 > r2 goto +2", "jgt %r1, %r2, +2", is: I(opcode: 0x2d, dst: 1, src: 2, offset: 2)),
    Form("if r1 >= 3 goto +2", "jge %r1, 3, +2", is: I(opcode: 0x35, dst: 1, offset: 2, imm: 3)),
    Form("if r1 < r2 goto +2", "jlt %r1, %r2, +2", is: I(opcode: 0xad, dst: 1, src: 2, offset: 2)),
    Form("if w1 <= 3 goto +2", "jle32 %r1, 3, +2", is: I(opcode: 0xb6, dst: 1, offset: 2, imm: 3)),
    Form("if w1 & 3 goto +2", "jset32 %r1, 3, +2", is: I(opcode: 0x46, dst: 1, offset: 2, imm: 3)),
    Form("if r1 s> r2 goto +5", "jsgt %r1, %r2, +5", is: I(opcode: 0x6d, dst: 1, src: 2, offset: 5)),
    Form("if r1 s>=-3 goto +2", "jsge %r1, -3, +2", is: I(opcode: 0x75, dst: 1, offset: 2, imm: -3)),
    Form("if r1 s< r2 goto +2", "jslt %r1, %r2, +2", is: I(opcode: 0xcd, dst: 1, src: 2, offset: 2)),
    Form("if w1 s<= w2 goto +2", "jsle32 %r1, %r2, +2", is: I(opcode: 0xde, dst: 1, src: 2, offset: 2)),
  ]

  static let calls = [
    Form("call 5", "call helper 5", is: I(opcode: 0x85, imm: 5)),
    Form("call pc+3", "call local +3", "call local 3", is: I(opcode: 0x85, src: 1, imm: 3)),
    Form("call pc-3", "call local -3", is: I(opcode: 0x85, src: 1, imm: -3)),
    Form("call runtime 9", is: I(opcode: 0x85, src: 2, imm: 9)),
    Form("callx r3", "callx %r3", "call %r3", "call r3", is: I(opcode: 0x8d, dst: 3)),
    Form("exit", is: I(opcode: 0x95)),
  ]
}
