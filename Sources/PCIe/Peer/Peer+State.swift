import SimKernel

/// What the engine of a peer is doing.
public enum PeerPhase: TracedEnum {
  case idle
  case starting
  case moving
  /// Everything is done but the interrupt.
  case interrupting
}

/// A chunk that is worked on.
public struct PeerChunk: TracedState {
  public var active = false
  /// Bytes not yet sent, or asked for.
  public var unsent: UInt32 = 0
  /// Requests whose answer is still to come.
  public var awaited: UInt32 = 0
  public var bytes: UInt32 = 0
  /// Picoseconds: when its turn came, and when the medium has it.
  public var startedAt: UInt64 = 0
  public var readyAt: UInt64 = 0

  public static var signals: [SignalDeclaration<PeerChunk>] {
    [
      .flag("active", \.active), .counter("unsent", \.unsent), .counter("awaited", \.awaited),
      .counter("bytes", \.bytes), .counter("startedAt", \.startedAt), .counter("readyAt", \.readyAt),
    ]
  }
}

/// A request of a peer that waits for data.
public struct PeerTag: TracedState {
  public var active = false
  /// Slot of its chunk.
  public var chunk: UInt16 = 0
  /// Where its next byte goes in what is read.
  public var offset: UInt32 = 0

  public static var signals: [SignalDeclaration<PeerTag>] {
    [.flag("active", \.active), .counter("chunk", \.chunk), .counter("offset", \.offset)]
  }
}

/// Every flip-flop of the engine that its Spec does not multiply.
public struct PeerState: TracedState {
  public var phase = PeerPhase.idle
  public var isRead = false
  public var status = PeerStatus.good
  /// The edge at which the next packet may go.
  public var nextAt: UInt64 = 0
  public var address: UInt64 = 0
  public var length: UInt32 = 0
  /// Bytes of the chunks whose turn has come, and of those that were sent or asked for.
  public var issued: UInt32 = 0
  public var sent: UInt32 = 0
  /// Slots of the next chunk whose turn comes, and of the one that is being sent.
  public var issueSlot: UInt16 = 0
  public var sendSlot: UInt16 = 0
  public var activeChunks: UInt16 = 0
  public var activeTags: UInt16 = 0
  // What the host configured.
  public var maxPayload: UInt16 = 128
  public var maxReadRequest: UInt16 = 128
  public var tagLimit: UInt16 = 0
  public var random: RandomStream

  init(random: RandomStream) { self.random = random }

  public static var signals: [SignalDeclaration<PeerState>] {
    [
      .enumeration("phase", \.phase), .flag("isRead", \.isRead), .enumeration("status", \.status),
      .counter("nextAt", \.nextAt), .address("address", \.address), .counter("length", \.length),
      .counter("issued", \.issued), .counter("sent", \.sent), .counter("issueSlot", \.issueSlot),
      .counter("sendSlot", \.sendSlot), .counter("activeChunks", \.activeChunks),
      .counter("activeTags", \.activeTags), .counter("maxPayload", \.maxPayload),
      .counter("maxReadRequest", \.maxReadRequest), .counter("tagLimit", \.tagLimit), .group("random", \.random),
    ]
  }
}

/// How a command of a peer goes.
public enum PeerStatus: TracedEnum {
  case good
  case failed
}
