import SimKernel

/// Why a run ended without EXIT. The raw value is the low byte of ERROR_CODE.
public enum CoreFault: UInt8, TracedEnum {
  case none
  case aborted
  /// TEXT holds no program that can be loaded.
  case badProgram
  case invalidInstruction
  case loadOutOfBounds
  case storeOutOfBounds
  case misalignedAtomic
  case callDepth
  case unknownHelper
  case instructionLimit
  /// OFFSET of RUN_PROG lies past DATA_LEN.
  case offsetOutOfRange

  /// What commit logs call it; nil for none.
  public var logName: String? { self == .none ? nil : "\(self)" }

  /// For reports: what happened, in words.
  public var reason: String {
    switch self {
    case .none: "no fault"
    case .aborted: "aborted by the host"
    case .badProgram: "TEXT holds no loadable program"
    case .invalidInstruction: "invalid instruction"
    case .loadOutOfBounds: "load outside of data and stack"
    case .storeOutOfBounds: "store outside of data and stack"
    case .misalignedAtomic: "atomic operation on an address that is not a multiple of its size"
    case .callDepth: "too many nested calls"
    case .unknownHelper: "call of an unknown helper function"
    case .instructionLimit: "instruction limit reached"
    case .offsetOutOfRange: "OFFSET lies past DATA_LEN"
    }
  }
}

/// From the command unit to the core.
public struct CoreCommand: Sendable {
  public enum Kind: Sendable { case run, abort }
  public let kind: Kind
  /// OFFSET of RUN_PROG: bytes from the start of DATA.
  public var offset: UInt32 = 0
}

/// From the core to the command unit: a run is over.
public struct CoreResult: Sendable {
  public let fault: CoreFault
  public let pc: UInt32
  public let cycles: UInt64
  public let instructions: UInt64
}

/// What a report says of one run.
public struct RunRecord: Sendable {
  public let start: Picoseconds
  public let end: Picoseconds
  public let r0: UInt64
  public let fault: CoreFault
  public let faultPC: UInt32
  /// More about the fault, as the loader puts it; empty when there is nothing more to say.
  public let detail: String
  /// Core cycles from the first fetch to the retirement of the last instruction; 0 of a core without timing.
  public let cycles: UInt64
  /// Cycles by cause, `Bubble.none` being the retired instructions.
  public let counts: [Bubble: UInt64]
  /// Instructions executed without timing before the first cycle.
  public let fastForwarded: UInt64

  public var instructions: UInt64 { counts[.none] ?? 0 }
}
