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
