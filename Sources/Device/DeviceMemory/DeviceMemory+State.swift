import SimKernel

/// Every flip-flop of an on-chip memory's controller: what port A did last.
public struct DeviceMemoryState: TracedState {
  /// The client served last; the next one in turn goes first when its burst is over.
  public var granted: UInt8 = 0
  /// Accesses that it may still make before the others.
  public var burstLeft: UInt8 = 0
  public var address: UInt32 = 0
  public var writing = false
  /// Byte lanes of the last write.
  public var enable: UInt64 = 0
  /// Lowest 8 bytes of the last write.
  public var data: UInt64 = 0
  public var reads: UInt64 = 0
  public var writes: UInt64 = 0
  /// Cycles that accesses waited because the core was at their bank.
  public var conflicts: UInt64 = 0

  public static var signals: [SignalDeclaration<DeviceMemoryState>] {
    [
      .bits("granted", \.granted, width: 2), .counter("burstLeft", \.burstLeft, width: 6),
      .address("address", \.address), .flag("writing", \.writing), .bits("enable", \.enable), .bits("data", \.data),
      .counter("reads", \.reads), .counter("writes", \.writes), .counter("conflicts", \.conflicts),
    ]
  }
}
