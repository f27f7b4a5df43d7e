import PCIe
import TestSupport
import Testing

@Suite("2.2.7 Splitting of requests") struct RequestSplitterTests {
  @Test func firstIsShortenedSoThatTheRestAligns() {
    let requests = Array(RequestSplitter(address: 0x1070, length: 0x300, limit: 256))
    #expect(requests.map(\.address) == [0x1070, 0x1100, 0x1200, 0x1300])
    #expect(requests.map(\.length) == [0x90, 0x100, 0x100, 0x70])
  }

  @Test func oneRequestIfItFits() {
    #expect(RequestSplitter.nextRequestLength(address: 0x10c0, remaining: 128, limit: 256) == 128)
    #expect(RequestSplitter.nextRequestLength(address: 0x10c0, remaining: 256, limit: 256) == 256)
    #expect(RequestSplitter.nextRequestLength(address: 0x10c0, remaining: 257, limit: 256) == 64)
    #expect(RequestSplitter.nextRequestLength(address: 0x1fc0, remaining: 128, limit: 256) == 64)
  }

  /// Length counts dwords, so bytes not enabled in the first and last one take room.
  @Test func unalignedTransferOfTheLimitNeedsTwo() {
    #expect(RequestSplitter.nextRequestLength(address: 0x1001, remaining: 255, limit: 256) == 255)
    #expect(RequestSplitter.nextRequestLength(address: 0x1001, remaining: 256, limit: 256) == 255)
  }

  @Test func nothingToDo() {
    #expect(Array(RequestSplitter(address: 0x1000, length: 0, limit: 128)).isEmpty)
  }

  @Test func properties() {
    var random = SeededRandom(state: 7)
    for _ in 0..<5000 {
      let limit = 128 << random.below(6)
      let start = TLPHeader.randomAddress(using: &random) >> 1
      let length = random.below(random.flag() ? 600 : 20_000)
      let requests = Array(RequestSplitter(address: start, length: length, limit: limit))
      #expect(requests.reduce(0) { $0 + $1.length } == length)
      var next = start
      for (index, request) in requests.enumerated() {
        #expect(request.address == next)
        #expect(request.length > 0)
        #expect(ByteEnables.lengthDW(address: request.address, length: request.length) * 4 <= limit)
        #expect(request.address >> 12 == (request.address + UInt64(request.length) - 1) >> 12)
        #expect(index == 0 || request.address % UInt64(limit) == 0)
        next += UInt64(request.length)
      }
      // As few as alignment allows: never more than the limits that the transfer touches.
      let touched = (Int(start % UInt64(limit)) + length + limit - 1) / limit
      #expect(requests.count <= touched)
    }
  }
}

@Suite("2.3.1.1 Cutting of completions") struct CompletionSplitterTests {
  private func parts(
    _ address: UInt64, _ length: Int, rcb: Int = 64, maxPayload: Int = 256, cut: Bool = false
  ) -> [CompletionPart] {
    let request = TLPHeader.memoryRead(address: address, length: length, tag: 0, requester: requester)
    return Array(CompletionSplitter(request: request, rcb: rcb, maxPayload: maxPayload, cutAtEveryRCB: cut))
  }

  @Test func fillsThePayload() {
    let found = parts(0x1000, 512)
    #expect(found.map(\.length) == [256, 256])
    #expect(found.map(\.byteCount) == [512, 256])
    #expect(found.map(\.lowerAddress) == [0, 0])
  }

  @Test func endsAtABoundary() {
    let found = parts(0x1064, 512)
    #expect(found.map(\.length) == [0xdc, 256, 36])
    #expect(found.map(\.byteCount) == [512, 292, 36])
    #expect(found.map(\.lowerAddress) == [0x64, 0x40, 0x40])
  }

  @Test func cutsAtEveryBoundary() {
    let found = parts(0x1030, 160, cut: true)
    #expect(found.map(\.length) == [16, 64, 64, 16])
    #expect(found.map(\.lowerAddress) == [0x30, 0x40, 0x00, 0x40])
    #expect(parts(0x1030, 160, rcb: 128, cut: true).map(\.length) == [80, 80])
  }

  @Test func zeroLengthReadIsOneDwordWithByteCount1() {
    let found = parts(0x1003, 0)
    #expect(found == [CompletionPart(address: 0x1000, length: 1, byteCount: 1)])
    #expect(found[0].lengthDW == 1 && found[0].lowerAddress == 0 && found[0].isLast)
  }

  @Test func properties() throws {
    var random = SeededRandom(state: 11)
    for _ in 0..<5000 {
      let rcb = random.flag() ? 64 : 128
      let maxPayload = 128 << random.below(6)
      let start = TLPHeader.randomAddress(using: &random)
      let length = 1 + random.below(4096 - Int(start & 0xfff))
      let request = TLPHeader.memoryRead(address: start, length: length, tag: 5, requester: requester)
      let splitter = CompletionSplitter(
        request: request, rcb: rcb, maxPayload: maxPayload, cutAtEveryRCB: random.flag())
      var received = 0
      for part in splitter {
        #expect(part.lengthDW * 4 <= maxPayload)
        #expect(part.byteCount == length - received)
        #expect(part.isLast || (part.address &+ UInt64(part.length)) % UInt64(rcb) == 0)
        let answer = TLPHeader.completionData(for: request, part: part, completer: completer)
        let decoded = try TLPHeader(decoding: answer.encoded(), payloadBytes: part.lengthDW * 4)
        #expect(CompletionMatcher.mismatch(of: decoded, request: request, received: received, rcb: rcb) == nil)
        #expect(CompletionMatcher.isFinal(decoded) == part.isLast)
        received += CompletionMatcher.dataBytes(
          byteCount: decoded.byteCount, lengthDW: decoded.lengthDW, lowerAddress: decoded.lowerAddress)
      }
      #expect(received == length)
    }
  }
}

@Suite struct CompletionMatcherTests {
  private let request = TLPHeader.memoryRead(address: 0x1030, length: 256, tag: 5, requester: requester)

  private func answer(_ change: (inout TLPHeader) -> Void) -> CompletionMismatch? {
    let part = CompletionPart(address: 0x1030, length: 16, byteCount: 256)
    var header = TLPHeader.completionData(for: request, part: part, completer: completer)
    change(&header)
    return CompletionMatcher.mismatch(of: header, request: request)
  }

  @Test func everyDifferenceIsNamed() {
    #expect(answer { _ in } == nil)
    #expect(answer { $0.tag = 6 } == .notExpected(requesterID: requester, tag: 6))
    #expect(answer { $0.requesterID = completer } == .notExpected(requesterID: completer, tag: 5))
    #expect(answer { $0.byteCount = 255 } == .byteCount(found: 255, expected: 256))
    #expect(answer { $0.lowerAddress = 0x34 } == .lowerAddress(found: 0x34, expected: 0x30))
    #expect(answer { $0.lengthDW = 5 } == .boundary(end: 0x1044, rcb: 64))
    #expect(answer { $0.type = .completion } == .data(found: .completion))
  }

  @Test func failureEndsTheRequest() {
    let failed = TLPHeader.completion(for: request, status: .unsupportedRequest, completer: completer)
    #expect(CompletionMatcher.mismatch(of: failed, request: request, received: 64) == nil)
    #expect(CompletionMatcher.isFinal(failed))
  }

  /// The last byte of the request may lie in the last dword carried, but not behind it.
  @Test func lastByByteCount() {
    #expect(CompletionMatcher.isLast(byteCount: 13, lengthDW: 4, lowerAddress: 3))
    #expect(!CompletionMatcher.isLast(byteCount: 14, lengthDW: 4, lowerAddress: 3))
    #expect(CompletionMatcher.dataBytes(byteCount: 14, lengthDW: 4, lowerAddress: 3) == 13)
  }

  @Test func atTheTopOfTheAddressSpace() {
    let top = TLPHeader.memoryRead(address: 0xffff_ffff_ffff_ff00, length: 256, tag: 0, requester: requester)
    let whole = TLPHeader.completionData(for: top, completer: completer)
    #expect(CompletionMatcher.mismatch(of: whole, request: top) == nil)
  }
}
