/// A transaction layer packet as it travels on a link: real header bytes, payload, and an implied ECRC when TD is set
/// (PCI Express Base Specification 2.1.2). Sequence number, LCRC and framing belong to the link.
public struct TLP: Hashable, Sendable {
  /// 3 or 4 dwords exactly as on the wire.
  public var header: RawHeader
  /// Payload in wire order, a multiple of 4 bytes; empty when the type carries none. Storage is shared, not copied.
  public var payload: [UInt8]

  @inlinable
  public init(header: RawHeader, payload: [UInt8] = []) {
    self.header = header
    self.payload = payload
  }

  /// Encodes `header`; `payload` must hold 4 x `lengthDW` bytes when the type carries data, and none otherwise.
  @inlinable
  public init(_ header: TLPHeader, payload: [UInt8] = []) {
    precondition(payload.count == (header.type.carriesData ? header.lengthDW * 4 : 0), "payload does not fit Length")
    self.header = header.encoded()
    self.payload = payload
  }

  /// Bytes on the wire without sequence number, LCRC and framing: header, payload, and 4 of ECRC if TD is set.
  @inlinable
  public var wireBytes: Int { header.byteCount + payload.count + (header.hasDigest ? 4 : 0) }

  /// Data credits that the payload takes, in units of 16 bytes (PCI Express Base Specification 2.6.1).
  @inlinable
  public var dataCredits: Int { (payload.count + 15) / 16 }

  /// The decoded header.
  /// - Throws: `MalformedTLP` when a rule of 2.2 is broken, or the payload exceeds `maxPayload` bytes.
  public func decoded(maxPayload: Int = 4096) throws(MalformedTLP) -> TLPHeader {
    try TLPHeader(decoding: header, payloadBytes: payload.count, maxPayload: maxPayload)
  }

  /// The payload dword at `index` as a register value: the first byte on the wire is bits 7:0.
  @inlinable
  public func payloadDword(_ index: Int) -> UInt32 {
    let base = index * 4
    return UInt32(payload[base]) | UInt32(payload[base + 1]) << 8
      | UInt32(payload[base + 2]) << 16 | UInt32(payload[base + 3]) << 24
  }
}
