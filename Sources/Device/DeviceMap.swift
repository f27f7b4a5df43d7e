import SimKernel

/// BAR4 of the 1de5:3000, offsets in bytes (reference: the device's published specification).
public enum DeviceMap {
  public static let barSize = 16 << 20

  // The I/O megabyte.
  public static let opcode = 0x00
  public static let control = 0x01
  public static let length = 0x04
  public static let offset = 0x08
  public static let addressLow = 0x0c
  public static let addressHigh = 0x10
  public static let errorCode = 0x14
  public static let errorPC = 0x18
  /// Performance counters, 8 bytes each: runs, cycles and instructions of the last run, bytes moved by DMA.
  public static let counters = 0x20
  public static let counterCount = 4
  public static let ioSize = 0x10_0000

  // Plain RAM.
  public static let textLength = 0x10_0000
  public static let dataLength = 0x10_0004
  public static let text = 0x10_0100
  public static let textCapacity = 0x20_0000 - 0x10_0100
  public static let ret = 0x20_0000
  public static let ready = 0x20_0004
  public static let registers = 0x20_0008
  public static let registerCount = 16
  public static let data = 0x40_0000
  public static let dataCapacity = 0x40_0000

  // The window that peers write.
  public static let p2p = 0x80_0000
  public static let p2pCapacity = 0x80_0000
}

/// Commands, as written to OPCODE.
public enum DeviceOpcode: UInt8, Sendable {
  case dmaText = 0x00
  case moveP2PText = 0x01
  case dmaData = 0x02
  case moveP2PData = 0x03
  case runProgram = 0x04
  case getRegisters = 0x05
  case dumpMemory = 0xff
}

/// Bits of CTRL.
public enum DeviceControl {
  public static let start: UInt8 = 0x01
  public static let dmaDone: UInt8 = 0x04
  public static let error: UInt8 = 0x08
  public static let busy: UInt8 = 0x10
}

/// What ERROR_CODE says in its low byte; byte 1 holds the `CoreFault` of a failed run.
public enum DeviceError: UInt8, TracedEnum {
  case none = 0
  case opcode
  case range
  case busy
  case aborted
  case unsupportedRequest
  case completerAbort
  case timeout
  case poisoned
  case load
  case fault
  case disabled

  /// The name that scenarios and reports use.
  public var name: String {
    switch self {
    case .none: "NONE"
    case .opcode: "OPCODE"
    case .range: "RANGE"
    case .busy: "BUSY"
    case .aborted: "ABORTED"
    case .unsupportedRequest: "UR"
    case .completerAbort: "CA"
    case .timeout: "TIMEOUT"
    case .poisoned: "POISON"
    case .load: "LOAD"
    case .fault: "FAULT"
    case .disabled: "DISABLED"
    }
  }
}
