import SimKernel

/// Errors that lose a transaction; the raw value is the bit in the AER registers (PCI Express Base Specification
/// 7.8.4.2).
public enum UncorrectableError: UInt8, CaseIterable, Hashable, Sendable {
  case dataLinkProtocol = 4
  case poisonedTLP = 12
  case flowControlProtocol = 13
  case completionTimeout = 14
  case completerAbort = 15
  case unexpectedCompletion = 16
  case receiverOverflow = 17
  case malformedTLP = 18
  case ecrc = 19
  case unsupportedRequest = 20
}

/// Errors that the link repairs; the raw value is the bit in the AER registers (PCI Express Base Specification
/// 7.8.4.5).
public enum CorrectableError: UInt8, CaseIterable, Hashable, Sendable {
  case receiver = 0
  case badTLP = 6
  case badDLLP = 7
  case replayNumberRollover = 8
  case replayTimerTimeout = 12
  case advisoryNonFatal = 13
}

/// The Advanced Error Reporting capability, version 2, with ECRC generation and checking and without the registers of a
/// root port (PCI Express Base Specification 7.8.4). All of it is sticky.
public struct AdvancedErrors: Hashable, Sendable {
  /// Correctable Error Status, bits as `CorrectableError`.
  public var correctableStatus: UInt16 = 0
  /// Correctable Error Mask; advisory errors are masked out of reset.
  public var correctableMask: UInt16 = 0x2000
  /// Uncorrectable Error Status, bits as `UncorrectableError`.
  public var uncorrectableStatus: UInt32 = 0
  public var uncorrectableMask: UInt32 = 0
  /// Uncorrectable Error Severity: one is fatal.
  public var uncorrectableSeverity: UInt32 = 0x0006_2010
  /// Capabilities and Control: bits 4:0 First Error Pointer, bits 6 and 8 ECRC Generation and Check Enable.
  public var errorControl: UInt16 = 0
  /// Header Log, the header of the first error.
  public var headerLog0: UInt32 = 0
  public var headerLog1: UInt32 = 0
  public var headerLog2: UInt32 = 0
  public var headerLog3: UInt32 = 0

  public init() {}
}

extension AdvancedErrors: TracedState {
  public static var signals: [SignalDeclaration<AdvancedErrors>] {
    [
      .bits("correctableStatus", \.correctableStatus), .bits("correctableMask", \.correctableMask),
      .bits("uncorrectableStatus", \.uncorrectableStatus), .bits("uncorrectableMask", \.uncorrectableMask),
      .bits("uncorrectableSeverity", \.uncorrectableSeverity), .bits("errorControl", \.errorControl),
      .bits("headerLog0", \.headerLog0), .bits("headerLog1", \.headerLog1), .bits("headerLog2", \.headerLog2),
      .bits("headerLog3", \.headerLog3),
    ]
  }
}

extension AdvancedErrors {
  /// Bytes of the capability.
  static let size = 0x2c
  /// Extended Capability ID (7.8.4.1).
  static let capabilityID: UInt32 = 0x0001
  /// Every case of `UncorrectableError` (7.8.4.2).
  private static let uncorrectableBits: UInt32 = 0x001f_f010
  /// Every case of `CorrectableError` (7.8.4.5).
  private static let correctableBits: UInt32 = 0x31c1
  /// ECRC Generation and Check Enable (7.8.4.7).
  private static let controlBits: UInt32 = 0x0140

  /// The dword at byte `offset` of the capability; `next` is the offset of the extended capability behind it, or 0.
  func read(_ offset: Int, next: Int) -> UInt32 {
    switch offset {
    case 0x00: UInt32(next) << 20 | 0x0002_0000 | Self.capabilityID
    case 0x04: uncorrectableStatus
    case 0x08: uncorrectableMask
    case 0x0c: uncorrectableSeverity
    case 0x10: UInt32(correctableStatus)
    case 0x14: UInt32(correctableMask)
    // ECRC generation and checking are supported.
    case 0x18: UInt32(errorControl) | 0x00a0
    case 0x1c: headerLog0
    case 0x20: headerLog1
    case 0x24: headerLog2
    case 0x28: headerLog3
    default: 0
    }
  }

  /// Writes the bits of `lanes` in the dword at byte `offset` of the capability.
  mutating func write(_ offset: Int, _ value: UInt32, _ lanes: UInt32) {
    switch offset {
    case 0x04:
      uncorrectableStatus.clear(value & lanes)
      // The pointer is to no error then; a masked one that comes later has no log.
      if !hasLog { errorControl &= ~0x1f }
    case 0x08: uncorrectableMask.merge(value, Self.uncorrectableBits & lanes)
    case 0x0c: uncorrectableSeverity.merge(value, Self.uncorrectableBits & lanes)
    case 0x10: correctableStatus.clear(value & lanes)
    case 0x14: correctableMask.merge(value, Self.correctableBits & lanes)
    case 0x18: errorControl.merge(value, Self.controlBits & lanes)
    default: break
    }
  }

  func isFatal(_ error: UncorrectableError) -> Bool { uncorrectableSeverity & Self.bit(error) != 0 }

  /// Sets the status bit; the first unmasked error owns pointer and header log until software clears it (6.2.4.2).
  /// - Returns: whether the error is unmasked.
  mutating func note(_ error: UncorrectableError, header: RawHeader?) -> Bool {
    let bit = Self.bit(error)
    let logIsTaken = hasLog
    uncorrectableStatus |= bit
    guard uncorrectableMask & bit == 0 else { return false }
    guard !logIsTaken else { return true }
    errorControl = errorControl & ~0x1f | UInt16(error.rawValue)
    let dwords = header?.dwords ?? .zero
    (headerLog0, headerLog1, headerLog2, headerLog3) = (dwords.x, dwords.y, dwords.z, dwords.w)
    return true
  }

  /// Whether an error owns pointer and header log.
  private var hasLog: Bool { uncorrectableStatus & UInt32(1) << UInt32(errorControl & 0x1f) != 0 }

  /// Sets the status bit.
  /// - Returns: whether the error is unmasked.
  mutating func note(_ error: CorrectableError) -> Bool {
    let bit = UInt16(1) << UInt16(error.rawValue)
    correctableStatus |= bit
    return correctableMask & bit == 0
  }

  private static func bit(_ error: UncorrectableError) -> UInt32 { UInt32(1) << UInt32(error.rawValue) }
}
