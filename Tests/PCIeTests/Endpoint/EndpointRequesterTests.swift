import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// The reads of a client: requests, and completions that are what was asked for.
@Suite("2.2.6.2 Tags, 2.3.2 requester") struct EndpointRequesterTests {
  private let memory: UInt64 = 0x1_0000_0000

  /// Requests leave with the function's ID and the client's tag.
  @Test func sendsReadRequests() throws {
    let test = EndpointBench(room: .init(tags: 64))
    let start = test.configure(deviceControl: 0x2920)
    test.read(memory + 0xff1, 15, tag: 37, at: start)
    test.bench.run(through: 40)
    let header = try #require(test.answers.first)
    #expect(header.type == .memoryRead && header.requesterID == EndpointBench.function && header.tag == 37)
    #expect(header.address == memory + 0xff0 && header.firstBE == 0b1110 && header.lengthDW == 4)
  }

  /// Tags of 5 and 8 bits are the client's slots; those of 10 bits begin at 256, so that none looks like one of 8 bits
  /// (2.2.6.2).
  @Test(
    arguments: [
      (bits: 5, control: 0x2820, control2: 0, limit: 32, slots: [0, 31], tags: [0, 31]),
      (8, 0x2920, 0, 256, [0, 255], [0, 255]), (10, 0x2920, 0x1000, 768, [0, 255, 767], [256, 511, 1_023]),
    ] as [(bits: Int, control: UInt32, control2: UInt32, limit: Int, slots: [UInt16], tags: [UInt16])])
  func usesTheTagsThatAreEnabled(
    bits: Int, control: UInt32, control2: UInt32, limit: Int, slots: [UInt16], tags: [UInt16]
  ) {
    var spec = EndpointSpec()
    spec.tagBits = bits
    let test = EndpointBench(spec, room: .init(tags: 768))
    let start = test.configure(deviceControl: control, deviceControl2: control2)
    #expect(test.control.messages.last?.tagLimit == limit)
    for slot in slots { test.read(memory, 64, tag: slot, at: start) }
    test.bench.run(through: 40)
    #expect(test.answers.map(\.tag) == tags)
    for tag in tags { test.rx.send(EndpointBench.completion(memory, 64, tag: tag), at: 41) }
    test.bench.run(through: 60)
    #expect(test.data.messages.map(\.tag) == slots)
    #expect(test.data.messages.allSatisfy { $0.status == .successful && $0.isLast })
  }

  @Test func deliversTheBytesAskedFor() throws {
    let test = EndpointBench()
    let start = test.configure()
    test.read(memory + 2, 9, tag: 6, at: start)
    test.rx.send(EndpointBench.completion(memory + 2, 9, tag: 6), at: start + 10)
    test.bench.run(through: 60)
    let data = try #require(test.data.messages.first)
    #expect(data.tag == 6 && data.status == .successful && data.skip == 2 && data.count == 9 && data.isLast)
    #expect(data.payload == pattern(12))
    // Sent at start + 10, at the endpoint a cycle later, at the client another one later.
    #expect(test.data.cycles == [start + 12])
  }

  /// A zero-length read asks for one dword without a byte enabled, anywhere in the dword, and is answered with byte
  /// count 1 (2.2.5, 2.3.1.1).
  @Test(arguments: [0, 1, 2, 3] as [UInt64])
  func aZeroLengthReadIsAnswered(offset: UInt64) throws {
    let test = EndpointBench()
    let start = test.configure()
    test.read(memory + 0xffc + offset, 0, tag: 3, at: start)
    test.bench.run(through: 40)
    let request = try #require(test.answers.first)
    #expect(request.lengthDW == 1 && request.firstBE == 0 && request.address == memory + 0xffc)
    test.rx.send(.completionData(for: request, value: 0, completer: EndpointBench.host), at: 41)
    test.bench.run(through: 60)
    #expect(test.data.messages.map(\.status) == [.successful] && test.data.messages.map(\.isLast) == [true])
  }

  /// Out of order across tags, in order within one (2.3.1.1).
  @Test func completionsOfDifferentTagsMayMix() {
    let test = EndpointBench()
    let start = test.configure(deviceControl: 0x2840)
    for tag: UInt16 in 0..<2 { test.read(memory + 0x40 + 0x1000 * UInt64(tag), 512, tag: tag, at: start) }
    for (tag, offset, count) in [(1, 0, 192), (0, 0, 64), (1, 192, 320), (0, 64, 128), (0, 192, 320)] {
      test.rx.send(
        EndpointBench.completion(
          memory + 0x40 + 0x1000 * UInt64(tag), 512, tag: UInt16(tag), from: offset, count: count), at: start + 10)
    }
    test.bench.run(through: 80)
    #expect(test.errors.uncorrectableStatus == 0)
    #expect(test.data.messages.map(\.tag) == [1, 0, 1, 0, 0])
    #expect(test.data.messages.map(\.isLast) == [false, false, true, false, true])
    for tag: UInt16 in 0..<2 {
      let bytes = test.data.messages.filter { $0.tag == tag }.flatMap(\.payload)
      #expect(bytes == pattern(512, from: 0x40 + 0x1000 * Int(tag)))
    }
  }

  /// What the completer could not do is noted in Status (7.5.1.1.4), and CRS is UR for anything but a configuration
  /// request (2.3.2).
  @Test(arguments: [
    (CompletionStatus.unsupportedRequest, ReadStatus.unsupportedRequest, 0x2000 as UInt16),
    (.completerAbort, .completerAbort, 0x1000), (.configurationRetry, .unsupportedRequest, 0x2000),
  ])
  func deliversFailures(status: CompletionStatus, expected: ReadStatus, bits: UInt16) {
    let test = EndpointBench()
    let start = test.configure()
    test.read(memory, 64, tag: 6, at: start)
    test.rx.send(EndpointBench.failure(status, tag: 6), at: start + 10)
    test.bench.run(through: 60)
    #expect(test.data.messages.map(\.status) == [expected] && test.data.messages.map(\.count) == [0])
    #expect(test.state.config.status == bits && test.errors.uncorrectableStatus == 0)
    #expect(test.state.activeReads == 0)
  }

  /// Poisoned data is not delivered, and the client is told (2.7.2.2). The tag stays in use until the rest has come,
  /// which could be taken for the answer to another request.
  @Test func poisonedDataFailsTheRead() {
    let test = EndpointBench()
    let start = test.configure()
    test.read(memory, 512, tag: 4, at: start)
    let poisoned = EndpointBench.completion(memory, 512, tag: 4, count: 256, poisoned: true)
    test.rx.send(poisoned, at: start + 10)
    test.bench.run(through: 60)
    #expect(test.data.arrivals.isEmpty && test.state.activeReads == 1)
    // Detected Parity Error (7.5.1.1.4).
    #expect(test.state.config.status & 0x8000 != 0)
    #expect(test.errors.uncorrectableStatus == bit(.poisonedTLP) && test.errors.errorControl & 0x1f == 12)
    #expect(test.errors.headerLog0 == poisoned.header.dwords.x && test.errors.headerLog2 == poisoned.header.dwords.z)
    test.rx.send(EndpointBench.completion(memory, 512, tag: 4, from: 256), at: 61)
    test.bench.run(through: 80)
    #expect(test.data.messages.map(\.status) == [.poisoned] && test.data.messages.map(\.isLast) == [true])
    #expect(test.errors.uncorrectableStatus == bit(.poisonedTLP) && test.errors.correctableStatus == 0)
    #expect(test.state.activeReads == 0)
  }

  /// Device Status tells software whether a request waits for its completion (7.5.3.5).
  @Test func transactionsPendingWhileAReadIsOutstanding() {
    let test = EndpointBench()
    let start = test.configure()
    for tag: UInt16 in 0..<2 { test.read(memory, 64, tag: tag, at: start) }
    for tag: UInt16 in 0..<2 { test.rx.send(EndpointBench.completion(memory, 64, tag: tag), at: 40 + 20 * Cycle(tag)) }
    var seen: [Bool] = []
    for cycle: Cycle in [21, 30, 50, 70] {
      test.bench.run(through: cycle)
      seen.append(test.state.config.deviceStatus & 0x20 != 0)
    }
    #expect(seen == [false, true, true, false])
  }
}
