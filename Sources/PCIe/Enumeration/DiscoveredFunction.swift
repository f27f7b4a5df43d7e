/// A function that a host found, with what it was given.
public struct DiscoveredFunction: Hashable, Sendable {
  /// A memory BAR and its place.
  public struct BAR: Hashable, Sendable {
    /// Number of its first register, 0...5.
    public var index: Int
    /// Bytes, a power of two.
    public var size: UInt64
    public var is64Bit: Bool
    public var isPrefetchable: Bool
    /// First bus address, a multiple of `size`.
    public var base: UInt64 = 0

    /// The bus addresses that it answers.
    public var range: Range<UInt64> { base..<base + size }

    /// Only prefetchable windows of bridges reach beyond 4 GiB (PCI Express Base Specification 7.5.1.3.9).
    var space: AddressSpace { is64Bit && isPrefetchable ? .prefetchable : .memory }
  }

  public var id: DeviceID
  public var vendorID: UInt16 = 0
  public var deviceID: UInt16 = 0
  /// 24 bits: base class, subclass, interface.
  public var classCode: UInt32 = 0
  /// Device/Port Type, 0 for an endpoint; nil without PCI Express capability (PCI Express Base Specification 7.5.3.2).
  public var portType: UInt8?
  public var bars: [BAR] = []
  /// The MSI vector, the data of its message; nil without MSI.
  public var msiVector: UInt8?
  /// The bridge above; nil for a root port.
  public var parent: DeviceID?
  /// Bridges above.
  public var depth: Int
  /// Of a bridge: secondary to subordinate bus.
  public var buses: ClosedRange<UInt8>?
  /// Of a bridge: what it lets through to memory below 4 GiB, and to prefetchable memory; nil when closed.
  public var memoryWindow: Range<UInt64>?
  public var prefetchableWindow: Range<UInt64>?
  var isBridge = false
  var isMultiFunction = false
  var capabilities = Capabilities()

  init(_ id: DeviceID, parent: DeviceID?, depth: Int) {
    self.id = id
    self.parent = parent
    self.depth = depth
  }

  /// What the function can do, and byte offsets of its capabilities.
  struct Capabilities: Hashable, Sendable {
    var messageInterrupt: Int?
    /// MSI with a 64-bit address (7.7.1.2).
    var messageInterrupt64 = false
    var express: Int?
    var advancedErrors: Int?
    var accessControl: Int?
    /// Max_Payload_Size Supported in bytes.
    var maxPayload = 128
    var extendedTags = false
    var tenBitRequester = false
    var tenBitCompleter = false
    /// RCB is 128 bytes (Link Control bit 3).
    var wideReadCompletionBoundary = false
  }
}

/// The two windows of a bridge, which are also the two kinds of BAR.
enum AddressSpace: CaseIterable, Sendable {
  /// Below 4 GiB.
  case memory
  /// 64 bits, prefetchable.
  case prefetchable
}
