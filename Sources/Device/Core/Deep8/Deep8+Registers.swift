import EBPF
import SimKernel

/// What an instruction does to the frames of the program.
public enum Deep8Control: TracedEnum {
  case none
  case call
  case `return`
  /// EXIT of the program itself, or a helper function that ends it.
  case end
}

/// Between fetch-1 and fetch-2.
public struct Deep8Fetch2: TracedState {
  public var bubble = Bubble.fill
  /// The branch target buffer has an entry for the slot.
  public var isKnown = false
  /// Calls that fetch has followed and not yet returned from, this instruction included.
  public var returnDepth: UInt8 = 0
  public var pc: UInt32 = 0
  /// Where fetch goes on.
  public var next: UInt32 = 0

  public static var signals: [SignalDeclaration<Deep8Fetch2>] {
    [
      .enumeration("bubble", \.bubble), .flag("isKnown", \.isKnown), .bits("returnDepth", \.returnDepth),
      .address("pc", \.pc, width: 17), .address("next", \.next, width: 17),
    ]
  }
}

/// Between fetch-2 and decode.
public struct Deep8Decode: TracedState {
  public var bubble = Bubble.fill
  public var isKnown = false
  public var returnDepth: UInt8 = 0
  public var pc: UInt32 = 0
  public var next: UInt32 = 0
  public var word: UInt64 = 0

  public static var signals: [SignalDeclaration<Deep8Decode>] {
    [
      .enumeration("bubble", \.bubble), .flag("isKnown", \.isKnown), .bits("returnDepth", \.returnDepth),
      .address("pc", \.pc, width: 17), .address("next", \.next, width: 17), .bits("word", \.word),
    ]
  }
}

/// Between decode and register read.
public struct Deep8Read: TracedState {
  public var bubble = Bubble.fill
  /// The register that will be written, `RunState.noRegister` for none.
  public var destination: UInt8 = 0
  public var pc: UInt32 = 0
  public var next: UInt32 = 0
  /// The instruction; of LDDW its first slot.
  public var word: UInt64 = 0
  /// Sign-extended; of LDDW all 64 bits.
  public var immediate: UInt64 = 0

  public static var signals: [SignalDeclaration<Deep8Read>] {
    [
      .enumeration("bubble", \.bubble), .bits("destination", \.destination, width: 4),
      .address("pc", \.pc, width: 17), .address("next", \.next, width: 17), .bits("word", \.word),
      .bits("immediate", \.immediate),
    ]
  }
}

/// Between register read and execute: an instruction with its operands, forwarding done.
public struct Deep8Execute: TracedState {
  public var bubble = Bubble.fill
  public var destination: UInt8 = 0
  public var pc: UInt32 = 0
  public var next: UInt32 = 0
  public var word: UInt64 = 0
  /// The destination register's value; the base address of stores and atomics.
  public var a: UInt64 = 0
  /// The source register's value or the immediate; the base address of loads.
  public var b: UInt64 = 0

  public static var signals: [SignalDeclaration<Deep8Execute>] {
    [
      .enumeration("bubble", \.bubble), .bits("destination", \.destination, width: 4),
      .address("pc", \.pc, width: 17), .address("next", \.next, width: 17), .bits("word", \.word), .bits("a", \.a),
      .bits("b", \.b),
    ]
  }
}

/// Between execute and memory-1, and between memory-1 and memory-2. A bubble writes no register.
public struct Deep8Memory: TracedState {
  public var bubble = Bubble.fill
  public var fault = CoreFault.none
  public var control = Deep8Control.none
  /// The result is that of a multiplication or division which is not done.
  public var isLate = false
  // In one word with `bubble`, so that a trace can show the instruction or why there is none.
  public var pc: UInt32 = 0
  /// The result will come from memory.
  public var isLoading = false
  public var opcode: UInt8 = 0
  public var destination = RunState.noRegister
  /// Low byte of the immediate, which names the operation of an atomic.
  public var operation: UInt8 = 0
  /// ALU result, or the effective address.
  public var result: UInt64 = 0
  /// What a store or atomic writes.
  public var value: UInt64 = 0

  public static var signals: [SignalDeclaration<Deep8Memory>] {
    [
      .enumeration("bubble", \.bubble), .enumeration("fault", \.fault), .enumeration("control", \.control),
      .flag("isLate", \.isLate), .flag("isLoading", \.isLoading), .bits("opcode", \.opcode),
      .bits("destination", \.destination, width: 4), .bits("operation", \.operation),
      .address("pc", \.pc, width: 17), .bits("result", \.result), .bits("value", \.value),
    ]
  }

  @inline(__always) mutating func become(_ cause: Bubble) {
    bubble = cause
    destination = RunState.noRegister
  }

  /// It is a return, which gives the register back its value from before the call.
  @inline(__always) func restores(_ register: UInt8) -> Bool {
    bubble == .none && control == .return && Deep8State.isSaved(register)
  }
}

/// Between memory-2 and write-back. A bubble writes no register.
public struct Deep8WriteBack: TracedState {
  public var bubble = Bubble.fill
  public var fault = CoreFault.none
  public var control = Deep8Control.none
  public var isLate = false
  public var pc: UInt32 = 0
  public var destination = RunState.noRegister
  public var result: UInt64 = 0

  public static var signals: [SignalDeclaration<Deep8WriteBack>] {
    [
      .enumeration("bubble", \.bubble), .enumeration("fault", \.fault), .enumeration("control", \.control),
      .flag("isLate", \.isLate), .bits("destination", \.destination, width: 4), .address("pc", \.pc, width: 17),
      .bits("result", \.result),
    ]
  }

  @inline(__always) mutating func become(_ cause: Bubble) {
    bubble = cause
    destination = RunState.noRegister
  }
}
