import SimKernel

/// Configuration space of a PCI-PCI bridge: of a root port, or of a port of a switch (PCI Express Base Specification
/// 5.0, 7.5.1.3). No I/O window and no BAR of its own; PCI Express, Advanced Error Reporting and, on ports that face
/// downstream, Access Control Services capabilities.
///
/// As `ConfigSpace`, it holds only what can change, one plain integer per field, and `Identity` supplies the rest.
public struct BridgeConfigSpace: ExpressFunction, Hashable, Sendable {
  /// Command (offset 0x04): Memory Space lets requests through downstream, Bus Master upstream.
  public var command: UInt16 = 0
  /// Status (0x06) of the primary side, without Capabilities List.
  public var status: UInt16 = 0
  /// Cache Line Size (0x0c): no effect, kept for software.
  public var cacheLineSize: UInt8 = 0
  /// Number of the bus above (0x18): no effect, kept for software.
  public var primaryBus: UInt8 = 0
  /// Number of the bus below (0x19), 0 until software gives it one.
  public var secondaryBus: UInt8 = 0
  /// The highest bus number below (0x1a).
  public var subordinateBus: UInt8 = 0
  /// Status of the secondary side (0x1e).
  public var secondaryStatus: UInt16 = 0
  /// Address bits 31:20 of the first and the last MiB of the memory window, at bits 15:4 (0x20, 0x22).
  public var memoryBase: UInt16 = 0
  public var memoryLimit: UInt16 = 0
  /// The same of the prefetchable window (0x24, 0x26), and address bits 63:32 (0x28, 0x2c).
  public var prefetchableBase: UInt16 = 0
  public var prefetchableLimit: UInt16 = 0
  public var prefetchableBaseUpper: UInt32 = 0
  public var prefetchableLimitUpper: UInt32 = 0
  /// Interrupt Line (0x3c): no effect, kept for software.
  public var interruptLine: UInt8 = 0
  /// Bridge Control (0x3e): bit 1 SERR# Enable, bit 6 Secondary Bus Reset.
  public var bridgeControl: UInt16 = 0
  /// Device Control; out of reset MRRS is 512 and Relaxed Ordering is enabled (7.5.3.4).
  public var deviceControl: UInt16 = 0x2010
  public var deviceStatus: UInt16 = 0
  /// Link Control and Status of the link below a port that faces downstream, or above one that faces upstream.
  public var linkControl: UInt16 = 0
  /// Link Status: bits 3:0 current speed, 9:4 negotiated width, 13 Data Link Layer Link Active; kept by the port.
  public var linkStatus: UInt16
  public var deviceControl2: UInt16 = 0
  public var linkControl2: UInt16
  /// ACS Control: bit 2 P2P Request Redirect, bit 3 P2P Completion Redirect (7.7.8.3).
  public var accessControl: UInt16 = 0
  /// Advanced Error Reporting.
  public var errors = AdvancedErrors()

  /// The state out of a fundamental reset, with the link trained to the maximum of `identity`.
  public init(identity: Identity) {
    linkStatus = UInt16(identity.linkSpeed & 0xf) | UInt16(identity.linkWidth & 0x3f) << 4
    linkControl2 = UInt16(identity.linkSpeed & 0xf)
    linkIsActive = identity.portType.facesDownstream
  }
}

extension BridgeConfigSpace: TracedState {
  public static var signals: [SignalDeclaration<BridgeConfigSpace>] {
    [
      .bits("command", \.command), .bits("status", \.status), .bits("cacheLineSize", \.cacheLineSize),
      .bits("primaryBus", \.primaryBus), .bits("secondaryBus", \.secondaryBus),
      .bits("subordinateBus", \.subordinateBus), .bits("secondaryStatus", \.secondaryStatus),
      .bits("memoryBase", \.memoryBase), .bits("memoryLimit", \.memoryLimit),
      .bits("prefetchableBase", \.prefetchableBase), .bits("prefetchableLimit", \.prefetchableLimit),
      .bits("prefetchableBaseUpper", \.prefetchableBaseUpper),
      .bits("prefetchableLimitUpper", \.prefetchableLimitUpper), .bits("interruptLine", \.interruptLine),
      .bits("bridgeControl", \.bridgeControl), .bits("deviceControl", \.deviceControl),
      .bits("deviceStatus", \.deviceStatus), .bits("linkControl", \.linkControl), .bits("linkStatus", \.linkStatus),
      .bits("deviceControl2", \.deviceControl2), .bits("linkControl2", \.linkControl2),
      .bits("accessControl", \.accessControl), .embedded(\.errors),
    ]
  }
}

extension BridgeConfigSpace {
  /// Whether a memory request to `address` is for what lies below: memory space is enabled and the address is in a
  /// window. A window whose limit is below its base is closed (7.5.1.3.8, 7.5.1.3.9).
  @inlinable
  public func claims(_ address: UInt64) -> Bool {
    guard memorySpaceEnabled else { return false }
    let mebibyte = address >> 20
    if UInt64(memoryBase >> 4) <= mebibyte && mebibyte <= UInt64(memoryLimit >> 4) { return true }
    let first = UInt64(prefetchableBaseUpper) << 12 | UInt64(prefetchableBase >> 4)
    let last = UInt64(prefetchableLimitUpper) << 12 | UInt64(prefetchableLimit >> 4)
    return first <= mebibyte && mebibyte <= last
  }

  /// Whether bus `bus` lies below: it is in secondary...subordinate. Bus 0 is always the root's, so that a bridge that
  /// software has not numbered yet has nothing below (7.5.1.3.3, 7.5.1.3.4).
  @inlinable
  public func routes(_ bus: UInt8) -> Bool { secondaryBus != 0 && secondaryBus <= bus && bus <= subordinateBus }

  /// Data Link Layer Link Active (Link Status bit 13).
  @inlinable
  public var linkIsActive: Bool {
    get { linkStatus & 0x2000 != 0 }
    set { linkStatus = linkStatus & ~0x2000 | (newValue ? 0x2000 : 0) }
  }

  /// Whether software holds the bus below in reset (Bridge Control bit 6).
  @inlinable
  public var secondaryBusReset: Bool { bridgeControl & 0x40 != 0 }

  /// Whether peer-to-peer requests from below go upstream, to be judged there (ACS Control bit R, 6.12.1).
  @inlinable
  public var redirectsRequests: Bool { accessControl & 0x4 != 0 }

  /// Whether peer-to-peer completions from below go upstream (ACS Control bit C, 6.12.1).
  @inlinable
  public var redirectsCompletions: Bool { accessControl & 0x8 != 0 }

  /// Whether what a switch below redirected goes on upstream, although its way is back down (ACS Control bit U, 6.12.1).
  @inlinable
  public var forwardsUpstream: Bool { accessControl & 0x10 != 0 }

  /// Notes that poisoned data has come from below: as `notePoison(requested:)`, by Bridge Control and Secondary Status
  /// (7.5.1.3.7, 7.5.1.3.13).
  public mutating func notePoisonFromBelow(requested: Bool) {
    secondaryStatus |= 0x8000
    if requested && bridgeControl & 0x1 != 0 { secondaryStatus |= 0x100 }
  }

  /// Whether an error message from below goes on upstream, noted in the status registers (6.2.5): Bridge Control SERR#
  /// Enable lets it through, and then this function must report errors of its kind.
  public mutating func forwards(_ message: MessageCode) -> Bool {
    let isCorrectable = message == .errorCorrectable
    // Received System Error (7.5.1.3.7).
    if !isCorrectable { secondaryStatus |= 0x4000 }
    guard bridgeControl & 0x2 != 0 else { return false }
    let enable: UInt16 = isCorrectable ? 0x1 : message == .errorFatal ? 0x4 : 0x2
    guard deviceControl & enable != 0 || !isCorrectable && command & 0x100 != 0 else { return false }
    if !isCorrectable && command & 0x100 != 0 { status |= 0x4000 }
    return true
  }
}
