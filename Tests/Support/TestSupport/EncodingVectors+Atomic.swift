import EBPF
import Stimulus

extension EncodingVectors {
  private static let old: UInt64 = 0x1111_1111_0000_f0f0
  private static let source: UInt64 = 0x2222_2222_0000_0ff0

  /// RFC 9669 section 5.3 on 4 bytes: the other half of the memory word stays, what is fetched is zero-extended.
  static let atomics32: [Encoding] = [
    .atomic(
      "add32", 4, 0x00,
      (old, source, 0x1111_1111_0001_00e0, source),
      (0x7777_7777_ffff_ffff, upper | 1, 0x7777_7777_0000_0000, upper | 1)),
    .atomic(
      "fetch_add32", 4, 0x01,
      (old, source, 0x1111_1111_0001_00e0, 0xf0f0), (.max, upper | 1, 0xffff_ffff_0000_0000, 0xffff_ffff)),
    .atomic("or32", 4, 0x40, (old, source, 0x1111_1111_0000_fff0, source), (upper, .max, upper | 0xffff_ffff, .max)),
    .atomic(
      "fetch_or32", 4, 0x41, (old, source, 0x1111_1111_0000_fff0, 0xf0f0), (upper, .max, upper | 0xffff_ffff, 0)),
    .atomic(
      "and32", 4, 0x50, (old, source, 0x1111_1111_0000_00f0, source), (.max, upper, 0xffff_ffff_0000_0000, upper)),
    .atomic(
      "fetch_and32", 4, 0x51,
      (old, source, 0x1111_1111_0000_00f0, 0xf0f0), (.max, upper, 0xffff_ffff_0000_0000, 0xffff_ffff)),
    .atomic(
      "xor32", 4, 0xa0, (old, source, 0x1111_1111_0000_ff00, source), (.max, .max, 0xffff_ffff_0000_0000, .max)),
    .atomic(
      "fetch_xor32", 4, 0xa1,
      (old, source, 0x1111_1111_0000_ff00, 0xf0f0), (.max, .max, 0xffff_ffff_0000_0000, 0xffff_ffff)),
    .atomic(
      "xchg32", 4, 0xe1,
      (old, source, 0x1111_1111_0000_0ff0, 0xf0f0), (.max, upper, 0xffff_ffff_0000_0000, 0xffff_ffff)),
    .compareExchange(
      "cmpxchg32", 4,
      (old, 0xf0f0, 0x1111_1111_0000_0ff0, 0xf0f0), (old, upper | 0xf0f0, 0x1111_1111_0000_0ff0, 0xf0f0),
      (old, 0xf0f1, old, 0xf0f0), (.max, 0xffff_fffe, .max, 0xffff_ffff), source: source),
  ]

  /// On 8 bytes.
  static let atomics64: [Encoding] = [
    .atomic("add64", 8, 0x00, (old, source, 0x3333_3333_0001_00e0, source), (.max, 1, 0, 1)),
    .atomic("fetch_add64", 8, 0x01, (old, source, 0x3333_3333_0001_00e0, old), (.max, 1, 0, .max)),
    .atomic("or64", 8, 0x40, (old, source, 0x3333_3333_0000_fff0, source), (upper, 1, upper | 1, 1)),
    .atomic("fetch_or64", 8, 0x41, (old, source, 0x3333_3333_0000_fff0, old), (upper, 1, upper | 1, upper)),
    .atomic("and64", 8, 0x50, (old, source, 0xf0, source), (.max, upper, upper, upper)),
    .atomic("fetch_and64", 8, 0x51, (old, source, 0xf0, old), (.max, upper, upper, .max)),
    .atomic("xor64", 8, 0xa0, (old, source, 0x3333_3333_0000_ff00, source), (.max, .max, 0, .max)),
    .atomic(
      "fetch_xor64", 8, 0xa1,
      (old, source, 0x3333_3333_0000_ff00, old), (.max, upper | 1, 0x2152_4110_ffff_fffe, .max)),
    .atomic("xchg64", 8, 0xe1, (old, source, source, old), (0, .max, .max, 0)),
    .compareExchange(
      "cmpxchg64", 8, (old, old, source, old), (old, 0xf0f0, old, old), (.max, .max, source, .max), source: source),
  ]
}
