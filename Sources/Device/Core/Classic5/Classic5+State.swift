import EBPF
import SimKernel

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
  /// The register that will be written, `RunState.noRegister` for none.
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
  // In one word with `bubble`, so that a trace can show the instruction or why there is none.
  public var pc: UInt32 = 0
  public var destination: UInt8 = 0
  /// Low byte of the immediate, which names the operation of an atomic.
  public var operation: UInt8 = 0
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

/// Every flip-flop of the five-stage core.
public struct Classic5State: PipelineState {
  public var run = RunState()
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

  public init() {}

  public static var signals: [SignalDeclaration<Classic5State>] {
    [
      .embedded(\.run), .address("pc", \.pc, width: 17), .flag("draining", \.draining),
      .flag("widePending", \.widePending), .bits("wideWord", \.wideWord), .counter("executeCount", \.executeCount),
      .counter("memoryCount", \.memoryCount), .group("decode", \.decode), .group("execute", \.execute),
      .group("memory", \.memory), .group("writeBack", \.writeBack),
    ]
  }

  public static let causes: [Bubble] = [
    .fill, .branch, .loadUse, .wide, .multiply, .divide, .atomic, .call, .helper,
  ]

  public static let stages = [
    PipelineStage("F", "fetch"), PipelineStage("D", "decode"), PipelineStage("X", "execute"),
    PipelineStage("M", "memory"), PipelineStage("W", "write-back"),
  ]

  public var places: [PipelineView.Place] {
    [
      .init(bubble: decode.bubble, pc: decode.pc), .init(bubble: execute.bubble, pc: execute.pc),
      .init(bubble: memory.bubble, pc: memory.pc), .init(bubble: writeBack.bubble, pc: writeBack.pc),
    ]
  }
}
