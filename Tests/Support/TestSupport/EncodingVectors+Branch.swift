import EBPF
import Stimulus

extension EncodingVectors {
  /// RFC 9669 section 4.3, JMP32: only the low halves are compared.
  static let branches32: [Encoding] = [
    .branch("jeq32 imm", .base32, 0x16, (upper | 5, 5, true), (5, 6, false), (0xffff_ffff, -1, true)),
    .branch("jeq32 reg", .base32, 0x1e, with: (upper | 5, 5, true), (5, 6, false)),
    .branch(
      "jgt32 imm", .base32, 0x26,
      (upper | 5, 5, false), (6, 5, true), (0xffff_fffe, -1, false), (0xffff_ffff, -2, true)),
    .branch("jgt32 reg", .base32, 0x2e, with: (0xffff_ffff, upper | 1, true), (upper | 1, 2, false), (7, 7, false)),
    .branch("jge32 imm", .base32, 0x36, (upper | 5, 5, true), (upper | 4, 5, false), (0xffff_ffff, -1, true)),
    .branch("jge32 reg", .base32, 0x3e, with: (upper | 7, 7, true), (upper | 1, 2, false), (0xffff_ffff, 1, true)),
    .branch("jset32 imm", .base32, 0x46, (upper | 6, 4, true), (upper | 8, 7, false), (upper, -1, false)),
    .branch("jset32 reg", .base32, 0x4e, with: (upper | 1, upper | 1, true), (upper | 2, upper | 1, false)),
    .branch("jne32 imm", .base32, 0x56, (upper | 5, 5, false), (upper | 5, 6, true), (.max, -1, false)),
    .branch("jne32 reg", .base32, 0x5e, with: (upper | 5, 5, false), (5, 6, true)),
    .branch(
      "jsgt32 imm", .base32, 0x66,
      (0, -1, true), (0xffff_ffff, -1, false), (upper | 0x7fff_ffff, 0, true), (minimum32, 0, false)),
    .branch(
      "jsgt32 reg", .base32, 0x6e,
      with: (1, 0xffff_ffff, true), (upper | 0xffff_ffff, 1, false), (7, upper | 7, false)),
    .branch("jsge32 imm", .base32, 0x76, (0xffff_ffff, -1, true), (upper | minimum32, -1, false), (0, -1, true)),
    .branch("jsge32 reg", .base32, 0x7e, with: (1, 0xffff_ffff, true), (7, upper | 7, true), (minimum32, 0, false)),
    .branch("jlt32 imm", .base32, 0xa6, (upper | 4, 5, true), (5, 5, false), (0xffff_fffe, -1, true)),
    .branch("jlt32 reg", .base32, 0xae, with: (upper | 1, 2, true), (0xffff_ffff, 1, false), (7, upper | 7, false)),
    .branch("jle32 imm", .base32, 0xb6, (upper | 5, 5, true), (6, 5, false), (0xffff_ffff, -1, true)),
    .branch("jle32 reg", .base32, 0xbe, with: (upper | 1, 2, true), (upper | 7, 7, true), (0xffff_ffff, 1, false)),
    .branch(
      "jslt32 imm", .base32, 0xc6,
      (0xffff_ffff, 0, true), (0, -1, false), (upper | minimum32, -1, true), (0xffff_ffff, -1, false)),
    .branch(
      "jslt32 reg", .base32, 0xce, with: (upper | 0xffff_ffff, 1, true), (1, 0xffff_ffff, false), (7, 7, false)),
    .branch("jsle32 imm", .base32, 0xd6, (0xffff_ffff, -1, true), (0, -1, false), (minimum32, .min, true)),
    .branch(
      "jsle32 reg", .base32, 0xde,
      with: (upper | 0xffff_ffff, 1, true), (7, upper | 7, true), (1, 0xffff_ffff, false)),
  ]

  /// JMP: immediates are sign-extended to 64 bits, for unsigned comparisons too.
  static let branches64: [Encoding] = [
    .branch("jeq imm", .base64, 0x15, (5, 5, true), (5, 6, false), (.max, -1, true), (0xffff_ffff, -1, false)),
    .branch("jeq reg", .base64, 0x1d, with: (upper | 5, upper | 5, true), (upper | 5, 5, false)),
    .branch("jgt imm", .base64, 0x25, (6, 5, true), (5, 5, false), (0x1_0000_0000, -1, false), (.max, .max, true)),
    .branch("jgt reg", .base64, 0x2d, with: (.max, 1, true), (1, .max, false), (7, 7, false)),
    .branch("jge imm", .base64, 0x35, (5, 5, true), (4, 5, false), (0xffff_ffff, -1, false), (.max, -1, true)),
    .branch("jge reg", .base64, 0x3d, with: (.max, 1, true), (7, 7, true), (1, .max, false)),
    .branch(
      "jset imm", .base64, 0x45, (6, 4, true), (8, 7, false), (minimum64, -1, true), (0x1_0000_0000, .max, false)),
    .branch("jset reg", .base64, 0x4d, with: (upper | 1, upper, true), (0xf0, 0x0f, false), (upper | 2, 1, false)),
    .branch("jne imm", .base64, 0x55, (5, 5, false), (5, 6, true), (0xffff_ffff, -1, true), (.max, -1, false)),
    .branch("jne reg", .base64, 0x5d, with: (upper | 5, 5, true), (upper, upper, false)),
    .branch("jsgt imm", .base64, 0x65, (0, -1, true), (.max, -1, false), (.max, 0, false), (1, 0, true)),
    .branch(
      "jsgt reg", .base32, 0x6d,
      with: (1, .max, true), (.max, 1, false), (7, 7, false), (minimum64, .max >> 1, false)),
    .branch("jsge imm", .base64, 0x75, (.max, -1, true), (minimum64, -1, false), (0, -1, true)),
    .branch("jsge reg", .base64, 0x7d, with: (1, .max, true), (7, 7, true), (minimum64, 0, false)),
    .branch("jlt imm", .base64, 0xa5, (4, 5, true), (5, 5, false), (0x1_0000_0000, -1, true), (.max, -1, false)),
    .branch("jlt reg", .base64, 0xad, with: (1, .max, true), (.max, 1, false), (7, 7, false)),
    .branch("jle imm", .base64, 0xb5, (5, 5, true), (6, 5, false), (.max, -1, true), (0x1_0000_0000, -1, true)),
    .branch("jle reg", .base64, 0xbd, with: (1, .max, true), (7, 7, true), (.max, 1, false)),
    .branch("jslt imm", .base64, 0xc5, (.max, 0, true), (0, -1, false), (minimum64, -1, true), (.max, -1, false)),
    .branch("jslt reg", .base64, 0xcd, with: (.max, 1, true), (1, .max, false), (7, 7, false)),
    .branch(
      "jsle imm", .base64, 0xd5, (.max, -1, true), (0, -1, false), (0xffff_ffff_8000_0000, .min, true), (0, 0, true)),
    .branch("jsle reg", .base64, 0xdd, with: (.max, 1, true), (7, 7, true), (1, .max, false)),
  ]
}
