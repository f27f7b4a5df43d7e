import PCIe
import Testing

@Suite("2.3 Malformed packets") struct MalformedTests {
  private func rejection(of header: TLPHeader, payloadBytes: Int = 0, maxPayload: Int = 4096) -> MalformedTLP? {
    do {
      _ = try TLPHeader(decoding: header.encoded(), payloadBytes: payloadBytes, maxPayload: maxPayload)
      return nil
    } catch {
      return error
    }
  }

  private func read(address: UInt64 = 0, lengthDW: Int, first: UInt8, last: UInt8) -> TLPHeader {
    var header = TLPHeader(.memoryRead)
    (header.address, header.lengthDW, header.firstBE, header.lastBE) = (address, lengthDW, first, last)
    return header
  }

  /// Fmt and Type (2.2.1, 2.3).
  @Test(arguments: [UInt8(0x03), 0x22, 0x24, 0x2a, 0x41, 0x10, 0x50, 0x80, 0x9e, 0xff])
  func reservedType(byte0: UInt8) {
    let raw = RawHeader(dwords: SIMD4(UInt32(byte0) << 24, 0, 0, 0))
    #expect(throws: MalformedTLP.reservedType(byte0: byte0)) { try TLPHeader(decoding: raw, payloadBytes: 0) }
  }

  /// Length (2.2.2).
  @Test func payloadIsFourTimesLength() {
    let header = TLPHeader.memoryWrite(address: 0, length: 8, requester: requester)
    #expect(rejection(of: header, payloadBytes: 8) == nil)
    for bytes in [0, 4, 7, 12] {
      #expect(rejection(of: header, payloadBytes: bytes) == .payloadMismatch(lengthDW: 2, payloadBytes: bytes))
    }
  }

  /// No data payload in a type without data (2.2.2).
  @Test func noPayloadWithoutData() {
    let header = TLPHeader.memoryRead(address: 0, length: 4, tag: 0, requester: requester)
    #expect(rejection(of: header, payloadBytes: 4) == .unexpectedPayload(payloadBytes: 4))
    let message = TLPHeader.message(.assertINTA, routing: .local, requester: requester)
    #expect(rejection(of: message, payloadBytes: 4) == .unexpectedPayload(payloadBytes: 4))
  }

  /// Max_Payload_Size (2.2.2).
  @Test func payloadUpToMaxPayloadSize() {
    let fits = TLPHeader.memoryWrite(address: 0, length: 256, requester: requester)
    #expect(rejection(of: fits, payloadBytes: 256, maxPayload: 256) == nil)
    let over = TLPHeader.memoryWrite(address: 0, length: 260, requester: requester)
    #expect(
      rejection(of: over, payloadBytes: 260, maxPayload: 256) == .payloadTooLarge(payloadBytes: 260, maxPayload: 256))
  }

  /// Max_Payload_Size bounds payloads only (2.2.2).
  @Test func readsAreNotBoundByMaxPayloadSize() {
    let header = TLPHeader.memoryRead(address: 0, length: 512, tag: 0, requester: requester)
    #expect(rejection(of: header, maxPayload: 128) == nil)
  }

  /// The 4 KiB boundary (2.2.7).
  @Test func noRequestCrosses4KiB() {
    #expect(rejection(of: read(address: 0x1ff8, lengthDW: 2, first: 0xf, last: 0xf)) == nil)
    #expect(
      rejection(of: read(address: 0x1ffc, lengthDW: 2, first: 0xf, last: 0xf))
        == .crosses4KiB(address: 0x1ffc, lengthDW: 2))
    #expect(rejection(of: read(address: 0x1000, lengthDW: 1024, first: 0xf, last: 0xf)) == nil)
    #expect(
      rejection(of: read(address: 0x1004, lengthDW: 1024, first: 0xf, last: 0xf))
        == .crosses4KiB(address: 0x1004, lengthDW: 1024))
  }

  /// Byte enables (2.2.5).
  @Test func byteEnablesOfOneDword() {
    for first in UInt8(0)...15 {
      #expect(rejection(of: read(lengthDW: 1, first: first, last: 0)) == nil)
      #expect(
        rejection(of: read(lengthDW: 1, first: first, last: 1)) == .byteEnables(first: first, last: 1, lengthDW: 1))
    }
  }

  /// Byte enables (2.2.5).
  @Test func byteEnablesOfTwoDwordsInAQuadword() {
    for first in UInt8(0)...15 {
      for last in UInt8(0)...15 {
        let isLegal = rejection(of: read(address: 0x1008, lengthDW: 2, first: first, last: last)) == nil
        #expect(isLegal == (first != 0 && last != 0))
      }
    }
  }

  /// Byte enables (2.2.5).
  @Test(arguments: [(UInt64(0x1004), 2), (0x1008, 3), (0x1000, 16)])
  func byteEnablesElsewhereAreContiguous(address: UInt64, lengthDW: Int) {
    for first in UInt8(0)...15 {
      for last in UInt8(0)...15 {
        let isLegal = rejection(of: read(address: address, lengthDW: lengthDW, first: first, last: last)) == nil
        #expect(isLegal == ([0x8, 0xc, 0xe, 0xf].contains(first) && [0x1, 0x3, 0x7, 0xf].contains(last)))
      }
    }
  }

  /// Length, byte enables, TC and Attr of I/O and configuration requests (2.2.7).
  @Test(arguments: [TLPType.configRead0, .configRead1, .configWrite0, .configWrite1, .ioRead, .ioWrite])
  func singleDwordRequests(type: TLPType) {
    var header = TLPHeader(type)
    (header.lengthDW, header.firstBE) = (1, 0x5)
    let payloadBytes = type.carriesData ? 4 : 0
    #expect(rejection(of: header, payloadBytes: payloadBytes) == nil)
    var broken = header
    broken.lengthDW = 2
    #expect(rejection(of: broken, payloadBytes: payloadBytes * 2) == .length(lengthDW: 2))
    broken = header
    broken.lastBE = 1
    #expect(rejection(of: broken, payloadBytes: payloadBytes) == .byteEnables(first: 5, last: 1, lengthDW: 1))
    broken = header
    broken.trafficClass = 1
    #expect(rejection(of: broken, payloadBytes: payloadBytes) == .trafficClass(1))
    for attribute in [TLPAttributes.noSnoop, .relaxedOrdering] {
      broken = header
      broken.attributes = attribute
      #expect(rejection(of: broken, payloadBytes: payloadBytes) == .attributes(attribute))
    }
  }

  /// Length and alignment of atomic requests (2.2.7).
  @Test(arguments: [(TLPType.fetchAdd, [1, 2]), (.swap, [1, 2]), (.compareAndSwap, [2, 4, 8])])
  func atomics(type: TLPType, legal: [Int]) {
    var header = TLPHeader(type)
    for lengthDW in 1...16 {
      header.lengthDW = lengthDW
      let found = rejection(of: header, payloadBytes: lengthDW * 4)
      #expect(found == (legal.contains(lengthDW) ? nil : .length(lengthDW: lengthDW)))
    }
    header.lengthDW = legal[1]
    header.address = 4
    #expect(
      rejection(of: header, payloadBytes: legal[1] * 4) == .misalignedAtomic(address: 4, operandBytes: 8))
  }

  /// Byte Count covers the payload (2.2.9).
  @Test func completionCarriesNoMoreThanItsByteCount() {
    var header = TLPHeader(.completionData)
    (header.lengthDW, header.byteCount, header.lowerAddress) = (2, 5, 0)
    #expect(rejection(of: header, payloadBytes: 8) == nil)
    header.byteCount = 4
    #expect(
      rejection(of: header, payloadBytes: 8) == .completionByteCount(byteCount: 4, lengthDW: 2, lowerAddress: 0))
    header.lowerAddress = 1
    #expect(rejection(of: header, payloadBytes: 8) == nil)
  }

  @Test func everyReasonSaysWhatWasFound() {
    #expect(
      MalformedTLP.payloadMismatch(lengthDW: 2, payloadBytes: 4).description
        == "payload of 4 bytes, expected 8 by Length")
    #expect(
      MalformedTLP.crosses4KiB(address: 0x1ffc, lengthDW: 2).description
        == "2 dwords at 0x1ffc cross a 4 KiB boundary")
  }
}
