import PCIe
import TestSupport
import Testing

@Suite("7.5 Configuration space: type 0") struct ConfigSpaceTests {
  private let identity = ConfigSpace.Identity()

  private func space(_ identity: ConfigSpace.Identity = .init()) -> ConfigSpace { ConfigSpace(identity: identity) }

  @Test func identityOfTheDevice() {
    let config = space()
    #expect(config.read(register: 0, identity: identity) == 0x3000_1de5)
    #expect(config.read(register: 1, identity: identity) == 0x0010_0000)
    #expect(config.read(register: 2, identity: identity) == 0xff00_0010)
    #expect(config.read(register: 0x2c / 4, identity: identity) == 0x1100_1af4)
    #expect(config.read(register: 0x3c / 4, identity: identity) == 0x0000_0100)
  }

  @Test func capabilitiesAreChained() {
    let config = space()
    var found: [UInt8] = []
    var pointer = Int(config.read(register: 0x34 / 4, identity: identity) & 0xff)
    while pointer != 0 {
      let header = config.read(register: pointer / 4, identity: identity)
      found.append(UInt8(header & 0xff))
      pointer = Int(header >> 8 & 0xff)
    }
    #expect(found == [0x05, 0x10])
    #expect(config.read(register: 0x100 / 4, identity: identity) == 0x0002_0001)
    #expect(config.read(register: 0x3ff, identity: identity) == 0)
  }

  /// What `__pci_read_base` of Linux does: memory off, save, write all ones, read, restore.
  @Test func linuxSizesBar4() {
    var config = space()
    config.write(register: 1, value: 0x0, byteEnable: 0x3, identity: identity)
    for bar in [4, 5, 6, 7, 9] {
      config.write(register: bar, value: 0xffff_ffff, byteEnable: 0xf, identity: identity)
      #expect(config.read(register: bar, identity: identity) == 0)
    }
    let saved = config.read(register: 8, identity: identity)
    config.write(register: 8, value: 0xffff_ffff, byteEnable: 0xf, identity: identity)
    let sized = config.read(register: 8, identity: identity)
    config.write(register: 8, value: saved, byteEnable: 0xf, identity: identity)
    #expect(sized == 0xff00_0008)
    #expect(~(sized & 0xffff_fff0) &+ 1 == 16 << 20)
    #expect(config.read(register: 8, identity: identity) == 0x0000_0008)
  }

  @Test func sizesBar4With64Bits() {
    var wide = ConfigSpace.Identity()
    wide.bar?.is64Bit = true
    var config = space(wide)
    for bar in [8, 9] { config.write(register: bar, value: 0xffff_ffff, byteEnable: 0xf, identity: wide) }
    #expect(config.read(register: 8, identity: wide) == 0xff00_000c)
    #expect(config.read(register: 9, identity: wide) == 0xffff_ffff)
    config.write(register: 8, value: 0x0200_0000, byteEnable: 0xf, identity: wide)
    config.write(register: 9, value: 0x0000_0070, byteEnable: 0xf, identity: wide)
    config.write(register: 1, value: 0x2, byteEnable: 0x3, identity: wide)
    #expect(config.barBase(wide) == 0x70_0200_0000)
    #expect(config.claims(0x70_02ff_ffff, wide) && !config.claims(0x70_0300_0000, wide))
    #expect(!config.claims(0x0200_0000, wide))
  }

  /// A peer's identity: an NVMe drive with a 64-bit BAR0 of 64 KiB (7.5.1.2.1).
  @Test func sizesTheBarOfAPeer() {
    var drive = ConfigSpace.Identity()
    (drive.vendorID, drive.deviceID, drive.classCode) = (0x144d, 0xa80a, 0x010802)
    drive.bar = .init(index: 0, sizeLog2: 16, is64Bit: true)
    var config = space(drive)
    #expect(config.read(register: 0, identity: drive) == 0xa80a_144d)
    #expect(config.read(register: 2, identity: drive) == 0x0108_0210)
    for bar in 4...9 { config.write(register: bar, value: .max, byteEnable: 0xf, identity: drive) }
    #expect((4...9).map { config.read(register: $0, identity: drive) } == [0xffff_000c, .max, 0, 0, 0, 0])
    config.write(register: 4, value: 0x8000_ffff, byteEnable: 0xf, identity: drive)
    config.write(register: 5, value: 0x1, byteEnable: 0xf, identity: drive)
    config.write(register: 1, value: 0x2, byteEnable: 0x3, identity: drive)
    #expect(config.barBase(drive) == 0x1_8000_0000)
    #expect(config.claims(0x1_8000_ffff, drive) && !config.claims(0x1_8001_0000, drive))
  }

  /// Beyond 4 GiB of size, address bits of the upper register are fixed too.
  @Test func sizesABarOf8GiB() {
    var large = identity
    large.bar = .init(index: 2, sizeLog2: 33, is64Bit: true)
    var config = space(large)
    for bar in 6...7 { config.write(register: bar, value: .max, byteEnable: 0xf, identity: large) }
    #expect((6...7).map { config.read(register: $0, identity: large) } == [0x0000_000c, 0xffff_fffe])
  }

  @Test func aFunctionMayHaveNoBar() {
    var bare = identity
    bare.bar = nil
    var config = space(bare)
    for bar in 4...9 { config.write(register: bar, value: .max, byteEnable: 0xf, identity: bare) }
    config.write(register: 1, value: 0x2, byteEnable: 0x3, identity: bare)
    #expect((4...9).allSatisfy { config.read(register: $0, identity: bare) == 0 })
    #expect(config.barBase(bare) == nil && !config.claims(0, bare))
  }

  @Test func memorySpaceGatesTheBar() {
    var config = space()
    config.write(register: 8, value: 0xfe00_0000, byteEnable: 0xf, identity: identity)
    #expect(config.barBase(identity) == nil && !config.claims(0xfe00_0000, identity))
    config.write(register: 1, value: 0x2, byteEnable: 0x3, identity: identity)
    #expect(config.memorySpaceEnabled && !config.busMasterEnabled)
    #expect(config.barBase(identity) == 0xfe00_0000)
    #expect(config.claims(0xfe00_0000, identity) && config.claims(0xfeff_ffff, identity))
    #expect(!config.claims(0xfdff_ffff, identity) && !config.claims(0xff00_0000, identity))
    #expect(!config.claims(0x1_fe00_0000, identity))
  }

  @Test func byteEnablesSelectLanes() {
    var config = space()
    config.write(register: 8, value: 0xaa00_0000, byteEnable: 0x7, identity: identity)
    #expect(config.bar == 0)
    config.write(register: 8, value: 0xaa00_0000, byteEnable: 0x8, identity: identity)
    #expect(config.bar == 0xaa00_0000)
    config.write(register: 1, value: 0xffff_ffff, byteEnable: 0x2, identity: identity)
    #expect(config.command == 0x0500)
    config.write(register: 0x3c / 4, value: 0xffff_ff0b, byteEnable: 0xf, identity: identity)
    #expect(config.read(register: 0x3c / 4, identity: identity) == 0x0000_010b)
  }

  @Test func statusIsClearedByOnes() {
    var config = space()
    config.status = 0xf908
    config.write(register: 1, value: 0x2000_0006, byteEnable: 0xf, identity: identity)
    #expect(config.status == 0xd908)
    #expect(config.read(register: 1, identity: identity) == 0xd918_0006)
    config.write(register: 1, value: 0xffff_0000, byteEnable: 0xc, identity: identity)
    #expect(config.status == 0x0008 && config.command == 0x6)
  }

  @Test func deviceControl() {
    var config = space()
    #expect(config.maxPayloadSize == 128 && config.maxReadRequestSize == 512)
    #expect(config.relaxedOrderingEnabled && config.noSnoopEnabled && !config.extendedTags && config.tagBits == 5)
    #expect(config.read(register: 0x74 / 4, identity: identity) == 0x1000_8022)
    config.deviceStatus = 0x2f
    config.write(register: 0x78 / 4, value: 0x0004_5120, byteEnable: 0xf, identity: identity)
    #expect(config.maxPayloadSize == 256 && config.maxReadRequestSize == 4096 && config.tagBits == 8)
    #expect(!config.relaxedOrderingEnabled && !config.noSnoopEnabled)
    #expect(config.deviceStatus == 0x2b)
    config.write(register: 0x78 / 4, value: 0x70e0, byteEnable: 0x3, identity: identity)
    #expect(config.maxPayloadSize == 4096 && config.maxReadRequestSize == 4096)
  }

  @Test func tagsFollowTheIdentity() {
    var narrow = identity
    narrow.extendedTagsSupported = false
    var config = space(narrow)
    config.write(register: 0x78 / 4, value: 0x0100, byteEnable: 0xf, identity: narrow)
    config.write(register: 0x98 / 4, value: 0x1000, byteEnable: 0xf, identity: narrow)
    #expect(config.tagBits == 5)
    var wide = identity
    wide.tenBitTagsSupported = true
    config.write(register: 0x98 / 4, value: 0x1000, byteEnable: 0xf, identity: wide)
    #expect(config.tagBits == 10)
    #expect(config.read(register: 0x94 / 4, identity: wide) & 0x3_0000 == 0x3_0000)
  }

  @Test func linkRegisters() {
    var config = space()
    #expect(config.read(register: 0x7c / 4, identity: identity) == 0x0040_0083)
    #expect(config.read(register: 0x80 / 4, identity: identity) == 0x0083_0000)
    #expect(config.read(register: 0x9c / 4, identity: identity) == 0xe)
    #expect(config.readCompletionBoundary == 64)
    config.write(register: 0x80 / 4, value: 0xffff_ffff, byteEnable: 0xf, identity: identity)
    #expect(config.read(register: 0x80 / 4, identity: identity) == 0x0083_02cb)
    #expect(config.readCompletionBoundary == 128)
  }

  @Test func messageSignalledInterrupt() {
    var config = space()
    #expect(config.read(register: 0x50 / 4, identity: identity) == 0x0080_7005)
    config.write(register: 0x54 / 4, value: 0xfee0_1003, byteEnable: 0xf, identity: identity)
    config.write(register: 0x58 / 4, value: 0x0000_0001, byteEnable: 0xf, identity: identity)
    config.write(register: 0x5c / 4, value: 0xffff_4021, byteEnable: 0xf, identity: identity)
    config.write(register: 0x50 / 4, value: 0xff01_ffff, byteEnable: 0xf, identity: identity)
    #expect(config.msiEnabled)
    #expect(config.msiAddress == 0x1_fee0_1000 && config.msiData == 0x4021)
    #expect(config.read(register: 0x50 / 4, identity: identity) == 0x0081_7005)
    #expect(config.read(register: 0x58 / 4, identity: identity) == 1)
  }

  @Test func functionLevelResetKeepsWhatItMust() {
    var config = space()
    config.command = 0x6
    config.bar = 0xfe00_0000
    config.linkControl = 0x8
    config.errors.uncorrectableMask = 0x10_0000
    config.write(register: 0x78 / 4, value: 0x0040, byteEnable: 0x3, identity: identity)
    let effect = config.write(register: 0x78 / 4, value: 0x8040, byteEnable: 0x3, identity: identity)
    #expect(effect == .functionLevelReset)
    #expect(config.deviceControl == 0x0040)
    #expect(config.write(register: 0x78 / 4, value: 0x8040, byteEnable: 0x1, identity: identity) == .none)
    config.functionLevelReset(identity: identity)
    #expect(config.command == 0 && config.bar == 0)
    #expect(config.deviceControl == 0x2850 && config.linkControl == 0x8)
    #expect(config.errors.uncorrectableMask == 0x10_0000)
  }

  /// No write, whatever its bits, changes identity or what hardware keeps; no access traps.
  @Test func readOnlyBitsStay() {
    let fixed: [(Int, UInt32)] = [
      (0, .max), (1, 0x07ff_fab9), (2, .max), (8, 0x00ff_ffff), (9, .max), (11, .max), (13, .max), (15, 0xffff_ff00),
      (0x50 / 4, 0xff8e_ffff), (0x70 / 4, .max), (0x74 / 4, .max), (0x7c / 4, .max), (0x80 / 4, 0xffff_fd34),
      (0x94 / 4, .max), (0x9c / 4, .max), (0x100 / 4, .max), (0x11c / 4, .max),
    ]
    var random = SeededRandom(state: 3)
    var config = space()
    let before = fixed.map { config.read(register: $0.0, identity: identity) & $0.1 }
    for _ in 0..<20_000 {
      config.write(
        register: random.below(1024), value: UInt32(truncatingIfNeeded: random.next()),
        byteEnable: UInt8(random.below(16)), identity: identity)
    }
    #expect(fixed.map { config.read(register: $0.0, identity: identity) & $0.1 } == before)
    for register in -1...1024 { _ = config.read(register: register, identity: identity) }
  }
}
