/// What few packets have beside header and payload: prefixes, and faults that header and payload cannot express.
///
/// One immutable object behind an optional reference, so that the common packet stays small.
public final class TLPExtras: Hashable, Sendable {
  /// The ECRC of a packet with TD set, and in `missing` of one that ends too early to have all of it.
  public enum Digest: Hashable, Sendable {
    /// The ECRC of the packet as it is now.
    case correct
    /// The packet carries this value, whatever would be right. The first byte on the wire is bits 31:24.
    case carried(UInt32)
    /// TD promises an ECRC that did not come. Up to three bytes of it are the end of the payload.
    case missing
  }

  /// Prefix dwords in wire order; the first byte on the wire is bits 31:24.
  public let prefixes: [UInt32]
  public let digest: Digest
  /// Bytes of the header that are there, when they are fewer than Fmt asks for; the others read as zero.
  public let cutHeaderBytes: Int?

  /// Nil when there is nothing to hold.
  init?(prefixes: [UInt32] = [], digest: Digest = .correct, cutHeaderBytes: Int? = nil) {
    if prefixes.isEmpty && digest == .correct && cutHeaderBytes == nil { return nil }
    self.prefixes = prefixes
    self.digest = digest
    self.cutHeaderBytes = cutHeaderBytes
  }

  @usableFromInline
  func wireBytes(header: RawHeader, payloadBytes: Int) -> Int {
    let afterPrefixes = cutHeaderBytes ?? header.byteCount + payloadBytes + (hasDigest(header) ? 4 : 0)
    return prefixes.count * 4 + afterPrefixes
  }

  /// Whether four bytes of ECRC end the packet.
  func hasDigest(_ header: RawHeader) -> Bool { header.hasDigest && digest != .missing && cutHeaderBytes == nil }

  public static func == (left: TLPExtras, right: TLPExtras) -> Bool {
    left === right
      || left.prefixes == right.prefixes && left.digest == right.digest && left.cutHeaderBytes == right.cutHeaderBytes
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(prefixes)
    hasher.combine(digest)
    hasher.combine(cutHeaderBytes)
  }
}
