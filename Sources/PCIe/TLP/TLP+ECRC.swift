extension TLP {
  /// The ECRC that the packet carries, or nil when it carries none: TD is clear, or it ends too early. The first byte on
  /// the wire is bits 31:24 (PCI Express Base Specification 2.7.1).
  ///
  /// To damage a packet on its way, keep the value, change the packet, then set the value again. Nil sets the right one.
  public var ecrc: UInt32? {
    get {
      guard header.hasDigest else { return nil }
      guard let extras else { return correctECRC }
      guard extras.hasDigest(header) else { return nil }
      if case .carried(let value) = extras.digest { return value }
      return correctECRC
    }
    set {
      guard header.hasDigest, extras?.cutHeaderBytes == nil else { return }
      let isCorrect = newValue == nil || newValue == correctECRC
      extras = TLPExtras(prefixes: extras?.prefixes ?? [], digest: isCorrect ? .correct : .carried(newValue ?? 0))
    }
  }

  /// Whether the ECRC is right, or there is none to check. A receiver reports a wrong one as ECRC Check Failed, which is
  /// no malformed packet (2.7.1, 6.2.7).
  public var hasValidECRC: Bool {
    guard let extras, case .carried(let value) = extras.digest else { return true }
    return !extras.hasDigest(header) || value == correctECRC
  }

  /// The ECRC over end-end prefixes, header and payload. Bit 0 of Type and EP may change on the way and count as 1;
  /// local prefixes do not count (2.7.1).
  public var correctECRC: UInt32 {
    var crc = ECRC()
    for prefix in extras?.prefixes ?? [] where TLPPrefix.isEndToEnd(dword: prefix) { crc.add(bigEndian: prefix) }
    var invariant = header.dwords
    invariant.x |= 0x0100_4000
    for index in 0..<header.dwordCount { crc.add(bigEndian: invariant[index]) }
    for byte in payload { crc.add(byte) }
    return crc.digest
  }
}

/// The 32-bit CRC of the TLP Digest: polynomial 04C1_1DB7h, from all ones, complemented (2.7.1). Bit 0 of every byte
/// goes in first, and every byte of the digest holds its part of the result in reversed order, so the register runs
/// mirrored and its lowest byte leaves first.
struct ECRC {
  private var register: UInt32 = 0xffff_ffff

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xedb8_8320 }
  }

  mutating func add(_ byte: UInt8) {
    register = register >> 8 ^ ECRC.table[Int(UInt8(truncatingIfNeeded: register) ^ byte)]
  }

  mutating func add(bigEndian dword: UInt32) {
    for shift in [24, 16, 8, 0] { add(UInt8(truncatingIfNeeded: dword >> UInt32(shift))) }
  }

  /// The TLP Digest; the first byte on the wire is bits 31:24.
  var digest: UInt32 { (~register).byteSwapped }
}
