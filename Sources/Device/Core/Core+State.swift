import EBPF
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

/// Why a place in the pipeline holds no instruction. Bubbles carry their cause down to write-back, where each cycle is
/// charged either to a retired instruction or to one cause: the causes add up to the cycles.
public enum Bubble: UInt8, TracedEnum {
  /// No bubble: the place holds an instruction.
  case none
  /// The pipeline fills after the start of a run.
  case fill
  /// Flushed behind a taken or mispredicted jump, call or return.
  case branch
  /// The next instruction needs the value of a load.
  case loadUse
  /// The second slot of LDDW is on its way.
  case wide
  case multiply
  case divide
  case atomic
  /// A local call or return waits for the older instructions to retire.
  case call

  /// For reports: what the pipeline waits for, in words.
  public var reason: String {
    switch self {
    case .none: "nothing"
    case .fill: "the pipeline fills at the start of a run"
    case .branch: "fetched behind a taken or mispredicted jump, and flushed"
    case .loadUse: "the next instruction needs the value of a load"
    case .wide: "the second half of a 16-byte instruction"
    case .multiply: "the multiplier works"
    case .divide: "the divider works"
    case .atomic: "an atomic operation holds the memory stage"
    case .call: "a call or return waits for older instructions"
    }
  }
}

/// Between fetch and decode.
public struct FetchDecode: TracedState {
  public var bubble = Bubble.fill
  public var pc: UInt32 = 0
  public var word: UInt64 = 0

  public static var signals: [SignalDeclaration<FetchDecode>] {
    [.enumeration("bubble", \.bubble), .address("pc", \.pc, width: 17), .bits("word", \.word)]
  }
}

/// Between decode and execute: an instruction with its operands, forwarding done.
public struct DecodeExecute: TracedState {
  public var bubble = Bubble.fill
  /// Decode followed this branch to its target.
  public var predictedTaken = false
  /// The register that will be written, `CoreState.noRegister` for none.
  public var destination: UInt8 = 0
  public var pc: UInt32 = 0
  /// The instruction; of LDDW its first slot.
  public var word: UInt64 = 0
  /// The destination register's value; the base address of stores and atomics.
  public var a: UInt64 = 0
  /// The source register's value or the sign-extended immediate; the base address of loads.
  public var b: UInt64 = 0

  public static var signals: [SignalDeclaration<DecodeExecute>] {
    [
      .enumeration("bubble", \.bubble), .flag("predictedTaken", \.predictedTaken),
      .bits("destination", \.destination, width: 4), .address("pc", \.pc, width: 17), .bits("word", \.word),
      .bits("a", \.a), .bits("b", \.b),
    ]
  }
}

/// Between execute and memory.
public struct ExecuteMemory: TracedState {
  public var bubble = Bubble.fill
  public var fault = CoreFault.none
  /// EXIT of the program itself.
  public var isLast = false
  public var opcode: UInt8 = 0
  public var destination: UInt8 = 0
  /// Low byte of the immediate, which names the operation of an atomic.
  public var operation: UInt8 = 0
  public var pc: UInt32 = 0
  /// ALU result, or the effective address.
  public var result: UInt64 = 0
  /// What a store or atomic writes.
  public var value: UInt64 = 0

  public static var signals: [SignalDeclaration<ExecuteMemory>] {
    [
      .enumeration("bubble", \.bubble), .enumeration("fault", \.fault), .flag("isLast", \.isLast),
      .bits("opcode", \.opcode), .bits("destination", \.destination, width: 4), .bits("operation", \.operation),
      .address("pc", \.pc, width: 17), .bits("result", \.result),
      .bits("value", \.value),
    ]
  }
}

/// Between memory and write-back.
public struct MemoryWriteBack: TracedState {
  public var bubble = Bubble.fill
  public var fault = CoreFault.none
  public var isLast = false
  public var destination: UInt8 = 0
  public var pc: UInt32 = 0
  public var result: UInt64 = 0

  public static var signals: [SignalDeclaration<MemoryWriteBack>] {
    [
      .enumeration("bubble", \.bubble), .enumeration("fault", \.fault), .flag("isLast", \.isLast),
      .bits("destination", \.destination, width: 4), .address("pc", \.pc, width: 17), .bits("result", \.result),
    ]
  }
}

/// What a local call puts aside: where to return to, and the callee-saved registers r6 to r9.
public struct CallFrame: TracedState {
  public var returnPC: UInt32 = 0
  public var saved = InlineArray<4, UInt64>(repeating: 0)

  public static var signals: [SignalDeclaration<CallFrame>] {
    [.address("returnPC", \.returnPC, width: 17), .array("saved", \.saved, names: ["r6", "r7", "r8", "r9"])]
  }
}

/// Every flip-flop of the execution core.
public struct CoreState: TracedState {
  public var phase = CorePhase.idle
  /// Results written so far in `reporting`.
  public var step: UInt8 = 0
  /// The edge at which `loading` is over.
  public var loadedAt: UInt64 = 0
  /// The next slot to fetch.
  public var pc: UInt32 = 0
  /// Fetch has stopped behind the last instruction of the program.
  public var draining = false
  /// The first slot of an LDDW is in `wideWord`.
  public var widePending = false
  public var wideWord: UInt64 = 0
  /// Cycles that the instruction in execute, and the one in memory, have spent there.
  public var executeCount: UInt8 = 0
  public var memoryCount: UInt8 = 0
  public var decode = FetchDecode()
  public var execute = DecodeExecute()
  public var memory = ExecuteMemory()
  public var writeBack = MemoryWriteBack()
  /// r0 to r10; 11 to 15 do not exist and read as zero.
  public var registers = InlineArray<16, UInt64>(repeating: 0)
  /// Cycles of this run by what write-back did: `none` counts retired instructions, the others lost cycles.
  public var counts = InlineArray<9, UInt64>(repeating: 0)
  /// The window of DATA that this run may touch: first address and bytes.
  public var dataLow: UInt64 = 0
  public var dataSize: UInt64 = 0
  /// Bytes of the program's own data, and where its writable part begins.
  public var programSize: UInt32 = 0
  public var programWritable: UInt32 = 0
  public var fault = CoreFault.none
  public var faultPC: UInt32 = 0
  public var depth: UInt8 = 0
  /// The frame of the running function's caller. Those of its callers lie in the call stack, a RAM.
  public var caller = CallFrame()

  /// In a destination field: writes no register.
  static let noRegister: UInt8 = 15

  public static var signals: [SignalDeclaration<CoreState>] {
    [
      .enumeration("phase", \.phase), .counter("step", \.step), .counter("loadedAt", \.loadedAt),
      .address("pc", \.pc, width: 17), .flag("draining", \.draining), .flag("widePending", \.widePending),
      .bits("wideWord", \.wideWord), .counter("executeCount", \.executeCount), .counter("memoryCount", \.memoryCount),
      .group("decode", \.decode), .group("execute", \.execute), .group("memory", \.memory),
      .group("writeBack", \.writeBack), .array("r", \.registers),
      .array("count", \.counts, names: Bubble.allCases.map { $0 == .none ? "retired" : "lost_\($0)" }),
      .address("dataLow", \.dataLow, width: 33), .bits("dataSize", \.dataSize, width: 33),
      .bits("programSize", \.programSize), .bits("programWritable", \.programWritable),
      .enumeration("fault", \.fault), .address("faultPC", \.faultPC, width: 17), .bits("depth", \.depth, width: 4),
      .group("caller", \.caller),
    ]
  }
}
