extension BridgeConfigSpace {
  /// Device/Port Type of a bridge (PCI Express Base Specification 7.5.3.2).
  public enum PortType: UInt8, CaseIterable, Codable, Sendable {
    case rootPort = 4
    case upstream = 5
    case downstream = 6

    /// Whether the link of the port is the one below.
    public var facesDownstream: Bool { self != .upstream }
  }

  /// What hardware fixes.
  public struct Identity: Hashable, Codable, Sendable {
    public var vendorID: UInt16
    public var deviceID: UInt16
    public var revision: UInt8 = 0
    public var portType: PortType
    /// Number of the port in its switch or root complex (Link Capabilities 31:24).
    public var portNumber: UInt8 = 0
    /// Max_Payload_Size Supported in bytes, a power of two in 128...4096.
    public var maxPayloadSupported = 512
    /// RCB of a root port in bytes, 64 or 128 (Link Control bit 3); 64 for ports of a switch, which hardwire it.
    public var readCompletionBoundary = 64
    /// 10-Bit Tag Completer Supported: of a root port, that host memory answers such requests.
    public var tenBitTagsSupported = true
    /// Maximum link speed as its code: 1 is 2.5 GT/s, then 5, 8, 16, 32.
    public var linkSpeed: UInt8 = 3
    /// Maximum link width in lanes: 1, 2, 4, 8, 12, 16 or 32.
    public var linkWidth: UInt8 = 8

    public init(_ portType: PortType, vendorID: UInt16 = 0x1de5, deviceID: UInt16) {
      self.portType = portType
      self.vendorID = vendorID
      self.deviceID = deviceID
    }
  }
}
