extension ConfigSpace {
  /// The memory BAR of a function, prefetchable and a power of two in size (PCI Express Base Specification 7.5.1.2.1).
  public struct BAR: Hashable, Codable, Sendable {
    /// Number of its first register, 0...5; a 64-bit BAR takes the next one too.
    public var index: Int
    /// Size as a power of two in bytes: 7...31, or up to 62 with 64 bits.
    public var sizeLog2: Int
    public var is64Bit: Bool

    public init(index: Int, sizeLog2: Int, is64Bit: Bool) {
      self.index = index
      self.sizeLog2 = sizeLog2
      self.is64Bit = is64Bit
    }

    /// Bytes.
    @inlinable
    public var size: UInt64 { 1 << UInt64(sizeLog2) }

    /// The address bits that software writes.
    @inlinable
    public var addressMask: UInt64 { ~(size - 1) }
  }

  /// What hardware fixes: everything in configuration space that software cannot change.
  public struct Identity: Hashable, Codable, Sendable {
    public var vendorID: UInt16 = 0x1de5
    public var deviceID: UInt16 = 0x3000
    public var revision: UInt8 = 0x10
    /// Class code, 24 bits: base class, subclass, interface.
    public var classCode: UInt32 = 0xff0000
    public var subsystemVendorID: UInt16 = 0x1af4
    public var subsystemID: UInt16 = 0x1100
    /// The BAR, nil for a function without memory of its own.
    public var bar: BAR? = BAR(index: 4, sizeLog2: 24, is64Bit: false)
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

    /// The identity of the eBPF device, 1de5:3000: BAR4 with 16 MiB.
    public init() {}
  }
}
