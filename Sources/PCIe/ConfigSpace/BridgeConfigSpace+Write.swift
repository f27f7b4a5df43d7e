extension BridgeConfigSpace {
  /// What a write asks of the port beyond the registers.
  public enum WriteEffect: Hashable, Sendable {
    case none
    /// Secondary Bus Reset changed to this: everything below is to be reset by a hot reset of the link, or released
    /// (7.5.1.3.13, 6.6.1).
    case secondaryBusReset(Bool)
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
    case 0x3c: return writeBridgeControl(value, lanes)
    case ..<0x3c: writeHeader(offset, value, lanes)
    case Layout.express..<Layout.expressEnd: writeExpress(offset - Layout.express, value, lanes, identity)
    case Layout.advancedErrors..<Layout.accessControl: errors.write(offset - Layout.advancedErrors, value, lanes)
    case Layout.accessControl + 4 where identity.portType.facesDownstream:
      accessControl.merge(value >> 16, Mask.accessControl & lanes >> 16)
    default: break
    }
    return .none
  }

  private mutating func writeHeader(_ offset: Int, _ value: UInt32, _ lanes: UInt32) {
    switch offset {
    case 0x04:
      command.merge(value, Mask.command & lanes)
      status.clear((value & lanes) >> 16 & Mask.statusClear)
    case 0x0c: cacheLineSize.merge(value, 0xff & lanes)
    case 0x18:
      primaryBus.merge(value, lanes)
      secondaryBus.merge(value >> 8, lanes >> 8)
      subordinateBus.merge(value >> 16, lanes >> 16)
    case 0x1c: secondaryStatus.clear((value & lanes) >> 16 & Mask.statusClear)
    case 0x20:
      memoryBase.merge(value, Mask.window & lanes)
      memoryLimit.merge(value >> 16, (Mask.window & lanes) >> 16)
    case 0x24:
      prefetchableBase.merge(value, Mask.window & lanes)
      prefetchableLimit.merge(value >> 16, (Mask.window & lanes) >> 16)
    case 0x28: prefetchableBaseUpper.merge(value, lanes)
    case 0x2c: prefetchableLimitUpper.merge(value, lanes)
    default: break
    }
  }

  private mutating func writeBridgeControl(_ value: UInt32, _ lanes: UInt32) -> WriteEffect {
    interruptLine.merge(value, 0xff & lanes)
    let before = secondaryBusReset
    bridgeControl.merge(value >> 16, Mask.bridgeControl & lanes >> 16)
    return secondaryBusReset == before ? .none : .secondaryBusReset(secondaryBusReset)
  }

  private mutating func writeExpress(_ offset: Int, _ value: UInt32, _ lanes: UInt32, _ identity: Identity) {
    switch offset {
    case 0x08:
      deviceControl.merge(value, Mask.deviceControl & lanes)
      deviceStatus.clear((value & lanes) >> 16 & Mask.deviceStatusClear)
    case 0x10: linkControl.merge(value, Mask.linkControl & lanes)
    case 0x28: if identity.portType == .rootPort { deviceControl2.merge(value, Mask.deviceControl2 & lanes) }
    case 0x30: linkControl2.merge(value, Mask.linkControl2 & lanes)
    default: break
    }
  }

  /// Returns to the state out of reset, as a hot reset of the link above does; the sticky registers of AER and Link
  /// Status stay (6.6.1, 7.8.4).
  public mutating func hotReset(identity: Identity) {
    var fresh = BridgeConfigSpace(identity: identity)
    fresh.linkStatus = linkStatus
    fresh.errors = errors
    self = fresh
  }
}
