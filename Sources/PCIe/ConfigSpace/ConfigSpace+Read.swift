extension ConfigSpace {
  /// The value of dword `dw` (0...1023); what is not implemented reads zero (PCI Express Base Specification 7.2, 7.5).
  public func read(register dw: Int, identity: Identity) -> UInt32 {
    let offset = dw * 4
    return switch offset {
    case ..<Layout.msi: readHeader(offset, identity)
    case Layout.msi..<Layout.express: readMSI(offset - Layout.msi)
    case Layout.express..<Layout.advancedErrors: readExpress(offset - Layout.express, identity)
    case Layout.advancedErrors..<Layout.end: errors.read(offset - Layout.advancedErrors, next: 0)
    default: 0
    }
  }

  /// Type 0 header (7.5.1).
  private func readHeader(_ offset: Int, _ identity: Identity) -> UInt32 {
    switch offset {
    case 0x00: UInt32(identity.deviceID) << 16 | UInt32(identity.vendorID)
    case 0x04: UInt32(status | 0x0010) << 16 | UInt32(command)
    case 0x08: identity.classCode << 8 | UInt32(identity.revision)
    case 0x0c: UInt32(cacheLineSize)
    case 0x10...0x24: readBAR((offset - 0x10) / 4, identity)
    case 0x2c: UInt32(identity.subsystemID) << 16 | UInt32(identity.subsystemVendorID)
    case 0x34: UInt32(Layout.msi)
    // Interrupt pin A.
    case 0x3c: 0x0100 | UInt32(interruptLine)
    default: 0
    }
  }

  /// A memory BAR is prefetchable, and says whether it has 64 bits; the registers of all others read zero (7.5.1.2.1).
  private func readBAR(_ index: Int, _ identity: Identity) -> UInt32 {
    guard let shape = identity.bar else { return 0 }
    if index == shape.index { return bar | (shape.is64Bit ? 0xc : 0x8) }
    return index == shape.index + 1 ? barUpper : 0
  }

  /// MSI capability with 64-bit address, one vector and no masking (7.7.1).
  private func readMSI(_ offset: Int) -> UInt32 {
    switch offset {
    case 0x0: UInt32(msiControl | 0x0080) << 16 | UInt32(Layout.express) << 8 | 0x05
    case 0x4: UInt32(truncatingIfNeeded: msiAddress)
    case 0x8: UInt32(truncatingIfNeeded: msiAddress >> 32)
    case 0xc: UInt32(msiData)
    default: 0
    }
  }

  /// PCI Express capability, version 2, endpoint (7.5.3).
  private func readExpress(_ offset: Int, _ identity: Identity) -> UInt32 {
    switch offset {
    case 0x00: 0x0002_0010
    case 0x04: deviceCapabilities(identity)
    case 0x08: UInt32(deviceStatus) << 16 | UInt32(deviceControl)
    // Port 0, no ASPM, which may be left out (bit 22).
    case 0x0c: 0x0040_0000 | UInt32(identity.linkWidth & 0x3f) << 4 | UInt32(identity.linkSpeed & 0xf)
    case 0x10: UInt32(linkStatus) << 16 | UInt32(linkControl)
    // Completion timeout ranges A to D, and its disabling.
    case 0x24: identity.tenBitTagsSupported ? 0x0003_001f : 0x0000_001f
    case 0x28: UInt32(deviceControl2)
    // Supported Link Speeds Vector: this one and all below.
    case 0x2c: (UInt32(1) << UInt32(identity.linkSpeed & 0xf) - 1) << 1
    case 0x30: UInt32(linkControl2)
    default: 0
    }
  }

  /// Role-based error reporting and function level reset beside the parameters (7.5.3.3).
  private func deviceCapabilities(_ identity: Identity) -> UInt32 {
    let payloadCode = UInt32(max(128, identity.maxPayloadSupported).trailingZeroBitCount - 7)
    return 0x1000_8000 | (identity.extendedTagsSupported ? 0x20 : 0) | payloadCode & 0x7
  }
}
