import PCIe
import TestSupport
import Testing

@Suite("2.2 Packets: codec") struct CodecTests {
  @Test(arguments: TLPType.allCases)
  func randomHeadersSurviveTheWire(type: TLPType) throws {
    var random = SeededRandom(state: UInt64(type.rawValue) + 1)
    for _ in 0..<2000 {
      let header = TLPHeader.random(type, using: &random)
      let raw = header.encoded()
      let payloadBytes = type.carriesData ? header.lengthDW * 4 : 0
      #expect(try TLPHeader(decoding: raw, payloadBytes: payloadBytes) == header)
      #expect(raw.type == type && raw.attributes == header.attributes && raw.hasDigest == header.digest)
      #expect(raw.trafficClass == header.trafficClass && raw.isPoisoned == header.poisoned)
      #expect(raw.dwordCount == (type.isMessage || type.hasLongForm && header.address >> 32 != 0 ? 4 : 3))
      #expect(RawHeader(bytes: raw.bytes) == raw)
    }
  }

  /// Nothing that arrives can stop the simulator: any bits decode, or throw; and what decodes is a fixed point.
  @Test func anyBitsDecodeOrThrow() throws {
    var random = SeededRandom(state: 42)
    var accepted = 0
    for _ in 0..<200_000 {
      var dwords = SIMD4<UInt32>(random: &random)
      if random.flag() { dwords.x = dwords.x & 0xffff | UInt32(random.pick(TLPType.allCases).rawValue) << 24 }
      if random.flag() { dwords.x &= 0xffff_fc0f }
      let raw = RawHeader(dwords: dwords)
      let payloadBytes = random.flag() ? raw.lengthDW * 4 : random.below(8) * 4 - 4
      guard let header = try? TLPHeader(decoding: raw, payloadBytes: payloadBytes) else { continue }
      accepted += 1
      #expect(try TLPHeader(decoding: header.encoded(), payloadBytes: payloadBytes) == header)
    }
    #expect(accepted > 1000)
  }

  @Test func typesOfAllFirstBytes() {
    let legal = (0...255).filter { TLPType(byte0: UInt8($0)) != nil }
    let expected: [Int] = [
      0x00, 0x01, 0x02, 0x04, 0x05, 0x0a, 0x0b, 0x20, 0x21, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
      0x40, 0x42, 0x44, 0x45, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x60, 0x6c, 0x6d, 0x6e,
      0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77,
    ]
    #expect(legal == expected)
  }

  @Test func flowClasses() {
    let posted = TLPType.allCases.filter { $0.flowClass == .posted }
    #expect(posted == [.message, .memoryWrite, .messageData])
    let completions = TLPType.allCases.filter { $0.flowClass == .completion }
    #expect(completions == [.completion, .completionLocked, .completionData, .completionDataLocked])
    #expect(completions == TLPType.allCases.filter(\.isCompletion))
    #expect(TLPType.allCases.filter(\.isConfig) == [.configRead0, .configRead1, .configWrite0, .configWrite1])
    #expect(TLPType.allCases.filter(\.isIO) == [.ioRead, .ioWrite])
    #expect(TLPType.allCases.filter(\.isMemoryRead) == [.memoryRead, .memoryReadLocked])
    #expect(TLPType.allCases.filter(\.isMessage) == [.message, .messageData])
  }

  /// Receivers ignore reserved bits (2.2.1) and treat reserved values as the specification says.
  @Test func reservedFieldsAreIgnored() throws {
    let request = TLPHeader.configRead(target: completer, register: 1, tag: 3, requester: requester)
    var raw = request.encoded()
    raw.dwords.z |= 0xf003
    raw.dwords.x |= 0x0003_0000
    #expect(try TLPHeader(decoding: raw, payloadBytes: 0) == request)
    var answer = TLPHeader.completion(for: request, status: .successful, completer: completer).encoded()
    answer.dwords.y |= 0x0000_6000
    #expect(try TLPHeader(decoding: answer, payloadBytes: 0).status == .unsupportedRequest)
  }

  /// A 64-bit header with an address below 4 GiB is not an error for the receiver (2.2.4.1).
  @Test func longFormBelow4GiBIsAccepted() throws {
    let raw = RawHeader(bytes: [0x20, 0, 0, 1, 0x01, 0x13, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0x10, 0])
    let header = try TLPHeader(decoding: raw, payloadBytes: 0)
    #expect(header.address == 0x1000)
    #expect(header.encoded().dwordCount == 3)
  }
}

extension SIMD4<UInt32> {
  init(random: inout SeededRandom) {
    let (low, high) = (random.next(), random.next())
    self.init(
      UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low >> 32),
      UInt32(truncatingIfNeeded: high), UInt32(truncatingIfNeeded: high >> 32))
  }
}
