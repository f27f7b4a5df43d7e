import PCIe
import TestSupport
import Testing

/// The end-to-end CRC (PCI Express Base Specification 2.7.1).
@Suite struct ECRCTests {
  /// The text of 2.7.1 bit by bit: a shift register, and the table that maps its result into the digest.
  private func digest(of bytes: [UInt8]) -> UInt32 {
    var register: UInt32 = 0xffff_ffff
    for byte in bytes {
      for bit in 0..<8 {
        let feedback = register >> 31 ^ UInt32(byte >> UInt8(bit) & 1)
        register = register << 1 ^ (feedback == 1 ? 0x04c1_1db7 : 0)
      }
    }
    let result = ~register
    // Result bits 0...7 are digest bits 7...0, bits 8...15 are bits 15...8, and so on.
    var digest: UInt32 = 0
    for bit in 0..<32 where result >> UInt32(bit) & 1 == 1 { digest |= 1 << UInt32(bit / 8 * 8 + 7 - bit % 8) }
    return digest
  }

  private func packet(_ type: TLPType = .memoryWrite) -> TLP {
    var random = SeededRandom(state: 11)
    var header = TLPHeader(type)
    (header.digest, header.requesterID, header.firstBE) = (true, requester, 0xf)
    if type.hasLength { header.lengthDW = type == .memoryWrite ? 3 : 1 }
    if header.lengthDW > 1 { header.lastBE = 0xf }
    let bytes = type.carriesData ? header.lengthDW * 4 : 0
    return TLP(header, payload: (0..<bytes).map { _ in UInt8(random.below(256)) })
  }

  @Test func headerAndPayloadWithVariantBitsSet() {
    let packet = packet()
    var covered = packet.header.bytes + packet.payload
    covered[0] |= 0x01
    covered[2] |= 0x40
    #expect(packet.ecrc == digest(of: covered))
  }

  @Test func endToEndPrefixesCountAndLocalOnesDoNot() {
    let packet = packet()
    #expect(packet.with(prefixes: [.vendorLocal0(0x1234)]).ecrc == packet.ecrc)
    var covered = packet.header.bytes + packet.payload
    covered[0] |= 0x01
    covered[2] |= 0x40
    let prefixed = packet.with(prefixes: [.vendorLocal0(0x1234), .vendorEndToEnd0(0xabcdef)])
    #expect(prefixed.ecrc == digest(of: [0x9e, 0xab, 0xcd, 0xef] + covered))
  }

  @Test func onlyWithTD() {
    var packet = packet()
    packet.header.dwords.x &= ~0x8000
    #expect(packet.ecrc == nil && packet.hasValidECRC)
    packet.ecrc = 1
    #expect(packet.extras == nil)
  }

  /// A bridge turns a type 1 request into type 0, and any hop may poison, without a new ECRC.
  @Test func variantBitsMayChange() {
    var packet = packet(.configRead1)
    let ecrc = packet.ecrc
    packet.header.dwords.x ^= 0x0100_0000
    #expect(packet.header.type == .configRead0 && packet.ecrc == ecrc)
    packet.header.dwords.x ^= 0x4000
    #expect(packet.header.isPoisoned && packet.ecrc == ecrc)
  }

  @Test func everyOtherBitIsProtected() {
    let packet = packet()
    let bits = packet.header.byteCount * 8 + packet.payload.count * 8
    for bit in 0..<bits where ![7, 17, 16].contains(bit) {
      var bytes = packet.bytes
      bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
      // Fmt and Length decide where the ECRC is; TD (bit 16) whether there is one; EP (17) and Type 0 (7) are variant.
      let damaged = TLP(lenient: bytes)
      guard damaged.ecrc != nil, damaged.payload.count == packet.payload.count else { continue }
      #expect(!damaged.hasValidECRC, "bit \(bit)")
    }
  }

  /// A wrong ECRC is no malformed packet: its receiver reports ECRC Check Failed (6.2.7).
  @Test func wrongECRCTravels() throws {
    var packet = packet()
    let right = try #require(packet.ecrc)
    packet.ecrc = right ^ 1
    #expect(!packet.hasValidECRC && packet.ecrc == right ^ 1)
    #expect(throws: Never.self) { try packet.decoded() }
    let received = try TLP(bytes: packet.bytes)
    #expect(received == packet && !received.hasValidECRC)
    packet.ecrc = right
    #expect(packet.hasValidECRC && packet.extras == nil)
  }

  @Test func damageUnderAKeptECRCIsSeen() {
    var packet = packet()
    let ecrc = packet.ecrc
    packet.payload[5] ^= 0x10
    #expect(packet.hasValidECRC)
    packet.ecrc = ecrc
    #expect(!packet.hasValidECRC)
    packet.ecrc = nil
    #expect(packet.hasValidECRC)
  }

  /// 2.2.3: TD promises four bytes.
  @Test func missingECRC() {
    let bytes = packet().bytes
    for kept in 0..<4 {
      #expect(throws: MalformedTLP.missingECRC(bytes: kept)) { try TLP(bytes: bytes.dropLast(4 - kept)) }
    }
  }
}
