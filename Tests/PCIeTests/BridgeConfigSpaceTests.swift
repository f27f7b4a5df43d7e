import PCIe
import TestSupport
import Testing

/// Type 1 configuration space (PCI Express Base Specification 7.5.1.3).
@Suite("7.5.1.3 Configuration space: type 1") struct BridgeConfigSpaceTests {
  private let identity = BridgeConfigSpace.Identity(.downstream, deviceID: 0x3002)

  private func space(_ identity: BridgeConfigSpace.Identity? = nil) -> BridgeConfigSpace {
    BridgeConfigSpace(identity: identity ?? self.identity)
  }

  private func write(_ config: inout BridgeConfigSpace, _ offset: Int, _ value: UInt32, byteEnable: UInt8 = 0xf) {
    config.write(register: offset / 4, value: value, byteEnable: byteEnable, identity: identity)
  }

  private func read(_ config: BridgeConfigSpace, _ offset: Int) -> UInt32 {
    config.read(register: offset / 4, identity: identity)
  }

  @Test func identityOfABridge() {
    let config = space()
    #expect(read(config, 0x00) == 0x3002_1de5)
    #expect(read(config, 0x08) == 0x0604_0000)
    #expect(read(config, 0x0c) == 0x0001_0000)
    #expect(read(config, 0x34) == 0x70)
  }

  /// Device/Port Type, and Access Control Services on ports that face downstream only (7.5.3.2, 6.12.1.1).
  @Test(arguments: [
    (BridgeConfigSpace.PortType.rootPort, UInt32(0x0042_0010), UInt32(0x1482_0001)),
    (.upstream, 0x0052_0010, 0x0002_0001), (.downstream, 0x0062_0010, 0x1482_0001),
  ])
  func capabilitiesByPortType(_ portType: BridgeConfigSpace.PortType, _ express: UInt32, _ errors: UInt32) {
    let identity = BridgeConfigSpace.Identity(portType, deviceID: 0x3001)
    let config = space(identity)
    #expect(config.read(register: 0x70 / 4, identity: identity) == express)
    #expect(config.read(register: 0x100 / 4, identity: identity) == errors)
    let hasACS = config.read(register: 0x148 / 4, identity: identity) == 0x0001_000d
    #expect(hasACS == (portType != .upstream))
  }

  /// 7.5.1.3.2 to 7.5.1.3.4. A bridge without numbers has nothing below it.
  @Test func busNumbersRoute() {
    var config = space()
    #expect(!(0...255).contains { config.routes(UInt8($0)) })
    write(&config, 0x18, 0xff05_0302)
    #expect(read(config, 0x18) == 0x0005_0302)
    #expect((0...255).filter { config.routes(UInt8($0)) } == [3, 4, 5])
    write(&config, 0x18, 0x0004_0000, byteEnable: 0x4)
    #expect((0...255).filter { config.routes(UInt8($0)) } == [3, 4])
  }

  /// 7.5.1.3.8: MiB granularity, limit inclusive, closed when the limit lies below the base.
  @Test func memoryWindow() {
    var config = space()
    write(&config, 0x24, 0x0000_fff0)
    write(&config, 0x20, 0xe0ff_e00f)
    #expect(read(config, 0x20) == 0xe0f0_e000)
    #expect(!config.claims(0xe000_0000))
    write(&config, 0x04, 0x2)
    #expect(config.claims(0xe000_0000) && config.claims(0xe0ff_ffff))
    #expect(!config.claims(0xdfff_ffff) && !config.claims(0xe100_0000) && !config.claims(0x1_e000_0000))
    write(&config, 0x20, 0xdff0_e000)
    #expect(!config.claims(0xe000_0000) && !config.claims(0xdff0_0000))
  }

  /// 7.5.1.3.9: 64-bit addresses.
  @Test func prefetchableWindow() {
    var config = space()
    write(&config, 0x20, 0x0000_fff0)
    write(&config, 0x24, 0x0010_8000)
    #expect(read(config, 0x24) == 0x0011_8001)
    write(&config, 0x28, 0x70)
    write(&config, 0x2c, 0x71)
    write(&config, 0x04, 0x2)
    #expect(config.claims(0x70_8000_0000) && config.claims(0x71_001f_ffff) && config.claims(0x70_ffff_ffff))
    #expect(!config.claims(0x70_7fff_ffff) && !config.claims(0x71_0020_0000) && !config.claims(0x8000_0000))
  }

  /// 7.5.1.3.13: the port hears of each change, once.
  @Test func secondaryBusReset() {
    var config = space()
    func write(_ value: UInt32, _ byteEnable: UInt8 = 0xf) -> BridgeConfigSpace.WriteEffect {
      config.write(register: 0x3c / 4, value: value, byteEnable: byteEnable, identity: identity)
    }
    #expect(write(0x0040_0000, 0x3) == .none)
    #expect(write(0x0042_000b) == .secondaryBusReset(true))
    #expect(read(config, 0x3c) == 0x0042_000b && config.secondaryBusReset)
    #expect(write(0x0042_000b) == .none)
    #expect(write(0x0002_000b) == .secondaryBusReset(false))
  }

  @Test func accessControl() {
    var config = space()
    #expect(read(config, 0x14c) == 0x0000_001c)
    write(&config, 0x14c, 0xffff_ffff)
    #expect(read(config, 0x14c) == 0x001c_001c)
    #expect(config.redirectsRequests && config.redirectsCompletions && config.forwardsUpstream)
    write(&config, 0x14c, 0x0004_0000)
    #expect(config.redirectsRequests && !config.redirectsCompletions && !config.forwardsUpstream)
  }

  /// Data Link Layer Link Active Reporting (7.5.3.6, 7.5.3.8).
  @Test func linkState() {
    var config = space()
    #expect(read(config, 0x7c) == 0x0050_0083)
    #expect(read(config, 0x80) == 0x2083_0000)
    config.linkIsActive = false
    #expect(read(config, 0x80) == 0x0083_0000)
    let upstream = BridgeConfigSpace.Identity(.upstream, deviceID: 0x3001)
    #expect(space(upstream).read(register: 0x7c / 4, identity: upstream) == 0x0040_0083)
    #expect(!space(upstream).linkIsActive)
  }

  /// RCB is a fixed property of a root port (7.5.3.7).
  @Test func readCompletionBoundaryOfARootPort() {
    var root = BridgeConfigSpace.Identity(.rootPort, deviceID: 0x3000)
    root.readCompletionBoundary = 128
    var config = space(root)
    config.write(register: 0x80 / 4, value: 0, byteEnable: 0xf, identity: root)
    #expect(config.read(register: 0x80 / 4, identity: root) & 0xffff == 0x8)
  }

  /// Bridge Control SERR# Enable, then the enables of the function itself, as for its own errors (6.2.5).
  @Test(arguments: [
    (MessageCode.errorCorrectable, UInt16(0x1)), (.errorNonFatal, 0x2), (.errorFatal, 0x4),
  ])
  func errorMessagesPass(_ message: MessageCode, _ enable: UInt16) {
    var config = space()
    config.deviceControl = enable
    func passes() -> Bool { config.forwards(message) }
    #expect(!passes())
    #expect(config.secondaryStatus == (enable == 1 ? 0 : 0x4000))
    config.bridgeControl = 0x2
    #expect(passes() && config.status == 0)
    config.deviceControl = ~enable
    #expect(!passes())
    config.command = 0x100
    #expect(passes() == (enable != 1))
    #expect(config.status == (enable == 1 ? 0 : 0x4000))
  }

  /// The same registers and rules as in an endpoint (6.2.5).
  @Test func errorsAreRecorded() {
    var config = space()
    config.deviceControl |= 0xf
    #expect(config.record(.malformedTLP, header: nil) == .errorFatal)
    #expect(config.record(.badTLP) == .errorCorrectable)
    #expect(read(config, 0x104) == 1 << 18 && read(config, 0x110) == 0x40)
    #expect(read(config, 0x78) >> 16 == 0x5)
    write(&config, 0x78, 0x0001_0000)
    #expect(read(config, 0x78) >> 16 == 0x4)
  }

  /// What a hot reset must keep: the sticky registers (6.6.1, 7.8.4).
  @Test func hotResetKeepsTheErrors() {
    var config = space()
    write(&config, 0x04, 0x6)
    write(&config, 0x18, 0x0005_0302)
    write(&config, 0x108, 0x0010_0000)
    _ = config.record(.malformedTLP, header: nil)
    config.linkIsActive = false
    config.hotReset(identity: identity)
    #expect(config.command == 0 && config.secondaryBus == 0 && !config.linkIsActive)
    #expect(config.errors.uncorrectableMask == 0x0010_0000 && config.errors.uncorrectableStatus == 1 << 18)
    #expect(config.deviceStatus == 0)
  }

  /// No write, whatever its bits, changes what hardware fixes; no access traps.
  @Test func readOnlyBitsStay() {
    let fixed: [(Int, UInt32)] = [
      (0x00, .max), (0x04, 0x07ff_fab9), (0x08, .max), (0x0c, 0xffff_ff00), (0x10, .max), (0x14, .max),
      (0x18, 0xff00_0000), (0x1c, 0x06ff_ffff), (0x20, 0x000f_000f), (0x24, 0x000f_000f), (0x30, .max), (0x34, .max),
      (0x38, .max), (0x3c, 0xffbc_ff00), (0x70, .max), (0x74, .max), (0x7c, .max), (0x80, 0xffff_fd3c), (0x94, .max),
      (0x98, .max), (0x9c, .max), (0x100, .max), (0x12c, .max), (0x130, .max), (0x148, .max), (0x14c, 0xffe3_ffff),
    ]
    var random = SeededRandom(state: 4)
    var config = space()
    let before = fixed.map { read(config, $0.0) & $0.1 }
    for _ in 0..<20_000 {
      config.write(
        register: random.below(1024), value: UInt32(truncatingIfNeeded: random.next()),
        byteEnable: UInt8(random.below(16)), identity: identity)
    }
    #expect(fixed.map { read(config, $0.0) & $0.1 } == before)
    for register in -1...1024 { _ = config.read(register: register, identity: identity) }
  }
}
