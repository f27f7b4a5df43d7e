import EBPF
import Stimulus

extension EncodingVectors {
  /// What loads read and stores overwrite; unaligned accesses are legal, and one byte too far at either end faults.
  static let bytes: [UInt8] = [
    0x80, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, 0x08, 0x19, 0x2a, 0x3b, 0x4c, 0x5d, 0x6e, 0x7f,
  ]

  /// RFC 9669 sections 5.1, 5.2 and 5.4.
  static let loads: [Encoding] =
    [
      .load("ldxw", .base32, 0x61, (0, 0xb3a2_9180), (3, 0xe6d5_c4b3), (12, 0x7f6e_5d4c), faultsAt: [13, -1]),
      .load("ldxh", .base32, 0x69, (0, 0x9180), (7, 0x08f7), (14, 0x7f6e), faultsAt: [15, -1]),
      .load("ldxb", .base32, 0x71, (0, 0x80), (15, 0x7f), faultsAt: [16, -1]),
      .load(
        "ldxdw", .base64, 0x79,
        (0, 0xf7e6_d5c4_b3a2_9180), (1, 0x08f7_e6d5_c4b3_a291), (8, 0x7f6e_5d4c_3b2a_1908), faultsAt: [9, -1]),
      .load("ldxsw", .base64, 0x81, (0, 0xffff_ffff_b3a2_9180), (12, 0x7f6e_5d4c), faultsAt: [13, -1]),
      .load("ldxsh", .base64, 0x89, (0, 0xffff_ffff_ffff_9180), (7, 0x08f7), (14, 0x7f6e), faultsAt: [15, -1]),
      .load("ldxsb", .base64, 0x91, (0, 0xffff_ffff_ffff_ff80), (15, 0x7f), faultsAt: [16, -1]),
      Encoding(
        name: "lddw", group: .base64, opcode: Opcode.lddw,
        vectors: [0x8877_6655_4433_2211, 0xffff_ffff, 0x8000_0000, minimum64].map { (constant: UInt64) in
          EncodingVector("lddw \(hex(constant))", wide(0, constant) + [.exit], .exit(r0: constant))
        }),
    ] + (1...6).map(object)

  /// LDDW of an object of the platform: a map, a variable, a function.
  private static func object(_ source: UInt8) -> Encoding {
    let vectors = [0, 7].map { (number: Int32) in
      EncodingVector(
        "lddw of object \(number), kind \(source)",
        [Instruction(opcode: Opcode.lddw, src: source, imm: number), Instruction(word: 0), .exit],
        .refused(.unsupportedInstruction))
    }
    return Encoding(
      name: "lddw of kind \(source)", group: .base64, opcode: Opcode.lddw, source: source, vectors: vectors)
  }

  /// RFC 9669 section 5.1: an immediate is sign-extended to the 8 bytes of STDW.
  static let stores: [Encoding] = [
    .store(
      "stw", .base32, 0x62, 4, (1, 0x1122_3344, [0x44, 0x33, 0x22, 0x11]), (12, -2, [0xfe, 0xff, 0xff, 0xff])),
    .store("sth", .base32, 0x6a, 2, (1, 0x1122_3344, [0x44, 0x33]), (14, -2, [0xfe, 0xff])),
    .store("stb", .base32, 0x72, 1, (0, 0x1122_3344, [0x44]), (15, -2, [0xfe])),
    .store(
      "stdw", .base64, 0x7a, 8,
      (1, 0x1122_3344, [0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0]), (8, -2, [0xfe] + [UInt8](repeating: 0xff, count: 7)),
      (0, .min, [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff])),
    .store("stxw", .base32, 0x63, 4, with: (1, word, [8, 7, 6, 5]), (12, .max, [0xff, 0xff, 0xff, 0xff])),
    .store("stxh", .base32, 0x6b, 2, with: (1, word, [8, 7]), (14, .max, [0xff, 0xff])),
    .store("stxb", .base32, 0x73, 1, with: (0, word, [8]), (15, .max, [0xff])),
    .store("stxdw", .base64, 0x7b, 8, with: (1, word, [8, 7, 6, 5, 4, 3, 2, 1]), (8, 1, [1, 0, 0, 0, 0, 0, 0, 0])),
  ]

  private static let word: UInt64 = 0x0102_0304_0506_0708

  /// RFC 9669 section 5.5: they need a packet in a kernel's buffer.
  static let packet: [Encoding] = [0x20, 0x28, 0x30, 0x40, 0x48, 0x50].map { (opcode: UInt8) in
    let isIndirect = opcode >= 0x40
    return Encoding(
      name: "packet load \(hex(UInt64(opcode)))", group: .packet, opcode: opcode,
      vectors: [0, 14].map { (offset: Int32) in
        EncodingVector(
          "packet load \(hex(UInt64(opcode))) at \(offset)",
          [Instruction(opcode: opcode, src: isIndirect ? 2 : 0, imm: offset), .exit], .refused(.unsupportedInstruction))
      })
  }
}
