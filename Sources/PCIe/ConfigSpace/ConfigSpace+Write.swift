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
    let lanes = laneMask(byteEnable)
    let offset = dw * 4
    switch offset {
    case ..<Layout.msi: writeHeader(offset, value, lanes, identity)
    case Layout.msi..<Layout.express: writeMSI(offset - Layout.msi, value, lanes)
    case Layout.express..<Layout.advancedErrors:
      return writeExpress(offset - Layout.express, value, lanes, identity)
    case Layout.advancedErrors..<Layout.end: errors.write(offset - Layout.advancedErrors, value, lanes)
    default: break
    }
    return .none
  }

  private mutating func writeHeader(_ offset: Int, _ value: UInt32, _ lanes: UInt32, _ identity: Identity) {
    switch offset {
    case 0x04:
      command.merge(value, Mask.command & lanes)
      status.clear((value & lanes) >> 16 & Mask.statusClear)
    case 0x0c: cacheLineSize.merge(value, 0xff & lanes)
    case 0x10...0x24: writeBAR((offset - 0x10) / 4, value, lanes, identity)
    case 0x3c: interruptLine.merge(value, 0xff & lanes)
    default: break
    }
  }

  private mutating func writeBAR(_ index: Int, _ value: UInt32, _ lanes: UInt32, _ identity: Identity) {
    guard let shape = identity.bar else { return }
    if index == shape.index {
      bar.merge(value, UInt32(truncatingIfNeeded: shape.addressMask) & lanes)
    } else if index == shape.index + 1, shape.is64Bit {
      barUpper.merge(value, UInt32(truncatingIfNeeded: shape.addressMask >> 32) & lanes)
    }
  }

  private mutating func writeMSI(_ offset: Int, _ value: UInt32, _ lanes: UInt32) {
    switch offset {
    case 0x0: msiControl.merge(value >> 16, Mask.msiControl & lanes >> 16)
    case 0x4:
      var low = UInt32(truncatingIfNeeded: msiAddress)
      low.merge(value, 0xffff_fffc & lanes)
      msiAddress = msiAddress & ~0xffff_ffff | UInt64(low)
    case 0x8:
      var high = UInt32(truncatingIfNeeded: msiAddress >> 32)
      high.merge(value, lanes)
      msiAddress = UInt64(high) << 32 | msiAddress & 0xffff_ffff
    case 0xc: msiData.merge(value, 0xffff & lanes)
    default: break
    }
  }

  private mutating func writeExpress(
    _ offset: Int, _ value: UInt32, _ lanes: UInt32, _ identity: Identity
  ) -> WriteEffect {
    switch offset {
    case 0x08:
      let tags = identity.extendedTagsSupported ? 0 : Mask.extendedTagEnable
      deviceControl.merge(value, Mask.deviceControl & ~tags & lanes)
      deviceStatus.clear((value & lanes) >> 16 & Mask.deviceStatusClear)
      return value & lanes & Mask.initiateReset != 0 ? .functionLevelReset : .none
    case 0x10: linkControl.merge(value, Mask.linkControl & lanes)
    case 0x28:
      let tags = identity.tenBitTagsSupported ? Mask.tenBitTagEnable : 0
      deviceControl2.merge(value, (Mask.deviceControl2 | tags) & lanes)
    case 0x30: linkControl2.merge(value, Mask.linkControl2 & lanes)
    default: break
    }
    return .none
  }

  /// Returns to the state out of reset, except for what Function Level Reset must keep (6.6.2): Max_Payload_Size,
  /// Link Control and Status, and the sticky registers of AER.
  public mutating func functionLevelReset(identity: Identity) {
    var fresh = ConfigSpace(identity: identity)
    fresh.deviceControl = fresh.deviceControl & ~0x00e0 | deviceControl & 0x00e0
    fresh.linkControl = linkControl
    fresh.linkStatus = linkStatus
    fresh.linkControl2 = linkControl2
    fresh.errors = errors
    self = fresh
  }
}
