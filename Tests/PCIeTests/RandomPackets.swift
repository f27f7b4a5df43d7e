import PCIe
import TestSupport

extension TLP {
  /// A random well-formed packet of `type`, without prefixes.
  static func random(_ type: TLPType, using random: inout SeededRandom) -> TLP {
    let header = TLPHeader.random(type, using: &random)
    let payloadBytes = type.carriesData ? header.lengthDW * 4 : 0
    return TLP(header, payload: (0..<payloadBytes).map { _ in UInt8(random.below(256)) })
  }

  /// The same, with up to two local prefixes and up to four end-end ones.
  static func randomWithPrefixes(_ type: TLPType, using random: inout SeededRandom) -> TLP {
    let local = (0..<random.below(3)).map { _ in TLPPrefix.random(isEndToEnd: false, using: &random) }
    let endToEnd = (0..<random.below(5)).map { _ in TLPPrefix.random(isEndToEnd: true, using: &random) }
    return TLP.random(type, using: &random).with(prefixes: local + endToEnd)
  }
}

extension TLPPrefix {
  static func random(isEndToEnd: Bool, using random: inout SeededRandom) -> TLPPrefix {
    let value = UInt32(random.below(1 << 24))
    let local: [TLPPrefix] = [.multiRootIOV(value), .vendorLocal0(value), .vendorLocal1(value)]
    let endToEnd: [TLPPrefix] = [
      .extendedTPH(upperSteeringTag: UInt8(value >> 16)),
      .pasid(value >> 4, executeRequested: random.flag(), privilegedMode: random.flag()),
      .vendorEndToEnd0(value), .vendorEndToEnd1(value),
    ]
    return random.pick(isEndToEnd ? endToEnd : local)
  }
}
