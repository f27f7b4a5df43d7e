import PCIe
import TestSupport
import Testing

/// TLP prefixes (PCI Express Base Specification 2.2.10).
@Suite struct PrefixTests {
  private let read = TLP.memoryRead(address: 0x1000, length: 4, tag: 1, requester: requester)

  @Test(arguments: [
    (TLPPrefix.multiRootIOV(0x123456), UInt32(0x8012_3456), false),
    (.vendorLocal0(0xabcdef), 0x8eab_cdef, false),
    (.vendorLocal1(1), 0x8f00_0001, false),
    (.extendedTPH(upperSteeringTag: 0xa5), 0x90a5_0000, true),
    (.pasid(0xfedcb, executeRequested: false, privilegedMode: false), 0x910f_edcb, true),
    (.pasid(1, executeRequested: true, privilegedMode: false), 0x9110_0001, true),
    (.pasid(1, executeRequested: false, privilegedMode: true), 0x9120_0001, true),
    (.vendorEndToEnd0(0xffffff), 0x9eff_ffff, true),
    (.vendorEndToEnd1(0), 0x9f00_0000, true),
  ])
  func encodings(prefix: TLPPrefix, dword: UInt32, isEndToEnd: Bool) throws {
    #expect(prefix.encoded == dword)
    #expect(try TLPPrefix(decoding: dword) == prefix)
    #expect(prefix.isEndToEnd == isEndToEnd)
  }

  /// 2.2.10.1 and 2.2.10.2 name seven of the 32 types.
  @Test func reservedPrefixes() {
    for type in UInt32(0)..<32 where ![0, 14, 15, 16, 17, 30, 31].contains(type) {
      let byte0 = UInt8(0x80 | type)
      #expect(throws: MalformedTLP.reservedPrefix(byte0: byte0)) { try TLPPrefix(decoding: (0x80 | type) << 24) }
      let packet = TLP(lenient: [byte0, 0, 0, 0] + read.bytes)
      #expect(throws: MalformedTLP.reservedPrefix(byte0: byte0)) { try packet.decoded() }
    }
  }

  /// Reserved bits of a prefix are ignored (2.2.10).
  @Test func reservedBitsAreIgnored() throws {
    #expect(try TLPPrefix(decoding: 0x90a5_ffff) == .extendedTPH(upperSteeringTag: 0xa5))
    #expect(
      try TLPPrefix(decoding: 0x91cf_edcb) == .pasid(0xfedcb, executeRequested: false, privilegedMode: false))
  }

  /// All local prefixes precede the end-end ones (2.2.10).
  @Test func localBeforeEndToEnd() throws {
    let right: [TLPPrefix] = [.vendorLocal0(1), .vendorLocal1(2), .vendorEndToEnd0(3)]
    #expect(try read.with(prefixes: right).decoded() == read.decoded())
    #expect(try TLP(bytes: read.with(prefixes: right).bytes).prefixes() == right)
    #expect(throws: MalformedTLP.prefixOrder(byte0: 0x8f)) {
      try read.with(prefixes: [.vendorLocal0(1), .vendorEndToEnd0(3), .vendorLocal1(2)]).decoded()
    }
  }

  /// At most four end-end prefixes, and any number of local ones (2.2.10.2).
  @Test func atMostFourEndToEnd() throws {
    let endToEnd = TLPPrefix.vendorEndToEnd0(0)
    let local = TLPPrefix.vendorLocal0(0)
    let four = [TLPPrefix](repeating: local, count: 9) + [TLPPrefix](repeating: endToEnd, count: 4)
    #expect(try read.with(prefixes: four).decoded() == read.decoded())
    #expect(throws: MalformedTLP.tooManyPrefixes(endToEnd: 5)) {
      try read.with(prefixes: four + [endToEnd]).decoded()
    }
  }

  /// A header has to follow (2.2.10).
  @Test func prefixesWithoutHeader() {
    #expect(throws: MalformedTLP.prefixWithoutHeader(prefixes: 2)) {
      try TLP(bytes: [0x8e, 0, 0, 0, 0x9e, 0, 0, 0])
    }
    #expect(throws: MalformedTLP.prefixTooShort(bytes: 2)) { try TLP(bytes: [0x8e, 0, 0, 0, 0x9e, 0]) }
  }

  @Test func prefixesCountOnTheWireOnly() {
    let packet = read.with(prefixes: [.pasid(7, executeRequested: false, privilegedMode: false)])
    #expect(packet.wireBytes == read.wireBytes + 4 && packet.dataCredits == 0)
    #expect(packet.header == read.header && packet != read)
    #expect(packet.with(prefixes: []) == read)
  }
}
