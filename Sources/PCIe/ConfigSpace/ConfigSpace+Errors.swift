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

extension ConfigSpace {
  /// Records an uncorrectable error in device status and AER (PCI Express Base Specification 6.2.5).
  /// - Parameters:
  ///   - header: the packet at fault, for the header log; nil when the error has none.
  ///   - advisory: whether this is one of the advisory cases of 6.2.3.2.4, such as a non-posted request that is
  ///     answered with UR: the requester reports it, so here it only counts as correctable.
  /// - Returns: the error message to send to the root complex, if software enabled one.
  public mutating func record(
    _ error: UncorrectableError, header: RawHeader?, advisory: Bool = false
  ) -> MessageCode? {
    let bit = UInt32(1) << UInt32(error.rawValue)
    let isFatal = uncorrectableSeverity & bit != 0
    if error == .unsupportedRequest { deviceStatus |= 0x8 }
    if advisory && !isFatal {
      let advisoryBit = UInt16(1) << UInt16(CorrectableError.advisoryNonFatal.rawValue)
      deviceStatus |= 0x1
      correctableStatus |= advisoryBit
      guard correctableMask & advisoryBit == 0 else { return nil }
      log(error, bit: bit, header: header)
      guard error != .unsupportedRequest || deviceControl & 0x8 != 0 else { return nil }
      return deviceControl & 0x1 != 0 ? .errorCorrectable : nil
    }
    deviceStatus |= isFatal ? 0x4 : 0x2
    log(error, bit: bit, header: header)
    guard uncorrectableMask & bit == 0, reports(error, isFatal: isFatal) else { return nil }
    if command & 0x100 != 0 { status |= 0x4000 }
    return isFatal ? .errorFatal : .errorNonFatal
  }

  /// Records a correctable error in device status and AER (6.2.5).
  /// - Returns: the error message to send to the root complex, if software enabled one.
  public mutating func record(_ error: CorrectableError) -> MessageCode? {
    let bit = UInt16(1) << UInt16(error.rawValue)
    deviceStatus |= 0x1
    correctableStatus |= bit
    guard correctableMask & bit == 0, deviceControl & 0x1 != 0 else { return nil }
    return .errorCorrectable
  }

  /// Sets the status bit; the first unmasked error owns pointer and header log until software clears it (6.2.4.2).
  private mutating func log(_ error: UncorrectableError, bit: UInt32, header: RawHeader?) {
    let logIsTaken = uncorrectableStatus & UInt32(1) << UInt32(errorControl & 0x1f) != 0
    uncorrectableStatus |= bit
    guard uncorrectableMask & bit == 0 && !logIsTaken else { return }
    errorControl = errorControl & ~0x1f | UInt16(error.rawValue)
    let dwords = header?.dwords ?? .zero
    (headerLog0, headerLog1, headerLog2, headerLog3) = (dwords.x, dwords.y, dwords.z, dwords.w)
  }

  /// SERR# Enable reports everything; Device Control reports by severity, and UR by its own bit as well (6.2.5).
  private func reports(_ error: UncorrectableError, isFatal: Bool) -> Bool {
    if command & 0x100 != 0 { return true }
    let bySeverity = deviceControl & (isFatal ? 0x4 : 0x2) != 0
    return bySeverity && (error != .unsupportedRequest || deviceControl & 0x8 != 0)
  }
}
