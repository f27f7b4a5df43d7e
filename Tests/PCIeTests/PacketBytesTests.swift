import PCIe
import TestSupport
import Testing

/// Whole packets as bytes, legal and cut short (PCI Express Base Specification 2.1.2, 2.2.1 to 2.2.3, 2.2.10).
@Suite struct PacketBytesTests {
  private func rejection(of bytes: some Collection<UInt8>) -> MalformedTLP? {
    do {
      _ = try TLP(bytes: bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test func partsFollowInWireOrder() {
    var header = TLPHeader.memoryWrite(address: 0x1000, length: 4, requester: requester)
    header.digest = true
    let packet = TLP(header, payload: [1, 2, 3, 4]).with(prefixes: [.vendorLocal0(0x123456)])
    #expect(packet.bytes[..<4] == [0x8e, 0x12, 0x34, 0x56])
    #expect(packet.bytes[4..<16] == packet.header.bytes[...])
    #expect(packet.bytes[16..<20] == [1, 2, 3, 4])
    #expect(packet.bytes[20...].map(UInt32.init).reduce(0) { $0 << 8 | $1 } == packet.ecrc)
    #expect(packet.bytes.count == 24 && packet.wireBytes == 24)
  }

  @Test(arguments: TLPType.allCases)
  func everyLegalPacketSurvivesTheWire(type: TLPType) throws {
    var random = SeededRandom(state: UInt64(type.rawValue) + 100)
    for _ in 0..<50 {
      let packet = TLP.randomWithPrefixes(type, using: &random)
      let bytes = packet.bytes
      #expect(bytes.count == packet.wireBytes)
      let received = try TLP(bytes: bytes)
      #expect(received == packet)
      #expect(received.hasValidECRC)
      #expect(try received.decoded() == packet.decoded() && received.prefixes() == packet.prefixes())
    }
  }

  /// Each shorter packet is refused, for the part that it ends in; and travels unchanged all the same.
  @Test(arguments: TLPType.allCases)
  func everyTruncationIsNamed(type: TLPType) throws {
    var random = SeededRandom(state: UInt64(type.rawValue) + 200)
    for _ in 0..<8 {
      let packet = TLP.randomWithPrefixes(type, using: &random)
      let bytes = packet.bytes
      // Every length there is, but for the middle of a long payload.
      for count in 0..<bytes.count where count < 60 || count > bytes.count - 12 || count % 97 == 0 {
        let cut = bytes[..<count]
        #expect(try rejection(of: cut) == reason(packet, cutTo: count))
        let travelling = TLP(lenient: cut)
        #expect(travelling.bytes == Array(cut) && travelling.wireBytes == count)
      }
    }
  }

  private func reason(_ packet: TLP, cutTo count: Int) throws -> MalformedTLP {
    let prefixBytes = try packet.prefixes().count * 4
    let headerBytes = packet.header.byteCount
    if count < prefixBytes || count == prefixBytes && count > 0 {
      return count % 4 != 0
        ? .prefixTooShort(bytes: count % 4)
        : count == 0 ? .headerTooShort(bytes: 0, expected: 12) : .prefixWithoutHeader(prefixes: count / 4)
    }
    let rest = count - prefixBytes - headerBytes
    if rest < 0 {
      return .headerTooShort(bytes: count - prefixBytes, expected: count == 0 ? 12 : headerBytes)
    }
    if rest < packet.payload.count { return .payloadMismatch(lengthDW: packet.header.lengthDW, payloadBytes: rest) }
    return .missingECRC(bytes: rest - packet.payload.count)
  }

  /// Bytes too many are payload, all but the last four when TD promises an ECRC (2.2.2, 2.2.3).
  @Test(arguments: TLPType.allCases)
  func everyExcessIsPayload(type: TLPType) {
    var random = SeededRandom(state: UInt64(type.rawValue) + 300)
    for _ in 0..<20 {
      let packet = TLP.randomWithPrefixes(type, using: &random)
      let excess = 1 + random.below(8)
      let payloadBytes = packet.payload.count + excess
      #expect(
        rejection(of: packet.bytes + [UInt8](repeating: 0xff, count: excess))
          == (type.carriesData
            ? .payloadMismatch(lengthDW: packet.header.lengthDW, payloadBytes: payloadBytes)
            : .unexpectedPayload(payloadBytes: payloadBytes)))
    }
  }

  /// A clear TD bit on a packet with an ECRC leaves four bytes too many (2.2.3).
  @Test func digestWithoutTDIsExcess() {
    let read = TLP.memoryRead(address: 0x1000, length: 4, tag: 1, requester: requester)
    #expect(rejection(of: read.bytes + [1, 2, 3, 4]) == .unexpectedPayload(payloadBytes: 4))
  }

  /// Any first byte before 15 zeros, and before enough for a payload of one dword too (2.2.1).
  @Test func everyFirstByteDecodesOrIsNamed() {
    for first in UInt8.min...UInt8.max {
      let isPrefix = first >> 5 == 4
      for length in 0...24 {
        let bytes = [first] + [UInt8](repeating: 0, count: length)
        #expect(TLP(lenient: bytes).bytes == bytes)
        let found = rejection(of: bytes)
        if TLPType(byte0: first) == nil && !isPrefix { #expect(found == .reservedType(byte0: first)) }
      }
      guard isPrefix else { continue }
      // The header after it is a memory read of 1024 dwords.
      let names: [UInt8] = [0x80, 0x8e, 0x8f, 0x90, 0x91, 0x9e, 0x9f]
      let found = rejection(of: [first] + [UInt8](repeating: 0, count: 7) + [0, 0, 0, 0xff, 0, 0, 0, 0])
      #expect(found == (names.contains(first) ? nil : .reservedPrefix(byte0: first)))
    }
  }

  @Test func anyBytesTravelUnchanged() {
    var random = SeededRandom(state: 7)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = (0..<random.below(40)).map { _ in UInt8(random.below(256)) }
      if random.flag() && !bytes.isEmpty { bytes[0] = random.pick(TLPType.allCases).rawValue }
      if random.flag() && bytes.count > 3 { (bytes[2], bytes[3]) = (bytes[2] & 0x80, bytes[3] & 0x7) }
      #expect(TLP(lenient: bytes).bytes == bytes)
      if rejection(of: bytes) == nil { accepted += 1 }
    }
    #expect(accepted > 50)
  }

  /// A packet is copied at every port: two references and the header, in the space that header and payload took before.
  @Test func packetsStaySmall() {
    #expect(MemoryLayout<TLP>.size == 32 && MemoryLayout<TLP>.stride == 32)
    #expect(TLP.memoryRead(address: 0, length: 4, tag: 0, requester: requester).extras == nil)
    #expect(TLP(lenient: TLP.memoryRead(address: 0, length: 4, tag: 0, requester: requester).bytes).extras == nil)
  }

  @Test func reasonsSayWhatWasFound() {
    #expect(MalformedTLP.headerTooShort(bytes: 7, expected: 16).description == "header of 7 bytes, expected 16")
    #expect(MalformedTLP.missingECRC(bytes: 0).description == "ECRC of 0 bytes, expected 4 as TD is set")
  }
}
