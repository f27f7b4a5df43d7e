import SimKernel

/// A read of host memory that is under way.
public struct PendingRead: TracedState {
  public var active = false
  /// How the read will be answered.
  public var fault = MemoryFault.Kind.none
  /// The root port that it came from.
  public var port: UInt8 = 0
  public var trafficClass: UInt8 = 0
  public var attributes: UInt8 = 0
  public var tag: UInt16 = 0
  public var requester: UInt16 = 0
  public var remaining: UInt16 = 0
  public var address: UInt64 = 0
  /// Picoseconds: when memory has the data.
  public var readyAt: UInt64 = 0

  public static var signals: [SignalDeclaration<PendingRead>] {
    [
      .flag("active", \.active), .enumeration("fault", \.fault), .bits("port", \.port),
      .bits("trafficClass", \.trafficClass, width: 3), .bits("attributes", \.attributes, width: 3),
      .bits("tag", \.tag, width: 10), .bits("requester", \.requester),
      .counter("remaining", \.remaining, width: 13), .address("address", \.address), .counter("readyAt", \.readyAt),
    ]
  }
}

/// Every flip-flop of one root port.
public struct RootPortState: TracedState {
  public var bridge: BridgeConfigSpace
  /// The link was active, or was found to be down: who asks for a device below gets an answer.
  public var isSettled = false
  /// The read whose completions are being sent; 0xffff for none.
  public var current: UInt16 = 0xffff
  /// Error messages from below: ERR_COR, ERR_NONFATAL, ERR_FATAL (PCI Express Base Specification 2.2.8.3).
  public var correctableMessages: UInt32 = 0
  public var nonFatalMessages: UInt32 = 0
  public var fatalMessages: UInt32 = 0
  /// Packets from below that were malformed, unsupported or unexpected.
  public var refused: UInt64 = 0
  /// What a reset of the bus below is to become: 0 nothing, 1 begin, 2 end.
  public var resetToSend: UInt8 = 0

  init(bridge: BridgeConfigSpace) { self.bridge = bridge }

  public static var signals: [SignalDeclaration<RootPortState>] {
    [
      .group("bridge", \.bridge), .flag("isSettled", \.isSettled), .bits("current", \.current),
      .counter("correctableMessages", \.correctableMessages), .counter("nonFatalMessages", \.nonFatalMessages),
      .counter("fatalMessages", \.fatalMessages), .counter("refused", \.refused),
      .bits("resetToSend", \.resetToSend, width: 2),
    ]
  }
}

/// Every flip-flop of the root complex that its Spec does not multiply.
public struct RootComplexState: TracedState {
  public var activeReads: UInt16 = 0
  /// The CPU waits for a completion with this tag, until this time (picoseconds), through this port.
  public var cpuWaiting = false
  public var cpuPort: UInt8 = 0
  public var cpuTag: UInt8 = 0
  public var cpuDeadline: UInt64 = 0
  /// Bytes that came already, and the first eight of them, little-endian.
  public var cpuReceived: UInt16 = 0
  public var cpuValue: UInt64 = 0
  public var injected = MemoryFault.Kind.none
  public var injectedCount: UInt32 = 0
  public var injectedDelay: UInt64 = 0
  public var random: RandomStream
  public var memory: HostMemoryModel

  init(random: RandomStream, memory: HostMemoryModel) {
    self.random = random
    self.memory = memory
  }

  public static var signals: [SignalDeclaration<RootComplexState>] {
    [
      .counter("activeReads", \.activeReads), .flag("cpuWaiting", \.cpuWaiting), .bits("cpuPort", \.cpuPort),
      .bits("cpuTag", \.cpuTag), .counter("cpuDeadline", \.cpuDeadline), .counter("cpuReceived", \.cpuReceived),
      .bits("cpuValue", \.cpuValue), .enumeration("injected", \.injected), .counter("injectedCount", \.injectedCount),
      .counter("injectedDelay", \.injectedDelay), .group("random", \.random),
      .group("memory", \.memory),
    ]
  }
}
