import SimKernel

/// What the DMA engine is doing.
public enum DMAPhase: TracedEnum {
  case idle
  case starting
  case reading
  case moving
  case finishing
}

/// One tag: where its data goes, and what is still to come.
public struct DMATag: TracedState {
  public var active = false
  /// Bytes still to come.
  public var remaining: UInt16 = 0
  public var destination: UInt32 = 0
  /// Picoseconds: when the read has failed.
  public var deadline: UInt64 = 0

  public static var signals: [SignalDeclaration<DMATag>] {
    [
      .flag("active", \.active), .counter("remaining", \.remaining, width: 13),
      .address("destination", \.destination, width: 24), .counter("deadline", \.deadline),
    ]
  }
}

/// Every flip-flop of the DMA engine.
public struct DMAEngineState: TracedState {
  public var phase = DMAPhase.idle
  /// The transfer reads host memory, not the window.
  public var fromHost = false
  public var error = DeviceError.none
  /// The edge at which the next request may go.
  public var nextAt: UInt64 = 0
  /// Where the next request reads, and where its data goes.
  public var source: UInt64 = 0
  public var destination: UInt32 = 0
  /// Bytes not yet requested, and requested but not yet on their way to RAM.
  public var unrequested: UInt32 = 0
  public var outstanding: UInt32 = 0
  /// Bytes of the completion at the head, or of the window's data, that are on their way to RAM.
  public var drained: UInt16 = 0
  /// Where the window's data goes next.
  public var moveDestination: UInt32 = 0
  public var activeTags: UInt8 = 0
  /// Picoseconds: no read has failed before.
  public var deadline: UInt64 = 0
  public var tags = InlineArray<64, DMATag>(repeating: DMATag())
  /// Of the running transfer, for reports: bytes and the times that a record shows.
  public var length: UInt32 = 0
  public var startedAt: UInt64 = 0
  public var firstDataAt: UInt64 = 0
  /// Bytes of the first completion, or of the first read of the window.
  public var firstBytes: UInt16 = 0
  public var bytesMoved: UInt64 = 0
  /// Completions that belonged to no active tag, or did not continue one.
  public var unexpected: UInt64 = 0

  public static var signals: [SignalDeclaration<DMAEngineState>] {
    [
      .enumeration("phase", \.phase), .flag("fromHost", \.fromHost), .enumeration("error", \.error),
      .counter("nextAt", \.nextAt), .address("source", \.source), .address("destination", \.destination, width: 24),
      .counter("unrequested", \.unrequested), .counter("outstanding", \.outstanding), .counter("drained", \.drained),
      .address("moveDestination", \.moveDestination, width: 24), .counter("activeTags", \.activeTags),
      .counter("deadline", \.deadline),
      .table("tag", \.tags), .counter("length", \.length), .counter("startedAt", \.startedAt),
      .counter("firstDataAt", \.firstDataAt), .counter("firstBytes", \.firstBytes),
      .counter("bytesMoved", \.bytesMoved),
      .counter("unexpected", \.unexpected),
    ]
  }
}
