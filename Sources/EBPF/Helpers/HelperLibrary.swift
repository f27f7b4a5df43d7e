/// Functions that an accelerator may offer to programs, by the name under which a scenario asks for them.
///
/// A function that is given memory out of bounds faults and changes nothing.
public enum HelperLibrary {
  public static let functions: [String: Helper] = [
    "checksum": checksum, "crc32": crc32, "crc32c": crc32c, "memcpy": copy, "memset": fill, "popcount": populationCount,
  ]

  /// The Internet checksum (RFC 1071) of r2 bytes at r1, 0...0xffff: the complement of the one's complement sum of the
  /// 16-bit words, most significant byte first; a last odd byte counts as if a zero followed.
  static let checksum: Helper = { call in
    guard let bytes = call.bytes(call.r1, call.r2) else { return .outOfBounds(.loadOutOfBounds, call.r1, call.r2) }
    var sum: UInt64 = 0
    for (index, byte) in bytes.enumerated() { sum += index.isMultiple(of: 2) ? UInt64(byte) << 8 : UInt64(byte) }
    while sum > 0xffff { sum = (sum & 0xffff) + sum >> 16 }
    return .value(~sum & 0xffff)
  }

  /// CRC-32 of ISO-HDLC and Ethernet over r2 bytes at r1; r3 is the CRC of the bytes before them, 0 at the start.
  static let crc32: Helper = CRC(reflectedPolynomial: 0xedb8_8320).function

  /// CRC-32C (RFC 3720, Castagnoli) in the same way.
  static let crc32c: Helper = CRC(reflectedPolynomial: 0x82f6_3b78).function

  /// The bits of r1 that are 1.
  static let populationCount: Helper = { .value(UInt64($0.r1.nonzeroBitCount)) }

  /// Copies r3 bytes at r2 to r1 and returns r1. The two may overlap.
  static let copy: Helper = { call in
    guard let source = call.bytes(call.r2, call.r3) else { return .outOfBounds(.loadOutOfBounds, call.r2, call.r3) }
    guard let target = call.mutableBytes(call.r1, call.r3) else {
      return .outOfBounds(.storeOutOfBounds, call.r1, call.r3)
    }
    target.copyMemory(from: source)
    return .value(call.r1)
  }

  /// Sets r3 bytes at r1 to the low byte of r2 and returns r1.
  static let fill: Helper = { call in
    guard let target = call.mutableBytes(call.r1, call.r3) else {
      return .outOfBounds(.storeOutOfBounds, call.r1, call.r3)
    }
    target.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: call.r2))
    return .value(call.r1)
  }
}

/// A 32-bit CRC, least significant bit first, with all ones before and a complement after.
private struct CRC: Sendable {
  private let table: [UInt32]

  init(reflectedPolynomial polynomial: UInt32) {
    table = (0..<256).map { byte in (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1) &* polynomial } }
  }

  @Sendable func function(_ call: HelperContext) -> HelperResult {
    guard let bytes = call.bytes(call.r1, call.r2) else { return .outOfBounds(.loadOutOfBounds, call.r1, call.r2) }
    let start = ~UInt32(truncatingIfNeeded: call.r3)
    let end = bytes.reduce(start) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
    return .value(UInt64(~end))
  }
}
