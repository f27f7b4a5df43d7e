/// The registers that a PCI Express function has whatever its header: what they mean is the same in an endpoint and in a
/// bridge (PCI Express Base Specification 7.5.1.1, 7.5.3, 7.8.4).
public protocol ExpressFunction {
  /// Command (offset 0x04).
  var command: UInt16 { get set }
  /// Status (0x06) without Capabilities List, which is always set.
  var status: UInt16 { get set }
  var deviceControl: UInt16 { get set }
  var deviceStatus: UInt16 { get set }
  /// Advanced Error Reporting.
  var errors: AdvancedErrors { get set }
}

extension ExpressFunction {
  /// Whether memory requests are claimed (Command bit 1).
  @inlinable
  public var memorySpaceEnabled: Bool { command & 0x2 != 0 }

  /// Whether an endpoint may send memory requests, MSI included, and a bridge forward them upstream (Command bit 2).
  @inlinable
  public var busMasterEnabled: Bool { command & 0x4 != 0 }

  /// Max_Payload_Size in bytes, 128...4096 (Device Control 7:5); the reserved codes read as 4096.
  @inlinable
  public var maxPayloadSize: Int { min(4096, 128 << Int(deviceControl >> 5 & 0x7)) }

  /// Max_Read_Request_Size in bytes, 128...4096 (Device Control 14:12); the reserved codes read as 4096.
  @inlinable
  public var maxReadRequestSize: Int { min(4096, 128 << Int(deviceControl >> 12 & 0x7)) }
}

extension ExpressFunction {
  /// Records an uncorrectable error in device status and AER (PCI Express Base Specification 6.2.5).
  /// - Parameters:
  ///   - header: the packet at fault, for the header log; nil when the error has none.
  ///   - advisory: whether this is one of the advisory cases of 6.2.3.2.4, such as a non-posted request that is
  ///     answered with UR: the requester reports it, so here it only counts as correctable.
  /// - Returns: the error message to send to the root complex, if software enabled one.
  public mutating func record(
    _ error: UncorrectableError, header: RawHeader?, advisory: Bool = false
  ) -> MessageCode? {
    let isFatal = errors.isFatal(error)
    if error == .unsupportedRequest { deviceStatus |= 0x8 }
    if advisory && !isFatal {
      deviceStatus |= 0x1
      guard errors.note(.advisoryNonFatal) else { return nil }
      _ = errors.note(error, header: header)
      guard error != .unsupportedRequest || deviceControl & 0x8 != 0 else { return nil }
      return deviceControl & 0x1 != 0 ? .errorCorrectable : nil
    }
    deviceStatus |= isFatal ? 0x4 : 0x2
    guard errors.note(error, header: header), reports(error, isFatal: isFatal) else { return nil }
    if command & 0x100 != 0 { status |= 0x4000 }
    return isFatal ? .errorFatal : .errorNonFatal
  }

  /// Notes that poisoned data has come: Detected Parity Error, and Master Data Parity Error when it was asked for and
  /// Parity Error Response is set (7.5.1.1.4).
  public mutating func notePoison(requested: Bool) {
    status |= 0x8000
    if requested && command & 0x40 != 0 { status |= 0x100 }
  }

  /// Records a correctable error in device status and AER (6.2.5).
  /// - Returns: the error message to send to the root complex, if software enabled one.
  public mutating func record(_ error: CorrectableError) -> MessageCode? {
    deviceStatus |= 0x1
    guard errors.note(error), deviceControl & 0x1 != 0 else { return nil }
    return .errorCorrectable
  }

  /// SERR# Enable reports everything; Device Control reports by severity, and UR by its own bit as well (6.2.5).
  private func reports(_ error: UncorrectableError, isFatal: Bool) -> Bool {
    if command & 0x100 != 0 { return true }
    let bySeverity = deviceControl & (isFatal ? 0x4 : 0x2) != 0
    return bySeverity && (error != .unsupportedRequest || deviceControl & 0x8 != 0)
  }
}
