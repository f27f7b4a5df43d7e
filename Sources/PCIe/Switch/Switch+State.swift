import SimKernel

/// The flip-flops of a switch beside those of its ports.
public struct SwitchState: TracedState {
  /// Bus and device number of the upstream port, captured from configuration writes (Base Specification 2.2.6.2).
  public var upstreamID: UInt16 = 0
  /// The link upstream is down after it was up: everything below is held in reset (6.6.1).
  public var inReset = false

  public static var signals: [SignalDeclaration<SwitchState>] {
    [.bits("upstreamID", \.upstreamID), .flag("inReset", \.inReset)]
  }
}

/// The flip-flops of one port of a switch: its bridge, and its share of the arbitration.
public struct SwitchPortState: TracedState {
  public var bridge: BridgeConfigSpace
  /// The link of the port is up.
  public var linkIsUp = false
  /// The link of the port was told to be in reset.
  public var resetTold = false
  /// The port whose TLP left by this one last.
  public var lastGrant: UInt8 = 0
  public var messages = ErrorMessages()
  /// TLPs that came in, and that left, by this port.
  public var received: UInt64 = 0
  public var transmitted: UInt64 = 0
  /// TLPs that came in here and were malformed, unsupported or expected by nobody.
  public var refused: UInt64 = 0
  /// Of those, and of others that had nowhere to go, the ones that were lost without an answer.
  public var discarded: UInt64 = 0

  public static var signals: [SignalDeclaration<SwitchPortState>] {
    [
      .group("bridge", \.bridge), .flag("linkIsUp", \.linkIsUp), .flag("resetTold", \.resetTold),
      .bits("lastGrant", \.lastGrant), .embedded(\.messages),
      .counter("received", \.received), .counter("transmitted", \.transmitted), .counter("refused", \.refused),
      .counter("discarded", \.discarded),
    ]
  }
}
