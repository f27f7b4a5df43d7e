import SimKernel

/// What the driver waits for.
public enum DriverPhase: TracedEnum {
  /// Nothing: the next operation can go.
  case issuing
  case awaitingResponse
  case awaitingInterrupt
  /// A timer: a wait, or the pause between two polls.
  case pausing
  case finished
}

/// What a poll's read asked for.
public enum PollTarget: TracedEnum {
  case condition
  /// CTRL, to see ERROR while READY stays 0.
  case control
  /// ERROR_CODE and ERROR_PC after ERROR.
  case errorCode
}

/// The interrupts of one function.
public struct InterruptCount: TracedState {
  public var seen: UInt32 = 0
  /// Commands of a peer, each of which ends with an interrupt.
  public var commands: UInt32 = 0

  public static var signals: [SignalDeclaration<InterruptCount>] {
    [.counter("seen", \.seen), .counter("commands", \.commands)]
  }
}

/// Every flip-flop of the driver that the number of functions does not multiply.
public struct DriverState: TracedState {
  public var phase = DriverPhase.issuing
  /// The running step; 0 is enumeration, step n of the scenario is n + 1.
  public var step: UInt32 = 0
  public var operation: UInt32 = 0
  /// The next of the accesses that reconfigure a function.
  public var access: UInt32 = 0
  /// The edge at which a pause is over.
  public var resumeAt: UInt64 = 0
  /// Picoseconds: when the running poll gives up; 0 while none runs.
  public var deadline: UInt64 = 0
  public var pollTarget = PollTarget.condition
  public var polls: UInt32 = 0
  /// The function whose interrupts are awaited, and how many must have come.
  public var awaitedFunction: UInt8 = 0
  public var awaitedCount: UInt32 = 0
  /// The device's interrupts before the running command.
  public var interruptsAtStart: UInt32 = 0
  /// The value of the last read.
  public var value: UInt64 = 0
  public var stepStartedAt: UInt64 = 0
  /// When CTRL was last written with START.
  public var commandStartedAt: UInt64 = 0

  public static var signals: [SignalDeclaration<DriverState>] {
    [
      .enumeration("phase", \.phase), .counter("step", \.step), .counter("operation", \.operation),
      .counter("access", \.access), .counter("resumeAt", \.resumeAt), .counter("deadline", \.deadline),
      .enumeration("pollTarget", \.pollTarget), .counter("polls", \.polls),
      .bits("awaitedFunction", \.awaitedFunction), .counter("awaitedCount", \.awaitedCount),
      .counter("interruptsAtStart", \.interruptsAtStart), .bits("value", \.value),
      .counter("stepStartedAt", \.stepStartedAt), .counter("commandStartedAt", \.commandStartedAt),
    ]
  }
}
