import SimKernel

/// What the physical layer is doing.
public enum LinkPhase: TracedEnum {
  /// Nobody there, or in reset.
  case down
  /// LTSSM Detect to L0.
  case training
  /// L0.
  case up
  /// LTSSM Recovery.
  case recovery
}

/// The data link layer's control and management state machine (PCI Express Base Specification 3.2.1).
public enum DataLinkPhase: TracedEnum {
  case inactive
  case initFC1
  case initFC2
  case active
}

/// Every flip-flop of a link.
public struct LinkState: TracedState {
  public var phase = LinkPhase.training
  /// Picoseconds: end of training or recovery.
  public var phaseEndsAt: UInt64 = 0
  /// Pulled out: no reset but one that ends brings it back.
  public var removed = false
  /// The end towards the root, which sends down.
  public var down = LinkEndState()
  /// The end away from the root, which sends up.
  public var up = LinkEndState()

  public static var signals: [SignalDeclaration<LinkState>] {
    [
      .enumeration("phase", \.phase), .counter("phaseEndsAt", \.phaseEndsAt), .flag("removed", \.removed),
      .group("down", \.down), .group("up", \.up),
    ]
  }
}

/// Every flip-flop of one end: its transmitter, and its receiver of the other direction.
public struct LinkEndState: TracedState, Sendable {
  // Wire.
  /// Femtoseconds: when the last byte accepted so far has left.
  public var wireFreeAt: UInt64 = 0
  /// The header that was sent last, as on the wire.
  public var header0: UInt32 = 0
  public var header1: UInt32 = 0
  public var header2: UInt32 = 0
  public var header3: UInt32 = 0
  public var payloadBytes: UInt16 = 0
  public var packets: UInt64 = 0
  /// Framing included; replays too.
  public var wireBytes: UInt64 = 0
  public var dllps: UInt64 = 0
  public var inFlight: UInt32 = 0
  // Transmitter (3.6.2).
  public var dataLink = DataLinkPhase.inactive
  /// NEXT_TRANSMIT_SEQ.
  public var nextSequence: UInt16 = 0
  /// ACKD_SEQ.
  public var acknowledged: UInt16 = 0xfff
  public var isReplaying = false
  /// The next TLP of a replay.
  public var replaySequence: UInt16 = 0
  /// REPLAY_NUM.
  public var replayNumber: UInt8 = 0
  /// Picoseconds: when REPLAY_TIMER expires.
  public var replayAt: UInt64 = .max
  public var wantsRetraining = false
  public var replays: UInt64 = 0
  public var posted = CreditCounter()
  public var nonPosted = CreditCounter()
  public var completion = CreditCounter()
  // Receiver (3.6.3).
  /// NEXT_RCV_SEQ.
  public var expected: UInt16 = 0
  /// NAK_SCHEDULED.
  public var nakScheduled = false
  public var nakPending = false
  /// Picoseconds: when an Ack is due.
  public var ackAt: UInt64 = .max
  public var duplicates: UInt64 = 0
  /// Messages of all classes that the component had taken when its buffer was looked at last.
  public var taken: UInt32 = 0
  public var allocations = InlineArray<3, CreditAllocation>(repeating: CreditAllocation())
  // Initialisation (3.4).
  /// Picoseconds: when the InitFC sequence is repeated.
  public var initAt: UInt64 = .max
  /// Classes whose InitFC is to be sent, and whose InitFC has come; one bit each.
  public var initToSend: UInt8 = 0
  public var initSeen: UInt8 = 0
  // Errors.
  /// Correctable errors to be told, one bit each as in the AER register; bit 31: receiver overflow.
  public var errors: UInt32 = 0
  public var upToTell = false
  public var downToTell = false
  // Injected faults.
  public var fault = WireFault.none
  public var faultSkip: UInt32 = 0
  public var faultCount: UInt32 = 0
  /// Picoseconds that the next TLP is held back.
  public var holdBack: UInt64 = 0
  /// An InitFC of this end got lost: the sequence is repeated.
  public var initLost = false
  /// Packets thrown away because the link is down.
  public var discarded: UInt64 = 0

  public static var signals: [SignalDeclaration<LinkEndState>] {
    [
      .counter("wireFreeAt", \.wireFreeAt), .bits("header0", \.header0), .bits("header1", \.header1),
      .bits("header2", \.header2), .bits("header3", \.header3), .counter("payloadBytes", \.payloadBytes),
      .counter("packets", \.packets), .counter("wireBytes", \.wireBytes), .counter("dllps", \.dllps),
      .counter("inFlight", \.inFlight), .enumeration("dataLink", \.dataLink),
      .counter("nextSequence", \.nextSequence, width: 12), .counter("acknowledged", \.acknowledged, width: 12),
      .flag("isReplaying", \.isReplaying), .counter("replaySequence", \.replaySequence, width: 12),
      .counter("replayNumber", \.replayNumber, width: 2), .counter("replayAt", \.replayAt),
      .flag("wantsRetraining", \.wantsRetraining), .counter("replays", \.replays), .group("posted", \.posted),
      .group("nonPosted", \.nonPosted), .group("completion", \.completion),
      .counter("expected", \.expected, width: 12), .flag("nakScheduled", \.nakScheduled),
      .flag("nakPending", \.nakPending), .counter("ackAt", \.ackAt), .counter("duplicates", \.duplicates),
      .counter("taken", \.taken),
      .table("allocation", \.allocations), .counter("initAt", \.initAt),
      .bits("initToSend", \.initToSend, width: 3), .bits("initSeen", \.initSeen, width: 3), .bits("errors", \.errors),
      .flag("upToTell", \.upToTell), .flag("downToTell", \.downToTell), .enumeration("fault", \.fault),
      .counter("faultSkip", \.faultSkip), .counter("faultCount", \.faultCount), .counter("holdBack", \.holdBack),
      .flag("initLost", \.initLost), .counter("discarded", \.discarded),
    ]
  }
}
