import SimKernel

/// What the DMA engine does for one transfer.
public enum DMAPhase: TracedEnum {
  case idle
  case starting
  case reading
  case moving
  /// All data is on its way to RAM; the result waits for it, and for the results of older transfers.
  case finishing
}

/// One tag: the transfer it belongs to, where its data goes, and what is still to come.
public struct DMATag: TracedState {
  public var active = false
  public var channel: UInt8 = 0
  /// Bytes still to come.
  public var remaining: UInt16 = 0
  public var destination: UInt32 = 0

  public static var signals: [SignalDeclaration<DMATag>] {
    [
      .flag("active", \.active), .bits("channel", \.channel, width: 3), .counter("remaining", \.remaining, width: 13),
      .address("destination", \.destination, width: 24),
    ]
  }
}

/// One transfer.
public struct DMAChannel: TracedState {
  public var phase = DMAPhase.idle
  /// The transfer reads host memory, not the window.
  public var fromHost = false
  public var error = DeviceError.none
  /// The edge at which the first request may go.
  public var startsAt: UInt64 = 0
  /// Where the next request reads, and where its data goes.
  public var source: UInt64 = 0
  public var destination: UInt32 = 0
  /// Bytes not yet requested, and requested but not yet on their way to RAM.
  public var unrequested: UInt32 = 0
  public var outstanding: UInt32 = 0
  /// Where the window's data goes next.
  public var moveDestination: UInt32 = 0
  /// The number of its last write, among all that the engine sent to RAM.
  public var lastWrite: UInt64 = 0
  /// For reports: bytes and the times that a record shows.
  public var length: UInt32 = 0
  public var startedAt: UInt64 = 0
  public var firstDataAt: UInt64 = 0
  /// Bytes of the first completion, or of the first read of the window.
  public var firstBytes: UInt16 = 0

  public static var signals: [SignalDeclaration<DMAChannel>] {
    [
      .enumeration("phase", \.phase), .flag("fromHost", \.fromHost), .enumeration("error", \.error),
      .counter("startsAt", \.startsAt), .address("source", \.source),
      .address("destination", \.destination, width: 24), .counter("unrequested", \.unrequested),
      .counter("outstanding", \.outstanding), .address("moveDestination", \.moveDestination, width: 24),
      .counter("lastWrite", \.lastWrite), .counter("length", \.length), .counter("startedAt", \.startedAt),
      .counter("firstDataAt", \.firstDataAt), .counter("firstBytes", \.firstBytes),
    ]
  }
}

/// Every flip-flop of the DMA engine, but for its tables of channels and tags.
public struct DMAEngineState: TracedState {
  /// The channel of the oldest transfer; those of the younger ones follow, around the table.
  public var oldest: UInt8 = 0
  public var transfers: UInt8 = 0
  /// The channel whose read request was sent last.
  public var granted: UInt8 = 0
  /// The last write to RAM was data of the window: a completion goes first now.
  public var wroteWindow = false
  /// Bytes of the completion at the head that are on their way to RAM.
  public var drained: UInt16 = 0
  /// What the function's configuration allows; 0 before the first word of it.
  public var maxReadRequest: UInt16 = 0
  public var tagLimit: UInt16 = 0
  public var activeTags: UInt16 = 0
  /// No tag below is free.
  public var freeTag: UInt16 = 0
  /// The edge at which the next read request may go.
  public var nextRequestAt: UInt64 = 0
  /// Writes sent to RAM.
  public var writes: UInt64 = 0
  public var bytesMoved: UInt64 = 0
  /// Data that belonged to no active tag.
  public var unexpected: UInt64 = 0

  public static var signals: [SignalDeclaration<DMAEngineState>] {
    [
      .bits("oldest", \.oldest, width: 3), .counter("transfers", \.transfers, width: 4),
      .bits("granted", \.granted, width: 3), .flag("wroteWindow", \.wroteWindow), .counter("drained", \.drained),
      .counter("maxReadRequest", \.maxReadRequest, width: 13), .counter("tagLimit", \.tagLimit),
      .counter("activeTags", \.activeTags), .bits("freeTag", \.freeTag), .counter("nextRequestAt", \.nextRequestAt),
      .counter("writes", \.writes), .counter("bytesMoved", \.bytesMoved), .counter("unexpected", \.unexpected),
    ]
  }
}
