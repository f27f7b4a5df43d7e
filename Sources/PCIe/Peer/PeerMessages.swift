import SimKernel

/// What the host tells a peer to do, as a command in a submission queue does.
public struct PeerCommand: Sendable {
  public enum Kind: Sendable {
    /// Bytes that the peer has, to a bus address.
    case write([UInt8])
    /// So many bytes from a bus address.
    case read(Int)
  }
  public let kind: Kind
  public let address: UInt64
  /// Bytes of one chunk: what is fetched from the medium, moved and measured at a time.
  public let chunk: Int
  /// A zero-length read behind each chunk that was written, whose answer says that the chunk has arrived (PCI Express Base
  /// Specification 2.2.5).
  public let flush: Bool
  /// Comes back with the result, so that one that is late is not taken for that of the next command.
  public let id: UInt32

  public init(_ kind: Kind, address: UInt64, chunk: Int, flush: Bool, id: UInt32 = 0) {
    precondition(chunk > 0, "a chunk has no bytes")
    self.kind = kind
    self.address = address
    self.chunk = chunk
    self.flush = flush
    self.id = id
  }

  /// Bytes that it moves.
  public var length: Int {
    switch kind {
    case .write(let data): data.count
    case .read(let length): length
    }
  }
}

/// The end of a command, as an entry of a completion queue. The interrupt that tells of it travels on the link.
public struct PeerResult: Sendable {
  /// That of the command.
  public let id: UInt32
  /// The first thing that went wrong.
  public let status: ReadStatus
  /// What a read brought; empty for a write.
  public let data: [UInt8]
}

/// What a report says of one chunk.
public struct PeerRecord: Sendable {
  /// The chunk's turn; the last byte read, or the answer of the flush, or without a flush the last packet sent.
  public let start: Picoseconds
  public let end: Picoseconds
  public let bytes: Int
  public let isRead: Bool
}
