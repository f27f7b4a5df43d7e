import SimKernel

/// A host memory read that is under way.
public struct PendingRead: TracedState {
  public var active = false
  /// How the read will be answered.
  public var fault = FaultKind.none
  /// The root port that it came from.
  public var port: UInt8 = 0
  public var tag: UInt16 = 0
  public var requester: UInt16 = 0
  public var remaining: UInt16 = 0
  public var address: UInt64 = 0
  /// Picoseconds: when memory has the data.
  public var readyAt: UInt64 = 0

  public static var signals: [SignalDeclaration<PendingRead>] {
    [
      .flag("active", \.active), .enumeration("fault", \.fault), .bits("port", \.port), .bits("tag", \.tag, width: 10),
      .bits("requester", \.requester), .counter("remaining", \.remaining, width: 13), .address("address", \.address),
      .counter("readyAt", \.readyAt),
    ]
  }
}

/// Every flip-flop of the root complex.
public struct RootComplexState: TracedState {
  public var reads = InlineArray<64, PendingRead>(repeating: PendingRead())
  public var activeReads: UInt8 = 0
  /// The read whose completions are being sent, 64 for none.
  public var current: UInt8 = 64
  /// The CPU waits for a completion with this tag.
  public var cpuWaiting = false
  public var cpuTag: UInt8 = 0
  /// Byte offset and size of the CPU's read in its dwords.
  public var cpuSkip: UInt8 = 0
  public var cpuSize: UInt8 = 0
  public var injected = FaultKind.none
  public var injectedCount: UInt32 = 0
  public var random: RandomStream
  public var memory: HostMemoryModel
  public var refused: UInt64 = 0

  init(random: RandomStream, memory: HostMemoryModel) {
    self.random = random
    self.memory = memory
  }

  public static var signals: [SignalDeclaration<RootComplexState>] {
    [
      .table("read", \.reads), .counter("activeReads", \.activeReads), .bits("current", \.current),
      .flag("cpuWaiting", \.cpuWaiting), .bits("cpuTag", \.cpuTag), .bits("cpuSkip", \.cpuSkip),
      .bits("cpuSize", \.cpuSize), .enumeration("injected", \.injected), .counter("injectedCount", \.injectedCount),
      .group("random", \.random), .group("memory", \.memory), .counter("refused", \.refused),
    ]
  }
}
