import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// What the function answers to reads of its BAR.
@Suite("2.3.1 Completer: an endpoint") struct EndpointCompletionTests {
  private let base = EndpointBench.barBase

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

  /// Before its first configuration write a function does not know its ID: Completer ID is zero (2.2.9).
  @Test func answersWithItsID() throws {
    let test = EndpointBench()
    test.configRead(0)
    test.configWrite(EndpointBench.Register.command, 0x6)
    test.configRead(0)
    test.bench.run(through: 10)
    #expect(
      test.tx.headers.map(\.completerID) == [DeviceID(rawValue: 0)] + [EndpointBench.function, EndpointBench.function])
  }

  /// Traffic class, attributes, requester ID and tag of a request come back in its completions (2.2.9).
  @Test func givesBackWhatTheRequestSays() {
    let test = EndpointBench()
    test.configure()
    var request = TLPHeader.memoryRead(address: base, length: 512, tag: 0x1a5, requester: EndpointBench.host)
    request.trafficClass = 5
    request.attributes = [.relaxedOrdering, .noSnoop]
    test.completions.send(TargetCompletion(request: request, payload: pattern(512)))
    test.bench.run(through: 40)
    #expect(test.answers.map(\.trafficClass) == [5, 5] && test.answers.map(\.tag) == [0x1a5, 0x1a5])
    #expect(test.answers.map(\.attributes) == [request.attributes, request.attributes])
  }

  /// Answers, reads and writes of the function take turns when all are waiting: one packet a cycle.
  @Test func whatTheFunctionSendsTakesTurns() {
    let test = EndpointBench()
    let start = test.configure()
    let request = TLPHeader.memoryRead(address: base, length: 4, tag: 1, requester: EndpointBench.host)
    for tag in 0..<3 {
      test.completions.send(TargetCompletion(request: request, payload: pattern(4)), at: start)
      test.read(0x1_0000_0000, 64, tag: UInt16(tag), at: start)
      test.writes.send(WriteRequest(.data(address: 0x1_0000_0000, bytes: [1])), at: start)
    }
    test.bench.run(through: 60)
    let kinds: [TLPType] = [.memoryRead, .memoryWrite, .completionData]
    #expect(test.answers.map(\.type) == kinds + kinds + kinds)
    // At the endpoint at start + 1, at the probe a cycle later.
    #expect(test.tx.cycles.suffix(9) == (0..<9).map { start + 2 + $0 })
  }
}
