import SimKernel

/// Every flip-flop of the endpoint.
public struct EndpointState: TracedState {
  public var config: ConfigSpace
  /// Bus, device and function, captured from configuration writes (Base Specification 2.2.6.2).
  public var functionID: UInt16 = 0
  /// Bytes of the completion at the head that are sent already.
  public var completionSent: UInt16 = 0
  /// The last packet was a completion: a read request goes first now.
  public var grantedCompletion = false
  /// Message code of an error message to send, 0 for none.
  public var errorMessage: UInt8 = 0
  public var received: UInt64 = 0
  public var transmitted: UInt64 = 0
  /// Packets that were malformed, unsupported or unexpected.
  public var refused: UInt64 = 0

  public static var signals: [SignalDeclaration<EndpointState>] {
    [
      .group("config", \.config), .bits("functionID", \.functionID), .counter("completionSent", \.completionSent),
      .flag("grantedCompletion", \.grantedCompletion), .bits("errorMessage", \.errorMessage),
      .counter("received", \.received), .counter("transmitted", \.transmitted), .counter("refused", \.refused),
    ]
  }
}

extension ConfigSpace: TracedState {
  public static var signals: [SignalDeclaration<ConfigSpace>] {
    [
      .bits("command", \.command), .bits("status", \.status), .bits("cacheLineSize", \.cacheLineSize),
      .bits("interruptLine", \.interruptLine), .address("bar4", \.bar4), .address("bar5", \.bar5),
      .bits("msiControl", \.msiControl), .bits("msiData", \.msiData), .address("msiAddress", \.msiAddress),
      .bits("deviceControl", \.deviceControl), .bits("deviceStatus", \.deviceStatus),
      .bits("linkControl", \.linkControl), .bits("linkStatus", \.linkStatus),
      .bits("deviceControl2", \.deviceControl2), .bits("linkControl2", \.linkControl2),
      .bits("correctableStatus", \.correctableStatus), .bits("correctableMask", \.correctableMask),
      .bits("uncorrectableStatus", \.uncorrectableStatus), .bits("uncorrectableMask", \.uncorrectableMask),
      .bits("uncorrectableSeverity", \.uncorrectableSeverity), .bits("errorControl", \.errorControl),
      .bits("headerLog0", \.headerLog0), .bits("headerLog1", \.headerLog1), .bits("headerLog2", \.headerLog2),
      .bits("headerLog3", \.headerLog3),
    ]
  }
}
