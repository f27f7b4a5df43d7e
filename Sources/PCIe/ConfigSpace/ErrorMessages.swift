import SimKernel

/// Error messages of a function that wait to be sent; one of a kind is enough (PCI Express Base Specification 2.2.8.3).
public struct ErrorMessages: TracedState, Hashable, Sendable {
  /// Bit 0 correctable, 1 non-fatal, 2 fatal.
  public private(set) var errorMessages: UInt8 = 0

  public static var signals: [SignalDeclaration<ErrorMessages>] {
    [.bits("errorMessages", \.errorMessages, width: 3)]
  }

  var isEmpty: Bool { errorMessages == 0 }

  /// Adds a message, if it is one of an error.
  mutating func insert(_ message: MessageCode?) {
    switch message {
    case .errorCorrectable?: errorMessages |= 1
    case .errorNonFatal?: errorMessages |= 2
    case .errorFatal?: errorMessages |= 4
    default: break
    }
  }

  /// Takes the message of the most severe error; only when there is one.
  mutating func takeMostSevere() -> MessageCode {
    let bit = 7 - errorMessages.leadingZeroBitCount
    errorMessages &= ~(1 << UInt8(bit))
    return bit == 0 ? .errorCorrectable : bit == 1 ? .errorNonFatal : .errorFatal
  }
}
