/// The 12 or 16 header bytes of a TLP as they are on the wire (PCI Express Base Specification 2.2.1).
///
/// Every dword holds four wire bytes, the first in bits 31:24. Dword 3 is zero when the header has three.
public struct RawHeader: Hashable, Sendable, CustomStringConvertible {
  /// Dwords 0..3; dword 0 is bytes 0..3, big-endian.
  public var dwords: SIMD4<UInt32>

  @inlinable
  public init(dwords: SIMD4<UInt32>) { self.dwords = dwords }

  /// Reads 12 or 16 bytes in wire order, whichever the first one says; missing bytes are zero, others are ignored.
  public init(bytes: some Sequence<UInt8>) {
    dwords = .zero
    for (index, byte) in bytes.prefix(16).enumerated() {
      dwords[index / 4] |= UInt32(byte) << UInt32(24 - index % 4 * 8)
    }
    if dwordCount == 3 { dwords.w = 0 }
  }

  /// The header in wire order: 12 or 16 bytes.
  public var bytes: [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: dwords[$0 / 4] >> UInt32(24 - $0 % 4 * 8)) }
  }

  /// Header length: 3 or 4 dwords, by bit 0 of Fmt.
  @inlinable
  public var dwordCount: Int { dwords.x & 0x2000_0000 == 0 ? 3 : 4 }

  /// Header length: 12 or 16 bytes.
  @inlinable
  public var byteCount: Int { dwordCount * 4 }

  /// Fmt and Type, the first byte on the wire.
  @inlinable
  public var byte0: UInt8 { UInt8(truncatingIfNeeded: dwords.x >> 24) }

  /// The packet type, nil when its encoding is reserved.
  @inlinable
  public var type: TLPType? { TLPType(byte0: byte0) }

  /// TD: a 4-byte ECRC follows the payload (2.2.3).
  @inlinable
  public var hasDigest: Bool {
    get { dwords.x & 0x8000 != 0 }
    set { dwords.x = dwords.x & ~0x8000 | (newValue ? 0x8000 : 0) }
  }

  /// EP: the payload is poisoned (2.7.2).
  @inlinable
  public var isPoisoned: Bool { dwords.x & 0x4000 != 0 }

  /// Traffic class, 3 bits.
  @inlinable
  public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: dwords.x >> 20 & 0x7) }

  /// Attr[2:0], gathered from its two places in dword 0.
  @inlinable
  public var attributes: TLPAttributes {
    TLPAttributes(rawValue: UInt8(truncatingIfNeeded: dwords.x >> 16 & 0x4 | dwords.x >> 12 & 0x3))
  }

  /// The Length field in dwords, 1...1024; meaningless where `TLPType.hasLength` is false.
  @inlinable
  public var lengthDW: Int {
    let field = Int(dwords.x & 0x3ff)
    return field == 0 ? 1024 : field
  }

  /// The header bytes as hexadecimal dwords.
  public var description: String {
    (0..<dwordCount).map { index in
      let digits = String(dwords[index], radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined(separator: " ")
  }
}
