import EBPF
import Stimulus

extension EncodingVectors {
  /// RFC 9669 section 4.1, ALU32: x / 0 is 0, x % 0 is x, the minimum by -1 does not overflow; an immediate divisor is
  /// the low half of its sign extension.
  static let division32: [Encoding] = [
    .alu("mul32 imm", .divmul32, 0x24, (upper | 0x8000_0001, 2, 2), (3, -2, 0xffff_fffa), (0xffff_ffff, -1, 1)),
    .alu("mul32 reg", .divmul32, 0x2c, with: (0x1_0000_0003, upper | 5, 15), (0xffff_ffff, 0xffff_ffff, 1)),
    .alu("div32 imm", .divmul32, 0x34, (upper | 10, 3, 3), (10, 0, 0), (0xffff_ffff, -2, 1), (.max, 1, 0xffff_ffff)),
    .alu(
      "sdiv32 imm", .divmul32, 0x34, offset: 1,
      (0xffff_fff9, 2, 0xffff_fffd), (upper | 0xffff_fff9, 0, 0), (minimum32, -1, minimum32), (7, -2, 0xffff_fffd)),
    .alu(
      "div32 reg", .divmul32, 0x3c, with: (upper | 10, upper | 3, 3), (10, upper, 0), (minimum32, 0xffff_ffff, 0)),
    .alu(
      "sdiv32 reg", .divmul32, 0x3c, offset: 1,
      with: (minimum32, .max, minimum32), (0xffff_fff9, upper, 0), (0xffff_fff9, 0xffff_fffe, 3),
      (upper | 20, 0x1_0000_0006, 3)),
    .alu("mod32 imm", .divmul32, 0x94, (upper | 17, 5, 2), (upper | 7, 0, 7), (0xffff_ffff, -2, 1)),
    .alu(
      "smod32 imm", .divmul32, 0x94, offset: 1,
      (0xffff_fff9, 2, 0xffff_ffff), (upper | 0xffff_fff9, 0, 0xffff_fff9), (minimum32, -1, 0), (7, -2, 1)),
    .alu("mod32 reg", .divmul32, 0x9c, with: (upper | 17, upper | 5, 2), (upper | 7, upper, 7), (5, 0xffff_ffff, 5)),
    .alu(
      "smod32 reg", .divmul32, 0x9c, offset: 1,
      with: (minimum32, .max, 0), (upper | 0xffff_fff9, 0, 0xffff_fff9), (0xffff_fff9, 0xffff_fffd, 0xffff_ffff),
      (7, 0xffff_fffd, 1)),
  ]

  /// ALU64.
  static let division64: [Encoding] = [
    .alu("mul64 imm", .divmul64, 0x27, (minimum64 | 3, 2, 6), (3, -2, negative(6)), (.max, -1, 1)),
    .alu(
      "mul64 reg", .divmul64, 0x2f,
      with: (0x1_0000_0000, 0x1_0000_0000, 0), (.max, .max, 1), (0xffff_ffff, 0xffff_ffff, 0xffff_fffe_0000_0001)),
    .alu("div64 imm", .divmul64, 0x37, (.max, 2, .max >> 1), (7, 0, 0), (.max, -1, 1), (minimum64, -1, 0)),
    .alu(
      "sdiv64 imm", .divmul64, 0x37, offset: 1,
      (negative(7), 2, negative(3)), (negative(7), 0, 0), (minimum64, -1, minimum64), (7, -2, negative(3))),
    .alu("div64 reg", .divmul64, 0x3f, with: (.max, 2, .max >> 1), (7, 0, 0), (minimum64, .max, 0)),
    .alu(
      "sdiv64 reg", .divmul64, 0x3f, offset: 1,
      with: (minimum64, .max, minimum64), (negative(7), 0, 0), (negative(7), negative(2), 3),
      (.max >> 1, .max, minimum64 | 1)),
    .alu("mod64 imm", .divmul64, 0x97, (17, 5, 2), (upper | 7, 0, upper | 7), (.max, -2, 1)),
    .alu(
      "smod64 imm", .divmul64, 0x97, offset: 1,
      (negative(7), 2, negative(1)), (negative(7), 0, negative(7)), (minimum64, -1, 0), (7, -2, 1)),
    .alu("mod64 reg", .divmul64, 0x9f, with: (.max, 10, 5), (upper | 7, 0, upper | 7), (5, .max, 5)),
    .alu(
      "smod64 reg", .divmul64, 0x9f, offset: 1,
      with: (minimum64, .max, 0), (negative(7), 0, negative(7)), (negative(7), negative(3), negative(1)),
      (7, negative(3), 1)),
  ]
}
