import PCIe
import TestSupport
import Testing

/// Random packets against cocotbext-pcie 0.2.16, both ways: our fields packed by it, our bytes unpacked by it.
///
/// It packs the 22 of 40 Fmt and Type encodings that are no messages and no prefixes. The tests named `fault...` show
/// where it departs from the specification, and that we do not follow it there; everything else has to be equal.
@Suite(
  "2.2 Packets beside cocotbext-pcie", .enabled(if: TLPOracle.isAvailable, Comment(rawValue: TLPOracle.missing)),
  .serialized)
struct TLPOracleTests {
  private struct Case {
    let header: TLPHeader
    let packet: TLP
    let answer: OracleAnswer
  }

  private static let types = TLPType.allCases.filter { !$0.isMessage }

  /// Asks about `count` random packets of each type. cocotbext-pcie raises on the reserved AT value.
  private static func cases(
    seed: UInt64, count: Int, change: (inout TLPHeader, inout SeededRandom) -> Void = { _, _ in }
  ) throws -> [Case] {
    var random = SeededRandom(state: seed)
    var packets: [(header: TLPHeader, packet: TLP)] = []
    for type in types {
      for _ in 0..<count {
        var header = TLPHeader.random(type, using: &random)
        if header.addressType == .reserved { header.addressType = .translated }
        let payloadBytes = type.carriesData ? header.lengthDW * 4 : 0
        change(&header, &random)
        let payload = (0..<payloadBytes).map { _ in UInt8(random.below(256)) }
        packets.append((header, TLP(header: header.encoded(), payload: payload)))
      }
    }
    let questions = packets.map { header, packet in
      OracleQuestion(kind: "tlp", bytes: (packet.header.bytes + packet.payload).hex, fields: OracleFields(header))
    }
    let answers: [OracleAnswer] = try TLPOracle.ask(questions)
    try #require(answers.count == packets.count)
    return zip(packets, answers).map { Case(header: $0.header, packet: $0.packet, answer: $1) }
  }

  private static let legal = Result { try cases(seed: 2024, count: 150) }

  @Test func bytesAndFieldsAreEqual() throws {
    let cases = try TLPOracleTests.legal.get()
    for test in cases {
      #expect(test.answer.packed == (test.packet.header.bytes + test.packet.payload).hex)
      #expect(test.answer.fields == OracleFields(test.header))
    }
    #expect(Set(cases.map(\.packet.header.byte0)).count == 22)
  }

  @Test func sizesAndClassesAreEqual() throws {
    for test in try TLPOracleTests.legal.get() {
      #expect(test.answer.passes)
      #expect(test.answer.credits == test.packet.dataCredits)
      #expect(test.answer.flowClass == Int(test.header.type.flowClass.rawValue))
    }
  }

  /// Byte Count of a read (2.3.1.1). cocotbext-pcie reads a steering tag as byte enables.
  @Test func byteCountsAreEqual() throws {
    for test in try TLPOracleTests.legal.get() where test.header.type.isMemoryRead && !test.header.hasProcessingHint {
      #expect(test.answer.byteCount == test.header.requestedByteCount)
      if test.header.firstBE != 0 {
        #expect(test.answer.firstOffset == ByteEnables.firstByteOffset(fromFirst: test.header.firstBE))
      }
    }
  }

  /// Length, 4 KiB boundary and byte count of packets that may break them (2.2.2, 2.2.7, 2.2.9).
  @Test func verdictsAreEqual() throws {
    let cases = try TLPOracleTests.cases(seed: 77, count: 100) { header, random in
      guard header.type.hasLength, !header.type.isAtomic else { return }
      switch random.below(3) {
      case 0: header.lengthDW = 1 + random.below(1024)
      case 1: header.byteCount = 1 + random.below(64)
      default: header.lengthDW = min(1024, header.lengthDW + random.below(2))
      }
      if header.type.isIO || header.type.isConfig { header.lengthDW = 1 }
      if header.type.isMemoryRead || header.type == .memoryWrite {
        (header.firstBE, header.lastBE) = (0xf, header.lengthDW == 1 ? 0 : 0xf)
      }
    }
    for test in cases { #expect(test.answer.passes == (rejection(of: test.packet) == nil)) }
    #expect(cases.filter { !$0.answer.passes }.count > 100)
  }

  private func rejection(of packet: TLP) -> MalformedTLP? {
    do {
      _ = try TLPHeader(decoding: packet.header, payloadBytes: packet.payload.count)
      return nil
    } catch {
      return error
    }
  }

  /// ECRC by zlib (2.7.1), with prefixes and of every type.
  @Test func endToEndCRCsAreEqual() throws {
    struct Answer: Decodable { let ecrc: String }
    var random = SeededRandom(state: 5)
    let packets = TLPType.allCases.flatMap { type in
      (0..<20).map { _ in
        var packet = TLP.randomWithPrefixes(type, using: &random)
        packet.header.dwords.x |= 0x8000
        return packet
      }
    }
    let answers: [Answer] = try TLPOracle.ask(
      packets.map { OracleQuestion(kind: "ecrc", bytes: $0.bytes.hex, fields: [String: Int]()) })
    #expect(answers.map(\.ecrc) == packets.map { $0.bytes.suffix(4).hex })
  }

  /// All DLLPs that we have (3.5.1), CRC included.
  @Test func dataLinkPacketsAreEqual() throws {
    struct Fields: Codable, Equatable { var type, sequence, header, data: Int }
    struct Answer: Decodable {
      let packed: String
      let fields: Fields
    }
    func fields(_ packet: DLLP) -> Fields {
      switch packet {
      case .ack(let sequence): Fields(type: 0x00, sequence: Int(sequence), header: 0, data: 0)
      case .nak(let sequence): Fields(type: 0x10, sequence: Int(sequence), header: 0, data: 0)
      case .initFC1(let kind, let header, let data):
        Fields(type: 0x40 + Int(kind.rawValue) * 16, sequence: 0, header: Int(header), data: Int(data))
      case .initFC2(let kind, let header, let data):
        Fields(type: 0xc0 + Int(kind.rawValue) * 16, sequence: 0, header: Int(header), data: Int(data))
      case .updateFC(let kind, let header, let data):
        Fields(type: 0x80 + Int(kind.rawValue) * 16, sequence: 0, header: Int(header), data: Int(data))
      }
    }
    var random = SeededRandom(state: 6)
    let packets = (0..<100).flatMap { _ in DLLPTests.samples(using: &random) }
    let answers: [Answer] = try TLPOracle.ask(
      packets.map { OracleQuestion(kind: "dllp", bytes: $0.encoded().hex, fields: fields($0)) })
    #expect(answers.map(\.packed) == packets.map { $0.encoded().hex })
    #expect(answers.map(\.fields) == packets.map(fields))
  }

  // MARK: Known faults of cocotbext-pcie

  /// `get_lower_address` adds before it masks; the field is bits 6:2 of the address, then the offset (2.3.1.1).
  @Test func faultLowerAddressByOperatorPrecedence() throws {
    var differences = 0
    for test in try TLPOracleTests.legal.get() where test.header.type.isMemoryRead && !test.header.hasProcessingHint {
      let offset = UInt64(test.answer.firstOffset)
      #expect(test.answer.lowerAddress == test.header.address & (0x7c + offset))
      #expect(test.header.completionLowerAddress == UInt8(test.header.firstByteAddress & 0x7f))
      if test.answer.lowerAddress != UInt64(test.header.completionLowerAddress) { differences += 1 }
    }
    #expect(differences > 0)
  }

  /// `check()` never applies its own rules for I/O and configuration requests (2.2.7).
  @Test func faultCheckPassesConfigAndIORequestsOfAnyLength() throws {
    let cases = try TLPOracleTests.cases(seed: 8, count: 20) { header, random in
      if header.type.isIO || header.type.isConfig { header.lastBE = 1 + UInt8(random.below(15)) }
    }
    for test in cases where test.header.type.isIO || test.header.type.isConfig {
      #expect(test.answer.passes)
      #expect(
        rejection(of: test.packet)
          == .byteEnables(first: test.header.firstBE, last: test.header.lastBE, lengthDW: 1))
    }
  }

  /// A copied packet has lost TH, bit 16 of dword 0 (2.2.7.1).
  @Test func faultCopyLosesTH() throws {
    let cases = try TLPOracleTests.legal.get()
    for test in cases {
      var header = test.packet.header
      header.dwords.x &= ~0x1_0000
      #expect(test.answer.copy == (header.bytes + test.packet.payload).hex)
    }
    #expect(cases.contains { $0.header.hasProcessingHint })
  }

  /// TD adds no ECRC to the size (2.2.3).
  @Test func faultDigestHasNoSize() throws {
    for test in try TLPOracleTests.legal.get() {
      #expect(test.answer.size == test.packet.wireBytes - (test.header.digest ? 4 : 0))
    }
  }

  /// Completions leave Byte Count and Lower Address at 0, where a configuration write has 4 (2.2.9), and a locked read
  /// is answered without the lock (2.3.1).
  @Test func faultCompletionsLackByteCountAndLock() throws {
    for test in try TLPOracleTests.legal.get() where test.header.type.flowClass == .nonPosted {
      var ours = TLP.completion(for: test.header, status: .unsupportedRequest, completer: completer).header
      let byteCount = Int(ours.dwords.y & 0xfff)
      #expect(byteCount == test.header.completionByteCount & 0xfff)
      if !test.header.type.isMemoryRead && !test.header.type.isAtomic { #expect(byteCount == 4) }
      ours.dwords.y &= ~0xfff
      ours.dwords.z &= ~0x7f
      if test.header.type == .memoryReadLocked { ours.dwords.x ^= 0x0100_0000 }
      #expect(test.answer.completion == ours.bytes.hex)
    }
  }
}
