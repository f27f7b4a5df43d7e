import TestSupport

@testable import PCIe

extension TLPLogRecord {
  /// A random well-formed packet of `type`.
  static func random(_ type: TLPType, using random: inout SeededRandom) -> TLPLogRecord {
    let header = TLPHeader.random(type, using: &random)
    let payload = type.carriesData ? (0..<header.lengthDW * 4).map { _ in UInt8(random.below(256)) } : []
    var tlp = TLP(header, payload: payload)
    if type.hasLongForm && tlp.header.dwordCount == 3 && random.below(4) == 0 {
      // Four dwords where three would do.
      let dwords = tlp.header.dwords
      tlp.header.dwords = SIMD4(dwords.x | 0x2000_0000, dwords.y, 0, dwords.z)
    }
    if random.below(4) == 0 {
      tlp = tlp.with(prefixes: [.vendorLocal0(0x12), .pasid(0xabcde, executeRequested: true, privilegedMode: false)])
    }
    if random.below(4) == 0 { tlp.ecrc = UInt32(random.below(9)) }
    return TLPLogRecord(.random(tlp, using: &random), link: random.pick(["link", "peerLink", "switch.down[1]"]))
  }

  /// Any header bits, often of a type that exists, with a payload of any length.
  static func anyBits(using random: inout SeededRandom) -> TLPLogRecord {
    var header = RawHeader(dwords: SIMD4(random: &random))
    if random.flag() {
      header.dwords.x = header.dwords.x & 0xff_fc0f | UInt32(random.pick(TLPType.allCases).rawValue) << 24
    }
    if header.dwordCount == 3 { header.dwords.w = 0 }
    let isConsistent = random.below(4) > 0
    let length = isConsistent ? (header.type?.carriesData == true ? header.lengthDW * 4 : 0) : random.below(32)
    var bytes = TLP(header: header, payload: (0..<length).map { _ in UInt8(random.below(256)) }).bytes
    if random.below(4) == 0 { bytes.insert(contentsOf: [0x80 | UInt8(random.below(32)), 0, 0, 0], at: 0) }
    if random.below(4) == 0 { bytes.removeLast(random.below(bytes.count + 1)) }
    var tlp = TLP(lenient: bytes)
    // Only what belongs to the header: 12 or 16 bytes.
    tlp.header = RawHeader(bytes: tlp.header.bytes)
    return TLPLogRecord(.random(tlp, using: &random), link: "link")
  }
}

extension LinkTransmission {
  /// Random in everything but the packet.
  static func random(_ tlp: TLP, using random: inout SeededRandom) -> LinkTransmission {
    /// All widths are equally likely.
    func number() -> UInt64 { random.next() >> UInt64(random.below(64)) }
    return LinkTransmission(
      link: 0, direction: random.pick(LinkDirection.allCases), start: number(), end: number(), arrival: number(),
      sequence: UInt16(random.below(4096)), isReplay: random.flag(), fate: random.pick(LinkFate.allCases),
      wireBytes: random.below(5_000), tlp: tlp)
  }
}

extension DeviceID {
  static let rootComplex = DeviceID(bus: 0, device: 0, function: 0)
  static let endpoint = DeviceID(bus: 1, device: 0, function: 0)
}
