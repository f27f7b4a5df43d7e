/// Message Code, 8 bits (PCI Express Base Specification 2.2.8). Unknown codes are kept: the receiver judges them.
public struct MessageCode: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8

  @inlinable
  public init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// Locked transactions (2.2.8.4) and address translation (10.3, 10.4).
extension MessageCode {
  public static let unlock = MessageCode(rawValue: 0x00)
  public static let invalidateRequest = MessageCode(rawValue: 0x01)
  public static let invalidateCompletion = MessageCode(rawValue: 0x02)
  public static let pageRequest = MessageCode(rawValue: 0x04)
  public static let pageRequestGroupResponse = MessageCode(rawValue: 0x05)
}

/// Latency tolerance reporting, optimized buffer flush/fill, and power management (2.2.8.8, 2.2.8.9, 2.2.8.2).
extension MessageCode {
  public static let latencyTolerance = MessageCode(rawValue: 0x10)
  public static let bufferFlushFill = MessageCode(rawValue: 0x12)
  public static let pmActiveStateNak = MessageCode(rawValue: 0x14)
  public static let pmPME = MessageCode(rawValue: 0x18)
  public static let pmeTurnOff = MessageCode(rawValue: 0x19)
  public static let pmeTurnOffAck = MessageCode(rawValue: 0x1b)
}

/// INTx interrupts (2.2.8.1) and error signaling (2.2.8.3).
extension MessageCode {
  public static let assertINTA = MessageCode(rawValue: 0x20)
  public static let assertINTB = MessageCode(rawValue: 0x21)
  public static let assertINTC = MessageCode(rawValue: 0x22)
  public static let assertINTD = MessageCode(rawValue: 0x23)
  public static let deassertINTA = MessageCode(rawValue: 0x24)
  public static let deassertINTB = MessageCode(rawValue: 0x25)
  public static let deassertINTC = MessageCode(rawValue: 0x26)
  public static let deassertINTD = MessageCode(rawValue: 0x27)
  public static let errorCorrectable = MessageCode(rawValue: 0x30)
  public static let errorNonFatal = MessageCode(rawValue: 0x31)
  public static let errorFatal = MessageCode(rawValue: 0x33)
}

/// Hot-plug signaling of version 1.0a, which receivers ignore (2.2.8.7).
extension MessageCode {
  public static let attentionIndicatorOff = MessageCode(rawValue: 0x40)
  public static let attentionIndicatorOn = MessageCode(rawValue: 0x41)
  public static let attentionIndicatorBlink = MessageCode(rawValue: 0x43)
  public static let powerIndicatorOff = MessageCode(rawValue: 0x44)
  public static let powerIndicatorOn = MessageCode(rawValue: 0x45)
  public static let powerIndicatorBlink = MessageCode(rawValue: 0x47)
  public static let attentionButtonPressed = MessageCode(rawValue: 0x48)
}

/// Slot power limit, precision time measurement, and vendor-defined messages (2.2.8.5, 2.2.8.10, 2.2.8.6).
extension MessageCode {
  public static let setSlotPowerLimit = MessageCode(rawValue: 0x50)
  public static let ptmRequest = MessageCode(rawValue: 0x52)
  /// PTM Response, and PTM ResponseD when it carries data.
  public static let ptmResponse = MessageCode(rawValue: 0x53)
  public static let vendorDefined0 = MessageCode(rawValue: 0x7e)
  public static let vendorDefined1 = MessageCode(rawValue: 0x7f)
}

/// Subtype of a PCI-SIG-defined message: Vendor-Defined Type 1 with vendor ID 0001h (2.2.8.6.1).
public enum MessageSubtype: UInt8, CaseIterable, Hashable, Sendable {
  /// The lower 128 bits of the System GUID (2.2.8.6.5).
  case hierarchyID = 0x01
  /// DRS: the device is ready for configuration (2.2.8.6.3).
  case deviceReadiness = 0x08
  /// FRS: a function is ready for configuration (2.2.8.6.4).
  case functionReadiness = 0x09
}
