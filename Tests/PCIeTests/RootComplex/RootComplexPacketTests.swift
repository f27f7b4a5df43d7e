import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Packets that a test writes itself, legal or not.
@Suite struct RootComplexPacketTests {
  private let window = RootComplexBench.windowBase

  private func send(_ tlp: TLP, port: Int = 0, on test: RootComplexBench) {
    test.cpu.send(HostRequest(.packet(tlp, port: port)))
    test.bench.run(through: 10)
  }

  /// A request that a function can understand is waited for, whatever its tag; its value is the first eight bytes.
  @Test func waitsForTheAnswerOfARequest() {
    let test = RootComplexBench()
    var header = TLPHeader.memoryRead(address: window + 2, length: 512, tag: 0x2a5, requester: RootComplexBench.host)
    header.trafficClass = 3
    let packet = TLP(header)
    send(packet, on: test)
    #expect(test.toDevice.messages == [packet] && test.answers.arrivals.isEmpty)
    for part in CompletionSplitter(request: header, rcb: 128, maxPayload: 256) {
      test.fromDevice.send(
        .completionData(
          for: header, part: part, payload: pattern(4 * part.lengthDW, from: Int(part.address & 0xffc)),
          completer: RootComplexBench.device), at: 20)
    }
    test.bench.run(through: 40)
    let expected = pattern(8, from: 2).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    #expect(test.values == [expected] && test.statuses == [.successful] && test.port(0).refused == 0)
  }

  /// An answer of one dword, or none, for other requests.
  @Test func anyRequestMayBeSent() {
    for (type, value) in [(TLPType.ioRead, 0x0403_0201), (.ioWrite, 0), (.fetchAdd, 0x0403_0201)] as [(TLPType, UInt64)]
    {
      let test = RootComplexBench()
      var header = TLPHeader(type)
      (header.address, header.lengthDW, header.firstBE, header.tag) = (0x1000, 1, type.isAtomic ? 0 : 0xf, 3)
      header.requesterID = RootComplexBench.host
      send(TLP(header, payload: type.carriesData ? [1, 2, 3, 4] : []), on: test)
      test.fromDevice.send(
        type == .ioWrite
          ? .completion(for: header, status: .successful, completer: RootComplexBench.device)
          : .completionData(for: header, payload: [1, 2, 3, 4], completer: RootComplexBench.device), at: 20)
      test.bench.run(through: 40)
      #expect(test.values == [value] && test.statuses == [.successful])
    }
  }

  @Test func aPacketWithoutAnAnswerEndsAtOnce() throws {
    let foreign = TLP.memoryRead(address: window, length: 4, tag: 1, requester: RootComplexBench.peer)
    var malformed = TLP.memoryRead(address: window, length: 4, tag: 1, requester: RootComplexBench.host)
    malformed.payload = [1, 2, 3, 4]
    let reserved = TLP(header: RawHeader(dwords: SIMD4(0x9e00_0001, 0, 0, 0)))
    let posted = TLP.message(.vendorDefined1, routing: .local, requester: RootComplexBench.host)
    for packet in [foreign, malformed, reserved, posted] {
      let test = RootComplexBench()
      send(packet, on: test)
      #expect(test.toDevice.messages == [packet] && test.values == [0] && test.statuses == [.successful])
    }
  }

  /// Through the root port that it names; one that is not there cannot send.
  @Test(arguments: [(1, CompletionStatus.successful), (2, .unsupportedRequest), (-1, .unsupportedRequest)])
  func choosesTheRootPort(port: Int, status: CompletionStatus) {
    let test = RootComplexBench()
    let packet = TLP.memoryWrite(address: 0, data: [1, 2, 3, 4], requester: RootComplexBench.host)
    send(packet, port: port, on: test)
    #expect(test.toPeer.messages == (port == 1 ? [packet] : []) && test.statuses == [status] && test.headers.isEmpty)
  }

  /// A packet is sent once, even when there is no room for its answer.
  @Test func isSentOnce() {
    let test = RootComplexBench()
    let packet = TLP.memoryWrite(address: window, data: [1, 2, 3, 4], requester: RootComplexBench.host)
    test.answers.opensAt = 100
    for _ in 0..<64 { test.configRead(DeviceID(bus: 0, device: 0, function: 0), 0) }
    test.cpu.send(HostRequest(.packet(packet, port: 0)))
    test.bench.run(through: 300)
    #expect(test.toDevice.messages == [packet] && test.answers.arrivals.count == 65)
  }
}
