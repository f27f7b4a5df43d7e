import SimKernel

/// A read of a client that waits for data.
public struct OutstandingRead: TracedState {
  public var active = false
  /// Some of the data was poisoned.
  public var poisoned = false
  /// Bytes still to come.
  public var remaining: UInt16 = 0
  /// Address of the next byte.
  public var address: UInt64 = 0
  /// Picoseconds: when the read has failed.
  public var deadline: UInt64 = 0

  public static var signals: [SignalDeclaration<OutstandingRead>] {
    [
      .flag("active", \.active), .flag("poisoned", \.poisoned), .counter("remaining", \.remaining, width: 13),
      .address("address", \.address), .counter("deadline", \.deadline),
    ]
  }
}

/// Every flip-flop of the endpoint.
public struct EndpointState: TracedState {
  public var config: ConfigSpace
  /// Bus, device and function, captured from configuration writes (Base Specification 2.2.6.2).
  public var functionID: UInt16 = 0
  /// Bytes of the completion at the head that are sent already.
  public var completionSent: UInt16 = 0
  /// What was sent last: the next kind in turn goes first.
  public var granted = EndpointSource.completion
  public var messages = ErrorMessages()
  public var activeReads: UInt16 = 0
  /// Picoseconds: no read fails before.
  public var nextDeadline: UInt64 = 0
  /// Place of the next target request among all.
  public var targetOrder: UInt32 = 0
  /// Clients that do not know the present configuration yet, one bit each.
  public var controlsPending: UInt8 = 0
  public var resetPending = false
  public var linkIsDown = false
  /// Picoseconds: configuration requests are answered with CRS before (Base Specification 2.3.1).
  public var readyAt: UInt64 = 0
  public var fault = FunctionFault.Kind.none
  public var faultCount: UInt32 = 0
  public var received: UInt64 = 0
  public var transmitted: UInt64 = 0
  /// Packets that were malformed, unsupported or unexpected.
  public var refused: UInt64 = 0

  public static var signals: [SignalDeclaration<EndpointState>] {
    [
      .group("config", \.config), .bits("functionID", \.functionID), .counter("completionSent", \.completionSent),
      .enumeration("granted", \.granted), .embedded(\.messages),
      .counter("activeReads", \.activeReads), .counter("nextDeadline", \.nextDeadline),
      .counter("targetOrder", \.targetOrder), .bits("controlsPending", \.controlsPending),
      .flag("resetPending", \.resetPending), .flag("linkIsDown", \.linkIsDown), .counter("readyAt", \.readyAt),
      .enumeration("fault", \.fault),
      .counter("faultCount", \.faultCount), .counter("received", \.received), .counter("transmitted", \.transmitted),
      .counter("refused", \.refused),
    ]
  }
}

/// Who wants to send.
public enum EndpointSource: UInt8, TracedEnum {
  case completion
  case read
  case write
}
