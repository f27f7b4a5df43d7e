/// A transaction layer packet as it travels on a link: prefixes, real header bytes, payload, and an ECRC when TD is set
/// (PCI Express Base Specification 2.1.2). Sequence number, LCRC and framing belong to the link.
public struct TLP: Hashable, Sendable {
  /// 3 or 4 dwords exactly as on the wire.
  public var header: RawHeader
  /// Payload in wire order, a multiple of 4 bytes; empty when the type carries none. Storage is shared, not copied.
  public var payload: [UInt8]
  /// Prefixes, and what is wrong with the packet as such; nil in the common case, where there is neither.
  public var extras: TLPExtras?

  @inlinable
  public init(header: RawHeader, payload: [UInt8] = []) {
    self.header = header
    self.payload = payload
    self.extras = nil
  }

  /// Encodes `header`; `payload` must hold 4 x `lengthDW` bytes when the type carries data, and none otherwise.
  @inlinable
  public init(_ header: TLPHeader, payload: [UInt8] = []) {
    precondition(payload.count == (header.type.carriesData ? header.lengthDW * 4 : 0), "payload does not fit Length")
    self.header = header.encoded()
    self.payload = payload
    self.extras = nil
  }

  /// Bytes on the wire without sequence number, LCRC and framing: prefixes, header, payload, and 4 of ECRC if TD is set.
  @inlinable
  public var wireBytes: Int {
    guard let extras else { return header.byteCount + payload.count + (header.hasDigest ? 4 : 0) }
    return extras.wireBytes(header: header, payloadBytes: payload.count)
  }

  /// Data credits that the payload takes, in units of 16 bytes (PCI Express Base Specification 2.6.1).
  @inlinable
  public var dataCredits: Int { (payload.count + 15) / 16 }

  /// The payload dword at `index` as a register value: the first byte on the wire is bits 7:0.
  @inlinable
  public func payloadDword(_ index: Int) -> UInt32 {
    let base = index * 4
    return UInt32(payload[base]) | UInt32(payload[base + 1]) << 8
      | UInt32(payload[base + 2]) << 16 | UInt32(payload[base + 3]) << 24
  }
}
