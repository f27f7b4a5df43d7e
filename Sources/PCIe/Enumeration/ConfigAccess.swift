/// A configuration read or write of one dword that a host has to do (PCI Express Base Specification 7.2.2).
public struct ConfigAccess: Hashable, Sendable {
  public var target: DeviceID
  /// Dword number in configuration space, 0...1023.
  public var register: UInt16
  /// Which bytes, 4 bits, bit 0 for bits 7:0.
  public var byteEnable: UInt8
  /// What to write; nil for a read.
  public var value: UInt32?

  public init(target: DeviceID, register: UInt16, byteEnable: UInt8 = 0xf, value: UInt32? = nil) {
    self.target = target
    self.register = register
    self.byteEnable = byteEnable
    self.value = value
  }

  /// By byte offset, as the specification names registers.
  static func read(_ target: DeviceID, _ offset: Int) -> ConfigAccess {
    ConfigAccess(target: target, register: UInt16(offset / 4))
  }

  static func write(_ target: DeviceID, _ offset: Int, _ value: UInt32, byteEnable: UInt8 = 0xf) -> ConfigAccess {
    ConfigAccess(target: target, register: UInt16(offset / 4), byteEnable: byteEnable, value: value)
  }
}
