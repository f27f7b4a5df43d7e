extension BridgeConfigSpace {
  /// The value of dword `dw` (0...1023); what is not implemented reads zero (PCI Express Base Specification 7.2, 7.5).
  public func read(register dw: Int, identity: Identity) -> UInt32 {
    let offset = dw * 4
    return switch offset {
    case ..<0x40: readHeader(offset, identity)
    case Layout.express..<Layout.expressEnd: readExpress(offset - Layout.express, identity)
    case Layout.advancedErrors..<Layout.accessControl:
      errors.read(
        offset - Layout.advancedErrors, next: identity.portType.facesDownstream ? Layout.accessControl : 0)
    case Layout.accessControl..<Layout.accessControlEnd where identity.portType.facesDownstream:
      readAccessControl(offset - Layout.accessControl)
    default: 0
    }
  }

  /// Type 1 header (7.5.1.3). I/O base and limit read zero: there is no I/O window (7.5.1.3.6).
  private func readHeader(_ offset: Int, _ identity: Identity) -> UInt32 {
    switch offset {
    case 0x00: UInt32(identity.deviceID) << 16 | UInt32(identity.vendorID)
    case 0x04: UInt32(status | 0x0010) << 16 | UInt32(command)
    case 0x08: 0x0604_0000 | UInt32(identity.revision)
    case 0x0c: 0x0001_0000 | UInt32(cacheLineSize)
    case 0x18: UInt32(subordinateBus) << 16 | UInt32(secondaryBus) << 8 | UInt32(primaryBus)
    case 0x1c: UInt32(secondaryStatus) << 16
    case 0x20: UInt32(memoryLimit) << 16 | UInt32(memoryBase)
    // Both with 64-bit addresses.
    case 0x24: UInt32(prefetchableLimit | 1) << 16 | UInt32(prefetchableBase | 1)
    case 0x28: prefetchableBaseUpper
    case 0x2c: prefetchableLimitUpper
    case 0x34: UInt32(Layout.express)
    case 0x3c: UInt32(bridgeControl) << 16 | UInt32(interruptLine)
    default: 0
    }
  }

  /// PCI Express capability, version 2; the last of the first 256 bytes (7.5.3).
  private func readExpress(_ offset: Int, _ identity: Identity) -> UInt32 {
    switch offset {
    case 0x00: 0x0002_0010 | UInt32(identity.portType.rawValue) << 20
    // Role-based error reporting, 8-bit tags.
    case 0x04: 0x8020 | UInt32(max(128, identity.maxPayloadSupported).trailingZeroBitCount - 7) & 0x7
    case 0x08: UInt32(deviceStatus) << 16 | UInt32(deviceControl)
    case 0x0c: linkCapabilities(identity)
    case 0x10:
      UInt32(linkStatus) << 16 | UInt32(linkControl) | (identity.readCompletionBoundary == 128 ? 0x8 : 0)
    case 0x24: deviceCapabilities2(identity)
    case 0x28: UInt32(deviceControl2)
    // Supported Link Speeds Vector: this one and all below.
    case 0x2c: (UInt32(1) << UInt32(identity.linkSpeed & 0xf) - 1) << 1
    case 0x30: UInt32(linkControl2)
    default: 0
    }
  }

  /// No ASPM, which may be left out (bit 22); a port that faces downstream reports whether its link is active (7.5.3.6).
  private func linkCapabilities(_ identity: Identity) -> UInt32 {
    0x0040_0000 | UInt32(identity.portNumber) << 24 | (identity.portType.facesDownstream ? 0x0010_0000 : 0)
      | UInt32(identity.linkWidth & 0x3f) << 4 | UInt32(identity.linkSpeed & 0xf)
  }

  /// Atomic requests are routed; a root port asks, and so has completion timeouts of ranges A to D (7.5.3.15).
  private func deviceCapabilities2(_ identity: Identity) -> UInt32 {
    0x0040 | (identity.tenBitTagsSupported ? 0x1_0000 : 0) | (identity.portType == .rootPort ? 0x001f : 0)
  }

  /// Access Control Services: P2P Request and Completion Redirect, Upstream Forwarding (7.7.8).
  private func readAccessControl(_ offset: Int) -> UInt32 {
    offset == 0 ? 0x0001_0000 | Self.accessControlID : UInt32(accessControl) << 16 | Mask.accessControl
  }
}
