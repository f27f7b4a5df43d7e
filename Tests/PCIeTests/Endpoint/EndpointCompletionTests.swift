import Bench
import SimKernel
import Testing

@testable import PCIe

/// What the function answers, asks, and is answered.
@Suite struct EndpointCompletionTests {
  private let base = EndpointBench.barBase

  // MARK: answers to reads of the BAR

  /// Answers `request` with bytes that show their place, and returns the parts as (byte count, lower address, bytes).
  private func parts(of request: TLPHeader, deviceControl: UInt32) -> ([[Int]], [UInt8]) {
    let test = EndpointBench()
    test.configure(deviceControl: deviceControl)
    test.completions.send(TargetCompletion(request: request, payload: pattern(4 * request.lengthDW)))
    test.bench.run(through: 200)
    let parts = test.answers.map { [$0.byteCount, Int($0.lowerAddress), 4 * $0.lengthDW] }
    return (parts, test.answerPayloads.flatMap { $0 })
  }

  /// Cut at MPS (2.2.9, 2.3.1.1): byte count falls, lower address moves on, the data is whole.
  @Test(arguments: [(0x2800 as UInt32, 128), (0x2820, 256), (0x2840, 512)])
  func cutsAnswersAtMPS(deviceControl: UInt32, maxPayload: Int) {
    let request = TLPHeader.memoryRead(address: base, length: 1024, tag: 1, requester: EndpointBench.host)
    let (found, data) = parts(of: request, deviceControl: deviceControl)
    #expect(found == stride(from: 0, to: 1024, by: maxPayload).map { [1024 - $0, 0, maxPayload] })
    #expect(data == pattern(1024))
  }

  /// An answer that is cut ends its parts at multiples of 128, the RCB of an endpoint (2.3.1.1).
  @Test func cutsUnalignedAnswersAt128() {
    let request = TLPHeader.memoryRead(address: base + 0x74, length: 600, tag: 1, requester: EndpointBench.host)
    let (found, data) = parts(of: request, deviceControl: 0x2820)
    // 0x74..<0x100 (140), 0x100..<0x200, 0x200..<0x2cc (204).
    #expect(found == [[600, 0x74, 140], [460, 0, 256], [204, 0, 204]])
    #expect(data == pattern(600))
  }

  /// What fits in one packet is not cut, wherever it lies; lower address names the first byte asked for (2.2.9).
  @Test func doesNotCutWhatFits() {
    let request = TLPHeader.memoryRead(address: base + 0x7d, length: 6, tag: 1, requester: EndpointBench.host)
    #expect(parts(of: request, deviceControl: 0x2820).0 == [[6, 0x7d, 8]])
  }

  /// A zero-length read is answered with one dword and byte count 1 (2.2.5, 2.3.1.1).
  @Test func answersAFlush() {
    let request = TLPHeader.memoryRead(address: base, length: 0, tag: 1, requester: EndpointBench.host)
    #expect(parts(of: request, deviceControl: 0x2820).0 == [[1, 0, 4]])
  }

  // MARK: reads of the function

  /// Requests leave with the function's ID and the engine's tag.
  @Test func sendsReadRequests() throws {
    let test = EndpointBench()
    test.configure()
    test.reads.send(ReadRequest(address: 0x1_0000_0ff1, length: 15, tag: 37, timeout: .milliseconds(10)))
    test.bench.run(through: 40)
    let header = try #require(test.answers.first)
    #expect(header.type == .memoryRead && header.requesterID == EndpointBench.function && header.tag == 37)
    #expect(header.address == 0x1_0000_0ff0 && header.firstBE == 0b1110 && header.lengthDW == 4)
  }

  /// Without Bus Master Enable nothing is sent, and the engine is told (7.5.1.1.3).
  @Test func busMasterEnableGatesRequests() {
    let test = EndpointBench()
    test.configure(command: 0x2)
    test.reads.send(ReadRequest(address: 0x1_0000_0000, length: 64, tag: 2, timeout: .milliseconds(10)))
    test.bench.run(through: 40)
    #expect(test.answers.isEmpty)
    #expect(test.data.messages.map(\.status) == [.disabled] && test.data.messages.map(\.tag) == [2])
  }

  /// Answers and requests of the function take turns when both are waiting.
  @Test func completionsAndRequestsTakeTurns() {
    let test = EndpointBench()
    let start = test.configure()
    let request = TLPHeader.memoryRead(address: base, length: 4, tag: 1, requester: EndpointBench.host)
    for tag in 0..<3 {
      test.completions.send(TargetCompletion(request: request, payload: pattern(4)), at: start)
      test.reads.send(
        ReadRequest(address: 0x1_0000_0000, length: 64, tag: UInt16(tag), timeout: .milliseconds(10)), at: start)
    }
    test.bench.run(through: 60)
    let kinds: [TLPType] = [.completionData, .memoryRead]
    #expect(test.answers.map(\.type) == kinds + kinds + kinds)
  }

  // MARK: completions of the function's reads

  private func completion(
    requester: DeviceID = EndpointBench.function, status: CompletionStatus = .successful, poisoned: Bool = false
  ) -> TLP {
    var request = TLPHeader.memoryRead(address: 0x1_0000_0002, length: 9, tag: 6, requester: requester)
    request.tag = 6
    guard status == .successful else {
      return .completion(for: request, status: status, completer: EndpointBench.host)
    }
    var header = TLPHeader.completionData(for: request, completer: EndpointBench.host)
    header.poisoned = poisoned
    return TLP(header, payload: pattern(12))
  }

  @Test func deliversTheBytesAskedFor() throws {
    let test = EndpointBench()
    test.configure()
    test.rx.send(completion())
    test.bench.run(through: 40)
    let data = try #require(test.data.messages.first)
    #expect(data.tag == 6 && data.status == .successful && data.skip == 2 && data.count == 9)
    #expect(data.payload == pattern(12))
  }

  @Test(arguments: [
    (CompletionStatus.unsupportedRequest, ReadStatus.unsupportedRequest), (.completerAbort, .completerAbort),
    (.configurationRetry, .unsupportedRequest),
  ])
  func deliversFailures(status: CompletionStatus, expected: ReadStatus) {
    let test = EndpointBench()
    test.configure()
    test.rx.send(completion(status: status))
    test.bench.run(through: 40)
    #expect(test.data.messages.map(\.status) == [expected] && test.data.messages.map(\.count) == [0])
  }

  @Test func marksPoisonedData() {
    let test = EndpointBench()
    test.configure()
    test.rx.send(completion(poisoned: true))
    test.bench.run(through: 40)
    #expect(test.data.messages.map(\.status) == [.poisoned])
    #expect(test.state.config.errors.uncorrectableStatus == 1 << UInt32(UncorrectableError.poisonedTLP.rawValue))
  }

  /// A completion with another requester ID is unexpected (2.3.2): dropped and recorded.
  @Test func dropsCompletionsForOthers() {
    let test = EndpointBench()
    test.configure()
    test.rx.send(completion(requester: DeviceID(bus: 1, device: 0, function: 3)))
    test.bench.run(through: 40)
    #expect(test.data.arrivals.isEmpty)
    #expect(
      test.state.config.errors.uncorrectableStatus == 1 << UInt32(UncorrectableError.unexpectedCompletion.rawValue))
  }

  /// At most one packet a cycle comes in, and one of the function's own goes out.
  @Test func receivesOnePacketACycle() {
    let test = EndpointBench()
    let start = test.configure()
    for i in 0..<4 {
      let write = TLP.memoryWrite(address: base + UInt64(4 * i), data: [1, 2, 3, 4], requester: EndpointBench.host)
      test.rx.send(write, at: start)
    }
    test.bench.run(through: 60)
    #expect(test.requests.cycles == [start + 2, start + 3, start + 4, start + 5])
  }
}
