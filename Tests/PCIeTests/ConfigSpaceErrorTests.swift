import PCIe
import Testing

/// Error recording by the flow chart of PCI Express Base Specification 6.2.5.
@Suite("6.2 Errors: status registers and AER") struct ConfigSpaceErrorTests {
  private let identity = ConfigSpace.Identity()
  private let header = TLP.memoryRead(address: 0x1000, length: 4, tag: 1, requester: requester).header

  @Test func reportedBySeverity() {
    var config = ConfigSpace(identity: identity)
    #expect(config.record(.poisonedTLP, header: header) == nil)
    #expect(config.deviceStatus == 0x2 && config.errors.uncorrectableStatus == 1 << 12)
    config.deviceControl |= 0x2
    #expect(config.record(.poisonedTLP, header: header) == .errorNonFatal)
    #expect(config.record(.malformedTLP, header: header) == nil)
    config.deviceControl |= 0x4
    #expect(config.record(.malformedTLP, header: header) == .errorFatal)
    #expect(config.deviceStatus == 0x6 && config.status == 0)
  }

  @Test func systemErrorEnableReportsEverything() {
    var config = ConfigSpace(identity: identity)
    config.command = 0x100
    #expect(config.record(.unsupportedRequest, header: header) == .errorNonFatal)
    #expect(config.status == 0x4000)
  }

  @Test func unsupportedRequestHasItsOwnEnable() {
    var config = ConfigSpace(identity: identity)
    config.deviceControl |= 0x2
    #expect(config.record(.unsupportedRequest, header: header) == nil)
    #expect(config.deviceStatus == 0xa)
    config.deviceControl |= 0x8
    #expect(config.record(.unsupportedRequest, header: header) == .errorNonFatal)
  }

  @Test func maskedErrorsAreSeenButNotReported() {
    var config = ConfigSpace(identity: identity)
    config.deviceControl |= 0xf
    config.errors.uncorrectableMask = 1 << 14
    #expect(config.record(.completionTimeout, header: nil) == nil)
    #expect(
      config.errors.uncorrectableStatus == 1 << 14 && config.deviceStatus == 0x2 && config.errors.errorControl == 0)
  }

  @Test func firstErrorOwnsTheLog() {
    var config = ConfigSpace(identity: identity)
    _ = config.record(.poisonedTLP, header: header)
    _ = config.record(.malformedTLP, header: RawHeader(dwords: SIMD4(repeating: 7)))
    #expect(config.errors.errorControl & 0x1f == 12)
    #expect(
      (0..<4).map { config.read(register: 0x11c / 4 + $0, identity: identity) }
        == (0..<4).map { header.dwords[$0] })
    config.write(register: 0x104 / 4, value: 1 << 12, byteEnable: 0xf, identity: identity)
    #expect(config.errors.uncorrectableStatus == 1 << 18)
    _ = config.record(.malformedTLP, header: RawHeader(dwords: SIMD4(repeating: 7)))
    #expect(config.errors.errorControl & 0x1f == 18 && config.errors.headerLog0 == 7)
  }

  /// A masked error that comes after the first one was cleared does not own the log (6.2.4.2).
  @Test func maskedErrorsDoNotKeepTheLog() {
    var config = ConfigSpace(identity: identity)
    _ = config.record(.malformedTLP, header: header)
    _ = config.write(register: 0x104 / 4, value: .max, byteEnable: 0xf, identity: identity)
    #expect(config.errors.errorControl & 0x1f == 0)
    config.errors.uncorrectableMask = 1 << 18
    _ = config.record(.malformedTLP, header: header)
    _ = config.record(.unsupportedRequest, header: RawHeader(dwords: SIMD4(repeating: 7)))
    #expect(config.errors.errorControl & 0x1f == 20 && config.errors.headerLog0 == 7)
  }

  /// 7.5.1.1.4; of a bridge by the side from which it came (7.5.1.3.7).
  @Test func poisonIsAParityError() {
    var config = ConfigSpace(identity: identity)
    config.notePoison(requested: true)
    #expect(config.status == 0x8000)
    config.command |= 0x40
    config.notePoison(requested: false)
    #expect(config.status == 0x8000)
    config.notePoison(requested: true)
    #expect(config.status == 0x8100)
    _ = config.write(register: 1, value: 0x8100_0000, byteEnable: 0xc, identity: identity)
    #expect(config.status == 0)
    var bridge = BridgeConfigSpace(identity: .init(.rootPort, deviceID: 0x3001))
    bridge.notePoisonFromBelow(requested: true)
    #expect(bridge.secondaryStatus == 0x8000 && bridge.status == 0)
    bridge.bridgeControl |= 0x1
    bridge.notePoisonFromBelow(requested: true)
    #expect(bridge.secondaryStatus == 0x8100)
  }

  @Test func advisoryErrorsCountAsCorrectable() {
    var config = ConfigSpace(identity: identity)
    config.deviceControl |= 0xf
    #expect(config.record(.unsupportedRequest, header: header, advisory: true) == nil)
    #expect(
      config.deviceStatus == 0x9 && config.errors.correctableStatus == 0x2000 && config.errors.uncorrectableStatus == 0)
    config.errors.correctableMask = 0
    #expect(config.record(.unsupportedRequest, header: header, advisory: true) == .errorCorrectable)
    #expect(config.errors.uncorrectableStatus == 1 << 20)
    config.errors.uncorrectableSeverity = 1 << 20
    #expect(config.record(.unsupportedRequest, header: header, advisory: true) == .errorFatal)
  }

  @Test func correctableErrors() {
    var config = ConfigSpace(identity: identity)
    #expect(config.record(.badTLP) == nil)
    config.deviceControl |= 0x1
    #expect(config.record(.badTLP) == .errorCorrectable)
    #expect(config.errors.correctableStatus == 0x40 && config.deviceStatus == 0x1)
    config.errors.correctableMask = 0x40
    #expect(config.record(.badTLP) == nil)
  }
}
