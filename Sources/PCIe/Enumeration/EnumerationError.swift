/// Why a hierarchy cannot be brought up.
public enum EnumerationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A root port, or a function that answered before, does not answer an access to dword `register`.
  case noAnswer(DeviceID, register: UInt16)
  /// The bridge needs a bus number above the highest one.
  case tooManyBuses(DeviceID, highest: UInt8)
  /// A BAR does not fit into what is left of the addresses it may have.
  case apertureExhausted(DeviceID, bar: Int, size: UInt64, aperture: Range<UInt64>)
  /// A BAR reads back, all bits written as ones, something that is no size (PCI Express Base Specification 7.5.1.2.1).
  case invalidBAR(DeviceID, index: Int, readBack: UInt64)
  /// A list of capabilities has no end (7.5.3, 7.6.3).
  case endlessCapabilities(DeviceID)
  /// No interrupt vector is left for the function.
  case vectorsExhausted(DeviceID)

  public var description: String {
    func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
    return switch self {
    case .noAnswer(let function, let register):
      "\(function): no answer to an access to register \(hex(UInt64(register) * 4)), expected a function"
    case .tooManyBuses(let bridge, let highest):
      "\(bridge): no bus number left for the bus below, expected at most \(highest) buses"
    case .apertureExhausted(let function, let bar, let size, let aperture):
      "\(function): BAR\(bar) of \(hex(size)) bytes does not fit, expected room in "
        + "\(hex(aperture.lowerBound))..<\(hex(aperture.upperBound))"
    case .invalidBAR(let function, let index, let readBack):
      "\(function): BAR\(index) reads \(hex(readBack)) after all ones, expected the mask of a power of two"
    case .endlessCapabilities(let function):
      "\(function): the list of capabilities does not end"
    case .vectorsExhausted(let function):
      "\(function): no interrupt vector left"
    }
  }
}
