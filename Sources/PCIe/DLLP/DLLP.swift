/// A data link layer packet: four bytes and their CRC-16 (PCI Express Base Specification 3.5.1). Of the types with a
/// virtual channel, those of VC0; credits are not scaled (3.4.2).
public enum DLLP: Hashable, Sendable {
  /// All packets up to `sequence` (12 bits) arrived.
  case ack(sequence: UInt16)
  /// All packets up to `sequence` (12 bits) arrived, and the next one has to be sent again.
  case nak(sequence: UInt16)
  /// Initial credits of one class: headers (8 bits), and data in units of 16 bytes (12 bits). 0 is infinite.
  case initFC1(FlowClass, header: UInt8, data: UInt16)
  /// The same, once the other end's have arrived.
  case initFC2(FlowClass, header: UInt8, data: UInt16)
  /// All credits of one class granted so far, modulo 2^8 headers and 2^12 data units.
  case updateFC(FlowClass, header: UInt8, data: UInt16)

  /// Bytes without framing, CRC included.
  public static let byteCount = 6

  /// The packet in wire order, CRC included. Values wider than their fields are truncated.
  public func encoded() -> [UInt8] {
    let word = encodedWord
    let body = (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - $0 * 8)) }
    let crc = DLLP.crc(of: body)
    return body + [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)]
  }

  private var encodedWord: UInt32 {
    switch self {
    case .ack(let sequence): UInt32(sequence & 0xfff)
    case .nak(let sequence): 0x1000_0000 | UInt32(sequence & 0xfff)
    case .initFC1(let kind, let header, let data): DLLP.credits(0x40, kind, header, data)
    case .initFC2(let kind, let header, let data): DLLP.credits(0xc0, kind, header, data)
    case .updateFC(let kind, let header, let data): DLLP.credits(0x80, kind, header, data)
    }
  }

  private static func credits(_ type: UInt32, _ kind: FlowClass, _ header: UInt8, _ data: UInt16) -> UInt32 {
    (type | UInt32(kind.rawValue) << 4) << 24 | UInt32(header) << 14 | UInt32(data & 0xfff)
  }

  /// Decodes the bytes between the framing symbols; reserved bits are ignored.
  /// - Throws: `BadDLLP` when the length or the CRC is wrong, or the type is none of these.
  public init(decoding bytes: some Collection<UInt8>) throws(BadDLLP) {
    let bytes = Array(bytes)
    guard bytes.count == DLLP.byteCount else { throw .length(bytes.count) }
    let (found, expected) = (UInt16(bytes[5]) << 8 | UInt16(bytes[4]), DLLP.crc(of: bytes[..<4]))
    guard found == expected else { throw .crc(found: found, expected: expected) }
    let low = UInt16(bytes[2] & 0xf) << 8 | UInt16(bytes[3])
    let header = bytes[1] << 2 | bytes[2] >> 6
    switch (bytes[0], FlowClass(rawValue: bytes[0] >> 4 & 0x3)) {
    case (0x00, _): self = .ack(sequence: low)
    case (0x10, _): self = .nak(sequence: low)
    case (0x40, let kind?), (0x50, let kind?), (0x60, let kind?):
      self = .initFC1(kind, header: header, data: low)
    case (0xc0, let kind?), (0xd0, let kind?), (0xe0, let kind?):
      self = .initFC2(kind, header: header, data: low)
    case (0x80, let kind?), (0x90, let kind?), (0xa0, let kind?):
      self = .updateFC(kind, header: header, data: low)
    default: throw .unsupportedType(bytes[0])
    }
  }

  /// The CRC-16 field, whose low byte is the first on the wire: polynomial 100Bh, from all ones, complemented, bit 0 of
  /// every byte first (3.5.1). The register runs mirrored, as that of the ECRC does.
  static func crc(of bytes: some Sequence<UInt8>) -> UInt16 {
    var register: UInt16 = 0xffff
    for byte in bytes {
      register ^= UInt16(byte)
      for _ in 0..<8 { register = register & 1 == 0 ? register >> 1 : register >> 1 ^ 0xd008 }
    }
    return ~register
  }
}

/// Why the bytes of a DLLP are not accepted.
public enum BadDLLP: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not six bytes.
  case length(Int)
  /// Bad DLLP: a correctable error (3.6.2.2).
  case crc(found: UInt16, expected: UInt16)
  /// A type, or a virtual channel, that is not modelled; receivers drop it without an error (3.6.2.2).
  case unsupportedType(UInt8)

  public var description: String {
    switch self {
    case .length(let bytes):
      "DLLP of \(bytes) bytes, expected 6"
    case .crc(let found, let expected):
      "DLLP with CRC 0x\(String(found, radix: 16)), expected 0x\(String(expected, radix: 16))"
    case .unsupportedType(let type):
      "unsupported DLLP type 0x\(String(type, radix: 16))"
    }
  }
}
