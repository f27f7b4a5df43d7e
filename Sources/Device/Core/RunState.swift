import SimKernel

/// What the core is doing.
public enum CorePhase: TracedEnum {
  case idle
  /// Clearing READY and copying TEXT to the instruction memory.
  case loading
  case running
  /// Writing RET, REGS and READY.
  case reporting
}

/// What a local call puts aside: where to return to, and the callee-saved registers r6 to r9.
public struct CallFrame: TracedState {
  public var returnPC: UInt32 = 0
  public var saved = InlineArray<4, UInt64>(repeating: 0)

  public static var signals: [SignalDeclaration<CallFrame>] {
    [.address("returnPC", \.returnPC, width: 17), .array("saved", \.saved, names: ["r6", "r7", "r8", "r9"])]
  }
}

/// The flip-flops that every core has, whatever its microarchitecture: the phase of the run, the architecture's registers,
/// the account of the cycles.
public struct RunState: TracedState {
  public var phase = CorePhase.idle
  /// Results written so far in `reporting`.
  public var step: UInt8 = 0
  /// The edge at which `loading` is over.
  public var loadedAt: UInt64 = 0
  /// r0 to r10; 11 to 15 do not exist and read as zero.
  public var registers = InlineArray<16, UInt64>(repeating: 0)
  /// Cycles of this run by what happened in them: `none` counts retired instructions, the others lost cycles.
  public var counts = InlineArray<17, UInt64>(repeating: 0)
  /// The window of DATA that this run may touch: first address and bytes.
  public var dataLow: UInt64 = 0
  public var dataSize: UInt64 = 0
  /// Bytes of the program's own data, and where its writable part begins.
  public var programSize: UInt32 = 0
  public var programWritable: UInt32 = 0
  /// The slot of the first fetch.
  public var entry: UInt32 = 0
  /// Instructions executed without timing before the first cycle.
  public var fastForwarded: UInt64 = 0
  public var fault = CoreFault.none
  public var faultPC: UInt32 = 0
  public var depth: UInt8 = 0
  /// A helper function has been called and has not returned.
  public var helperPending = false
  /// Instructions that have to retire before an abort may halt the run: with the call of a helper function that has begun.
  public var earliestHalt: UInt64 = 0
  /// The frame of the running function's caller. Those of its callers lie in the call stack, a RAM.
  public var caller = CallFrame()

  /// In a destination field: writes no register.
  static let noRegister: UInt8 = 15

  public static var signals: [SignalDeclaration<RunState>] {
    [
      .enumeration("phase", \.phase), .counter("step", \.step), .counter("loadedAt", \.loadedAt),
      .array("r", \.registers),
      .array("count", \.counts, names: Bubble.allCases.map { $0 == .none ? "retired" : "lost_\($0)" }),
      .address("dataLow", \.dataLow, width: 33), .bits("dataSize", \.dataSize, width: 33),
      .bits("programSize", \.programSize), .bits("programWritable", \.programWritable),
      .address("entry", \.entry, width: 17), .counter("fastForwarded", \.fastForwarded), .enumeration("fault", \.fault),
      .address("faultPC", \.faultPC, width: 17), .bits("depth", \.depth, width: 8),
      .flag("helperPending", \.helperPending), .counter("earliestHalt", \.earliestHalt), .group("caller", \.caller),
    ]
  }
}

extension RunState {
  /// Charges this cycle to a cause; `none` is a retired instruction.
  @inline(__always) mutating func charge(_ bubble: Bubble) { counts[unchecked: Int(bubble.rawValue)] &+= 1 }

  /// Instructions that retired in cycles of this run.
  public var retired: UInt64 { counts[unchecked: 0] }

  /// The limit of a program counts what was executed before the first cycle too.
  @inline(__always) func reaches<P>(limitOf context: UnsafePointer<CoreContext<P>>) -> Bool {
    retired &+ fastForwarded >= context.pointee.limits.instructions
  }

  /// Ends the run for `reason` at the instruction in slot `pc`; always true, which stages return for "the run is over".
  @inline(never) mutating func stop(_ reason: CoreFault, at pc: UInt32) -> Bool {
    fault = reason
    faultPC = pc
    return true
  }
}
