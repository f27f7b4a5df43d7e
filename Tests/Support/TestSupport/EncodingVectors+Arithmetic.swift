import EBPF
import Stimulus

extension EncodingVectors {
  /// RFC 9669 section 4.1 and 4.2, ALU32: only the low halves count, and the upper half of the result is zero.
  static let arithmetic32: [Encoding] = [
    .alu(
      "add32 imm", .base32, 0x04,
      (upper | 0xffff_ffff, 2, 1), (upper | 5, -6, 0xffff_ffff), (0x7fff_ffff, 1, minimum32)),
    .alu(
      "add32 reg", .base32, 0x0c,
      with: (upper | 0xffff_ffff, 0x1_0000_0002, 1), (minimum32, minimum32, 0), (upper | 7, upper | 9, 16)),
    .alu("sub32 imm", .base32, 0x14, (upper, 1, 0xffff_ffff), (5, -6, 11), (minimum32, 1, 0x7fff_ffff)),
    .alu(
      "sub32 reg", .base32, 0x1c,
      with: (0, 1, 0xffff_ffff), (upper | 9, upper | 7, 2), (0x1_0000_0000, 1, 0xffff_ffff)),
    .alu("or32 imm", .base32, 0x44, (upper | 0xf0, 0x0f, 0xff), (upper, -1, 0xffff_ffff)),
    .alu("or32 reg", .base32, 0x4c, with: (upper | 1, upper | 2, 3), (minimum32, 1, 0x8000_0001)),
    .alu("and32 imm", .base32, 0x54, (upper | 0xff, 0x0f, 0x0f), (upper | 0xffff_fff9, -8, 0xffff_fff8)),
    .alu("and32 reg", .base32, 0x5c, with: (.max, .max, 0xffff_ffff), (upper | 3, upper | 5, 1)),
    .alu(
      "lsh32 imm", .base32, 0x64,
      (upper | 1, 31, minimum32), (1, 32, 1), (0xffff_ffff, 4, 0xffff_fff0), (1, -1, minimum32)),
    .alu(
      "lsh32 reg", .base32, 0x6c, with: (1, 33, 2), (upper | 0x8000_0001, 1, 2), (1, 32, 1), (3, upper | 4, 0x30)),
    .alu("rsh32 imm", .base32, 0x74, (upper | minimum32, 31, 1), (upper | 0xf0, 4, 0xf), (8, 35, 1)),
    .alu(
      "rsh32 reg", .base32, 0x7c,
      with: (upper | 4, 33, 2), (0xffff_ffff, 32, 0xffff_ffff), (upper | 0x80, upper | 7, 1)),
    .unary("neg32", .base32, 0x84, (1, 0xffff_ffff), (upper | minimum32, minimum32), (upper, 0)),
    .alu("xor32 imm", .base32, 0xa4, (upper | 0xff, 0x0f, 0xf0), (upper, -1, 0xffff_ffff)),
    .alu("xor32 reg", .base32, 0xac, with: (upper | 3, 1, 2), (upper | 5, upper | 5, 0)),
    .alu("mov32 imm", .base32, 0xb4, (.max, 7, 7), (0, -1, 0xffff_ffff), (.max, .min, minimum32)),
    .alu("mov32 reg", .base32, 0xbc, with: (0, .max, 0xffff_ffff), (.max, upper | minimum32, minimum32)),
    .alu(
      "movsx32 from 8", .base32, 0xbc, offset: 8,
      with: (0, 0x80, 0xffff_ff80), (.max, 0x17f, 0x7f), (0, upper | 0xff, 0xffff_ffff)),
    .alu("movsx32 from 16", .base32, 0xbc, offset: 16, with: (0, 0x8000, 0xffff_8000), (.max, 0x1_7fff, 0x7fff)),
    .alu(
      "arsh32 imm", .base32, 0xc4,
      (upper | minimum32, 31, 0xffff_ffff), (0x4000_0000, 30, 1), (minimum32, 32, minimum32),
      (0xffff_ff00, 36, 0xffff_fff0)),
    .alu(
      "arsh32 reg", .base32, 0xcc,
      with: (upper | minimum32, 1, 0xc000_0000), (0x7fff_ffff, 35, 0x0fff_ffff), (minimum32, 0xffff_ffff, 0xffff_ffff)),
    .unary("le16", .base32, 0xd4, immediate: 16, (pattern, 0x7788), (.max, 0xffff), (0xffff_ffff_ffff_0001, 1)),
    .unary("le32", .base32, 0xd4, immediate: 32, (pattern, 0x5566_7788), (.max, 0xffff_ffff)),
    .unary("be16", .base32, 0xdc, immediate: 16, (pattern, 0x8877), (0xffff_ffff_ffff_0001, 0x0100)),
    .unary("be32", .base32, 0xdc, immediate: 32, (pattern, 0x8877_6655), (0xffff_ffff_0000_0001, 0x0100_0000)),
    .unary("bswap16", .base32, 0xd7, immediate: 16, (pattern, 0x8877), (0xffff_ffff_ffff_0001, 0x0100)),
    .unary("bswap32", .base32, 0xd7, immediate: 32, (pattern, 0x8877_6655), (0xffff_ffff_0000_0001, 0x0100_0000)),
  ]

  /// ALU64: immediates are sign-extended to 64 bits.
  static let arithmetic64: [Encoding] = [
    .alu("add64 imm", .base64, 0x07, (.max, 2, 1), (5, -6, .max), (0xffff_ffff, 1, 0x1_0000_0000)),
    .alu(
      "add64 reg", .base64, 0x0f, with: (.max, .max, .max - 1), (minimum64, minimum64, 0), (upper | 1, 1, upper | 2)),
    .alu("sub64 imm", .base64, 0x17, (0, 1, .max), (5, -6, 11), (0x1_0000_0000, 1, 0xffff_ffff)),
    .alu("sub64 reg", .base32, 0x1f, with: (0, .max, 1), (minimum64, 1, .max >> 1)),
    .alu("or64 imm", .base64, 0x47, (0xf0, 0x0f, 0xff), (0, .min, 0xffff_ffff_8000_0000)),
    .alu("or64 reg", .base64, 0x4f, with: (upper | 1, 2, upper | 3), (0, .max, .max)),
    .alu("and64 imm", .base64, 0x57, (upper | 9, -8, upper | 8), (.max, .max, 0x7fff_ffff)),
    .alu(
      "and64 reg", .base64, 0x5f,
      with: (upper | 0xff, upper, upper), (0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa, 0)),
    .alu(
      "lsh64 imm", .base64, 0x67,
      (1, 63, minimum64), (1, 64, 1), (0xffff_ffff, 32, 0xffff_ffff_0000_0000), (1, -1, minimum64)),
    .alu("lsh64 reg", .base64, 0x6f, with: (1, 65, 2), (1, 0x1_0000_0003, 8), (3, .max, minimum64)),
    .alu("rsh64 imm", .base64, 0x77, (minimum64, 63, 1), (.max, 32, 0xffff_ffff), (4, 65, 2)),
    .alu("rsh64 reg", .base64, 0x7f, with: (minimum64, 127, 1), (0xff00, 8, 0xff), (7, 64, 7)),
    .unary("neg64", .base32, 0x87, (5, 0xffff_ffff_ffff_fffb), (minimum64, minimum64), (0, 0), (.max, 1)),
    .alu("xor64 imm", .base64, 0xa7, (0xff, 0x0f, 0xf0), (0, -1, .max)),
    .alu("xor64 reg", .base64, 0xaf, with: (upper | 0xff, upper, 0xff), (.max, .max, 0)),
    .alu("mov64 imm", .base64, 0xb7, (.max, 7, 7), (0, -1, .max), (0, .min, 0xffff_ffff_8000_0000)),
    .alu("mov64 reg", .base64, 0xbf, with: (1, upper | 2, upper | 2), (0, .max, .max)),
    .alu("movsx64 from 8", .base64, 0xbf, offset: 8, with: (0, 0x180, 0xffff_ffff_ffff_ff80), (.max, 0x7f, 0x7f)),
    .alu(
      "movsx64 from 16", .base64, 0xbf, offset: 16,
      with: (0, 0x1_8000, 0xffff_ffff_ffff_8000), (.max, 0x7fff, 0x7fff)),
    .alu(
      "movsx64 from 32", .base64, 0xbf, offset: 32,
      with: (0, upper | minimum32, 0xffff_ffff_8000_0000), (.max, upper | 0x7fff_ffff, 0x7fff_ffff)),
    .alu(
      "arsh64 imm", .base64, 0xc7,
      (minimum64, 63, .max), (1 << 62, 62, 1), (minimum64, 64, minimum64),
      (0xffff_ffff_ffff_ff00, 4, 0xffff_ffff_ffff_fff0)),
    .alu(
      "arsh64 reg", .base64, 0xcf,
      with: (minimum64, 1, 0xc000_0000_0000_0000), (.max >> 1, 65, .max >> 2), (minimum64, .max, .max)),
    .unary("le64", .base64, 0xd4, immediate: 64, (pattern, pattern), (.max, .max)),
    .unary("be64", .base64, 0xdc, immediate: 64, (pattern, 0x8877_6655_4433_2211), (1, 0x0100_0000_0000_0000)),
    .unary("bswap64", .base64, 0xd7, immediate: 64, (pattern, 0x8877_6655_4433_2211), (1, 0x0100_0000_0000_0000)),
  ]

  private static let pattern: UInt64 = 0x1122_3344_5566_7788
}
