/// The 16-bit address of a function in a hierarchy: bus (8 bits), device (5), function (3). It is the Requester ID,
/// the Completer ID and the target of a configuration request (PCI Express Base Specification 2.2.4.2, 2.2.6.2).
public struct DeviceID: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
  /// bus << 8 | device << 3 | function.
  public var rawValue: UInt16

  @inlinable
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Builds an ID; bits of `device` above 5 and of `function` above 3 are dropped.
  @inlinable
  public init(bus: UInt8, device: UInt8, function: UInt8) {
    rawValue = UInt16(bus) << 8 | UInt16(device & 0x1f) << 3 | UInt16(function & 0x7)
  }

  /// Bus number, 8 bits.
  @inlinable
  public var bus: UInt8 { UInt8(rawValue >> 8) }

  /// Device number, 5 bits.
  @inlinable
  public var device: UInt8 { UInt8(rawValue >> 3 & 0x1f) }

  /// Function number, 3 bits.
  @inlinable
  public var function: UInt8 { UInt8(rawValue & 0x7) }

  @inlinable
  public static func < (left: DeviceID, right: DeviceID) -> Bool { left.rawValue < right.rawValue }

  /// The form that `lspci` prints: `01:00.0`.
  public var description: String {
    func hex(_ value: UInt8) -> String { (value < 16 ? "0" : "") + String(value, radix: 16) }
    return "\(hex(bus)):\(hex(device)).\(function)"
  }
}
