/// A TLP prefix: one dword before the header, with Fmt 100b (PCI Express Base Specification 2.2.10).
///
/// Local prefixes stay on one link; end-end ones travel with the packet, at most four of them, and come last.
public enum TLPPrefix: Hashable, Sendable {
  /// Local: Multi-Root I/O Virtualization; 24 bits.
  case multiRootIOV(UInt32)
  /// Local: vendor defined, VendPrefixL0; 24 bits.
  case vendorLocal0(UInt32)
  /// Local: vendor defined, VendPrefixL1; 24 bits.
  case vendorLocal1(UInt32)
  /// End-end: ST[15:8] of a request with TH set, of which `TLPHeader.steeringTag` is ST[7:0] (2.2.7.1).
  case extendedTPH(upperSteeringTag: UInt8)
  /// End-end: the address space, 20 bits, in which a request runs, and what it asks for there (6.20.2).
  case pasid(UInt32, executeRequested: Bool, privilegedMode: Bool)
  /// End-end: vendor defined, VendPrefixE0; 24 bits.
  case vendorEndToEnd0(UInt32)
  /// End-end: vendor defined, VendPrefixE1; 24 bits.
  case vendorEndToEnd1(UInt32)

  /// Whether the prefix travels with the packet to its destination, rather than to the other end of the link.
  public var isEndToEnd: Bool { TLPPrefix.isEndToEnd(dword: encoded) }

  /// The dword on the wire, its first byte in bits 31:24. Values wider than their fields are truncated.
  public var encoded: UInt32 {
    switch self {
    case .multiRootIOV(let value): 0x8000_0000 | value & 0xff_ffff
    case .vendorLocal0(let value): 0x8e00_0000 | value & 0xff_ffff
    case .vendorLocal1(let value): 0x8f00_0000 | value & 0xff_ffff
    case .extendedTPH(let upper): 0x9000_0000 | UInt32(upper) << 16
    case .pasid(let value, let execute, let privileged):
      0x9100_0000 | (privileged ? 0x20_0000 : 0) | (execute ? 0x10_0000 : 0) | value & 0xf_ffff
    case .vendorEndToEnd0(let value): 0x9e00_0000 | value & 0xff_ffff
    case .vendorEndToEnd1(let value): 0x9f00_0000 | value & 0xff_ffff
    }
  }

  /// Decodes a prefix dword; reserved bits are ignored.
  /// - Throws: `MalformedTLP.reservedPrefix` for a type that 2.2.10 does not name.
  public init(decoding dword: UInt32) throws(MalformedTLP) {
    let value = dword & 0xff_ffff
    switch dword >> 24 {
    case 0x80: self = .multiRootIOV(value)
    case 0x8e: self = .vendorLocal0(value)
    case 0x8f: self = .vendorLocal1(value)
    case 0x90: self = .extendedTPH(upperSteeringTag: UInt8(value >> 16))
    case 0x91:
      self = .pasid(
        value & 0xf_ffff, executeRequested: value & 0x10_0000 != 0, privilegedMode: value & 0x20_0000 != 0)
    case 0x9e: self = .vendorEndToEnd0(value)
    case 0x9f: self = .vendorEndToEnd1(value)
    default: throw .reservedPrefix(byte0: UInt8(dword >> 24))
    }
  }

  /// Whether `byte0` starts a prefix: Fmt is 100b.
  static func isPrefix(byte0: UInt8) -> Bool { byte0 >> 5 == 4 }

  /// Whether a prefix dword is an end-end one: bit 4 of Type.
  static func isEndToEnd(dword: UInt32) -> Bool { dword & 0x1000_0000 != 0 }
}

extension TLP {
  /// The same packet with `prefixes` before its header, in wire order. None of them is checked; see `prefixes()`.
  public func with(prefixes: [TLPPrefix]) -> TLP {
    var packet = self
    packet.extras = TLPExtras(
      prefixes: prefixes.map(\.encoded), digest: extras?.digest ?? .correct, cutHeaderBytes: extras?.cutHeaderBytes)
    return packet
  }

  /// The prefixes in wire order.
  /// - Throws: `MalformedTLP` when one is reserved, a local one follows an end-end one, or there are more than four
  ///   end-end ones (PCI Express Base Specification 2.2.10).
  public func prefixes() throws(MalformedTLP) -> [TLPPrefix] {
    guard let extras else { return [] }
    var prefixes: [TLPPrefix] = []
    var endToEnd = 0
    for dword in extras.prefixes {
      let prefix = try TLPPrefix(decoding: dword)
      if prefix.isEndToEnd {
        endToEnd += 1
      } else if endToEnd > 0 {
        throw .prefixOrder(byte0: UInt8(dword >> 24))
      }
      prefixes.append(prefix)
    }
    if endToEnd > 4 { throw .tooManyPrefixes(endToEnd: endToEnd) }
    return prefixes
  }
}
