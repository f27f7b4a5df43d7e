extension ConfigSpace {
  /// What a write asks of the device beyond the registers.
  public enum WriteEffect: UInt8, Hashable, Sendable {
    case none = 0
    /// Initiate Function Level Reset was written as one (7.5.3.4): call `functionLevelReset` and reset the device.
    case functionLevelReset = 1
  }

  /// Writes the bytes of `value` that `byteEnable` (4 bits, bit 0 for bits 7:0) selects into dword `dw` (0...1023).
  /// Read-only bits, and dwords that are not implemented, ignore it (PCI Express Base Specification 7.4).
  @discardableResult
  public mutating func write(
    register dw: Int, value: UInt32, byteEnable: UInt8, identity: Identity
  ) -> WriteEffect {
    let lanes = Self.laneMask(byteEnable)
    let offset = dw * 4
    switch offset {
    case ..<Layout.msi: writeHeader(offset, value, lanes, identity)
    case Layout.msi..<Layout.express: writeMSI(offset - Layout.msi, value, lanes)
    case Layout.express..<Layout.advancedErrors:
      return writeExpress(offset - Layout.express, value, lanes, identity)
    case Layout.advancedErrors..<Layout.end: writeAdvancedErrors(offset - Layout.advancedErrors, value, lanes)
    default: break
    }
    return .none
  }

  private mutating func writeHeader(_ offset: Int, _ value: UInt32, _ lanes: UInt32, _ identity: Identity) {
    switch offset {
    case 0x04:
      command = Self.merged(command, value, Mask.command & lanes)
      status = Self.cleared(status, (value & lanes) >> 16 & Mask.statusClear)
    case 0x0c: cacheLineSize = Self.merged(cacheLineSize, value, 0xff & lanes)
    case 0x20: bar4 = Self.merged(bar4, value, Mask.bar4 & lanes)
    case 0x24: if identity.bar4Is64Bit { bar5 = Self.merged(bar5, value, lanes) }
    case 0x3c: interruptLine = Self.merged(interruptLine, value, 0xff & lanes)
    default: break
    }
  }

  private mutating func writeMSI(_ offset: Int, _ value: UInt32, _ lanes: UInt32) {
    switch offset {
    case 0x0: msiControl = Self.merged(msiControl, value >> 16, Mask.msiControl & lanes >> 16)
    case 0x4:
      let low = Self.merged(UInt32(truncatingIfNeeded: msiAddress), value, 0xffff_fffc & lanes)
      msiAddress = msiAddress & ~0xffff_ffff | UInt64(low)
    case 0x8:
      let high = Self.merged(UInt32(truncatingIfNeeded: msiAddress >> 32), value, lanes)
      msiAddress = UInt64(high) << 32 | msiAddress & 0xffff_ffff
    case 0xc: msiData = Self.merged(msiData, value, 0xffff & lanes)
    default: break
    }
  }

  private mutating func writeExpress(
    _ offset: Int, _ value: UInt32, _ lanes: UInt32, _ identity: Identity
  ) -> WriteEffect {
    switch offset {
    case 0x08:
      let tags = identity.extendedTagsSupported ? 0 : Mask.extendedTagEnable
      deviceControl = Self.merged(deviceControl, value, Mask.deviceControl & ~tags & lanes)
      deviceStatus = Self.cleared(deviceStatus, (value & lanes) >> 16 & Mask.deviceStatusClear)
      return value & lanes & Mask.initiateReset != 0 ? .functionLevelReset : .none
    case 0x10: linkControl = Self.merged(linkControl, value, Mask.linkControl & lanes)
    case 0x28:
      let tags = identity.tenBitTagsSupported ? Mask.tenBitTagEnable : 0
      deviceControl2 = Self.merged(deviceControl2, value, (Mask.deviceControl2 | tags) & lanes)
    case 0x30: linkControl2 = Self.merged(linkControl2, value, Mask.linkControl2 & lanes)
    default: break
    }
    return .none
  }

  private mutating func writeAdvancedErrors(_ offset: Int, _ value: UInt32, _ lanes: UInt32) {
    switch offset {
    case 0x04: uncorrectableStatus = Self.cleared(uncorrectableStatus, value & lanes)
    case 0x08: uncorrectableMask = Self.merged(uncorrectableMask, value, Mask.uncorrectable & lanes)
    case 0x0c: uncorrectableSeverity = Self.merged(uncorrectableSeverity, value, Mask.uncorrectable & lanes)
    case 0x10: correctableStatus = Self.cleared(correctableStatus, value & lanes)
    case 0x14: correctableMask = Self.merged(correctableMask, value, Mask.correctable & lanes)
    case 0x18: errorControl = Self.merged(errorControl, value, Mask.errorControl & lanes)
    default: break
    }
  }

  /// Returns to the state out of reset, except for what Function Level Reset must keep (6.6.2): Max_Payload_Size,
  /// Link Control and Status, and the sticky registers of AER.
  public mutating func functionLevelReset(identity: Identity) {
    var fresh = ConfigSpace(identity: identity)
    fresh.deviceControl = fresh.deviceControl & ~0x00e0 | deviceControl & 0x00e0
    fresh.linkControl = linkControl
    fresh.linkStatus = linkStatus
    fresh.linkControl2 = linkControl2
    fresh.correctableStatus = correctableStatus
    fresh.correctableMask = correctableMask
    fresh.uncorrectableStatus = uncorrectableStatus
    fresh.uncorrectableMask = uncorrectableMask
    fresh.uncorrectableSeverity = uncorrectableSeverity
    fresh.errorControl = errorControl
    (fresh.headerLog0, fresh.headerLog1) = (headerLog0, headerLog1)
    (fresh.headerLog2, fresh.headerLog3) = (headerLog2, headerLog3)
    self = fresh
  }

  private static func laneMask(_ byteEnable: UInt8) -> UInt32 {
    (byteEnable & 1 != 0 ? 0xff : 0) | (byteEnable & 2 != 0 ? 0xff00 : 0)
      | (byteEnable & 4 != 0 ? 0xff_0000 : 0) | (byteEnable & 8 != 0 ? 0xff00_0000 : 0)
  }

  private static func merged<Field: FixedWidthInteger>(_ old: Field, _ value: UInt32, _ mask: UInt32) -> Field {
    old & ~Field(truncatingIfNeeded: mask) | Field(truncatingIfNeeded: value & mask)
  }

  private static func cleared<Field: FixedWidthInteger>(_ old: Field, _ ones: UInt32) -> Field {
    old & ~Field(truncatingIfNeeded: ones)
  }
}
