import SimKernel

/// Every flip-flop of one link direction.
public struct LinkState: TracedState {
  /// Femtoseconds: when the last byte accepted so far has left the sender.
  public var wireFreeAt: UInt64 = 0
  /// The header that was accepted last, as on the wire.
  public var header0: UInt32 = 0
  public var header1: UInt32 = 0
  public var header2: UInt32 = 0
  public var header3: UInt32 = 0
  public var payloadBytes: UInt16 = 0
  public var packets: UInt64 = 0
  /// Framing included.
  public var wireBytes: UInt64 = 0

  public static var signals: [SignalDeclaration<LinkState>] {
    [
      .counter("wireFreeAt", \.wireFreeAt), .bits("header0", \.header0), .bits("header1", \.header1),
      .bits("header2", \.header2), .bits("header3", \.header3), .bits("payloadBytes", \.payloadBytes),
      .counter("packets", \.packets), .counter("wireBytes", \.wireBytes),
    ]
  }

  mutating func show(_ tlp: TLP, bytes: UInt64) {
    let dwords = tlp.header.dwords
    (header0, header1, header2, header3) = (dwords.x, dwords.y, dwords.z, dwords.w)
    payloadBytes = UInt16(tlp.payload.count)
    packets &+= 1
    wireBytes &+= bytes
  }
}
