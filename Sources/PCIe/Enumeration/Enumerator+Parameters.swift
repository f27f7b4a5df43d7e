extension Enumerator {
  /// What the host decides.
  public struct Parameters: Hashable, Sendable {
    /// The root ports, all of which must answer.
    public var rootPorts: [DeviceID]
    /// Addresses for BARs that do not reach beyond 4 GiB.
    public var memoryAperture: Range<UInt64>
    /// Addresses for prefetchable 64-bit BARs.
    public var prefetchableAperture: Range<UInt64>
    /// The kind of function of which the first one gets the first addresses of its aperture.
    public var leading: Kind?
    /// Max_Payload_Size in bytes that the host would like; everybody gets what all can do.
    public var maxPayload = 256
    /// Max_Read_Request_Size in bytes.
    public var maxReadRequest = 512
    /// Bits of a tag that the host allows: 5, 8 or 10.
    public var tagBits = 8
    /// Requests may carry Relaxed Ordering.
    public var relaxedOrdering = true
    /// Requests may carry ID-based Ordering.
    public var idOrdering = false
    /// Packets are sent with ECRC, and checked.
    public var ecrc = false
    /// Errors are reported by messages.
    public var reportsErrors = true
    /// Ports that face downstream send peer-to-peer traffic to the root complex (ACS).
    public var redirectsPeers = false
    /// The highest bus number.
    public var highestBus: UInt8 = 255
    /// Where messages of interrupts are written.
    public var interruptAddress: UInt64 = 0xfee0_0000
    /// The vector of the first function with MSI.
    public var firstVector: UInt8 = 0x50

    public init(rootPorts: [DeviceID], memoryAperture: Range<UInt64>, prefetchableAperture: Range<UInt64>) {
      self.rootPorts = rootPorts
      self.memoryAperture = memoryAperture
      self.prefetchableAperture = prefetchableAperture
    }
  }

  /// Vendor and device of a function.
  public struct Kind: Hashable, Sendable {
    public var vendorID: UInt16
    public var deviceID: UInt16

    public init(vendorID: UInt16, deviceID: UInt16) {
      self.vendorID = vendorID
      self.deviceID = deviceID
    }
  }
}
