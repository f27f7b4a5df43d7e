extension ConfigSpace {
  /// What hardware fixes: everything in configuration space that software cannot change.
  public struct Identity: Hashable, Codable, Sendable {
    public var vendorID: UInt16 = 0x1de5
    public var deviceID: UInt16 = 0x3000
    public var revision: UInt8 = 0x10
    /// Class code, 24 bits: base class, subclass, interface.
    public var classCode: UInt32 = 0xff0000
    public var subsystemVendorID: UInt16 = 0x1af4
    public var subsystemID: UInt16 = 0x1100
    /// Whether BAR4 and BAR5 form one 64-bit BAR.
    public var bar4Is64Bit = false
    /// Max_Payload_Size Supported in bytes, a power of two in 128...4096.
    public var maxPayloadSupported = 512
    /// Extended Tag Field Supported: 8-bit tags.
    public var extendedTagsSupported = true
    /// 10-Bit Tag Requester and Completer Supported.
    public var tenBitTagsSupported = false
    /// Maximum link speed as its code: 1 is 2.5 GT/s, then 5, 8, 16, 32.
    public var linkSpeed: UInt8 = 3
    /// Maximum link width in lanes: 1, 2, 4, 8, 12, 16 or 32.
    public var linkWidth: UInt8 = 8

    /// The identity of the eBPF device, 1de5:3000.
    public init() {}

    /// Checks the ranges above.
    /// - Throws: `InvalidIdentity` with the field, what was found and what was expected.
    public func validate() throws(InvalidIdentity) {
      if classCode > 0xff_ffff {
        throw InvalidIdentity(field: "classCode", found: Int(classCode), expected: "24 bits")
      }
      if maxPayloadSupported.nonzeroBitCount != 1 || !(128...4096).contains(maxPayloadSupported) {
        throw InvalidIdentity(
          field: "maxPayloadSupported", found: maxPayloadSupported, expected: "a power of two in 128...4096")
      }
      if !(1...5).contains(linkSpeed) {
        throw InvalidIdentity(field: "linkSpeed", found: Int(linkSpeed), expected: "1...5")
      }
      if ![1, 2, 4, 8, 12, 16, 32].contains(linkWidth) {
        throw InvalidIdentity(field: "linkWidth", found: Int(linkWidth), expected: "1, 2, 4, 8, 12, 16 or 32")
      }
    }
  }

  /// A field of an `Identity` that is out of range.
  public struct InvalidIdentity: Error, Hashable, Sendable, CustomStringConvertible {
    public var field: String
    public var found: Int
    public var expected: String

    public init(field: String, found: Int, expected: String) {
      self.field = field
      self.found = found
      self.expected = expected
    }

    public var description: String { "\(field): found \(found), expected \(expected)" }
  }
}
