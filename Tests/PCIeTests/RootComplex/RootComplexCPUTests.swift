import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// The CPU's accesses to memory space.
@Suite struct RootComplexCPUTests {
  private let window = RootComplexBench.windowBase

  /// Plays the device: answers the request at the head with `payload`, or with `status`.
  private func answer(
    _ test: RootComplexBench, at cycle: Cycle, payload: [UInt8] = [], status: CompletionStatus = .successful,
    poisoned: Bool = false, tag: UInt16? = nil
  ) throws {
    var request = try #require(test.headers.last)
    if let tag { request.tag = tag }
    var header = TLPHeader.completion(for: request, status: status, completer: RootComplexBench.device)
    if status == .successful {
      header = TLPHeader.completionData(for: request, completer: RootComplexBench.device)
      header.poisoned = poisoned
    }
    test.fromDevice.send(TLP(header, payload: payload), at: cycle)
    test.bench.run(through: cycle + 10)
  }

  private func load(_ address: UInt64, _ size: Int, _ spec: HostSpec = RootComplexBench.spec()) -> RootComplexBench {
    let test = RootComplexBench(spec)
    test.load(address, size)
    test.bench.run(through: 10)
    return test
  }

  @Test(arguments: [(1, 1, 0x22 as UInt64), (0, 2, 0x2211), (2, 2, 0x4433), (0, 4, 0x4433_2211)])
  func loadsTakeTheirBytes(offset: UInt64, size: Int, expected: UInt64) throws {
    let test = load(window + offset, size)
    try answer(test, at: 20, payload: [0x11, 0x22, 0x33, 0x44])
    #expect(test.answers.messages.map(\.value) == [expected])
    #expect(test.answers.messages.map(\.status) == [.successful])
  }

  @Test func loadsOfEightBytesMaySpanThreeDwords() throws {
    let test = load(window + 0xe, 8)
    #expect(test.headers.map(\.lengthDW) == [3])
    try answer(test, at: 20, payload: Array(1...12))
    #expect(test.answers.messages.map(\.value) == [0x0a09_0807_0605_0403])
  }

  /// A CPU reads all ones where nobody answers well (2.3.2).
  @Test(arguments: [(1, 0xff as UInt64), (2, 0xffff), (4, 0xffff_ffff), (8, .max)])
  func failedLoadsReadAllOnes(size: Int, expected: UInt64) throws {
    let test = load(window, size)
    try answer(test, at: 20, status: .unsupportedRequest)
    #expect(test.answers.messages.map(\.value) == [expected])
    #expect(test.answers.messages.map(\.status) == [.unsupportedRequest])
  }

  @Test func poisonedLoadsReadAllOnes() throws {
    let test = load(window, 4)
    try answer(test, at: 20, payload: [1, 2, 3, 4], poisoned: true)
    #expect(test.answers.messages.map(\.value) == [0xffff_ffff])
  }

  /// A load waits for its own tag; anything else is unexpected.
  @Test func dropsUnexpectedCompletions() throws {
    let test = load(window, 4)
    try answer(test, at: 20, payload: [1, 2, 3, 4], tag: 17)
    #expect(test.answers.arrivals.isEmpty && test.port(0).refused == 1)
    try answer(test, at: 40, payload: [1, 2, 3, 4])
    #expect(test.answers.messages.map(\.value) == [0x0403_0201])
  }

  /// Loads go one after the other, with a new tag each; stores do not wait for them to be answered.
  @Test func oneLoadIsOutstanding() throws {
    let test = RootComplexBench()
    for _ in 0..<2 { test.load(window) }
    test.bench.run(through: 10)
    #expect(test.headers.map(\.tag) == [0])
    try answer(test, at: 20, payload: [0, 0, 0, 0])
    #expect(test.headers.map(\.tag) == [0, 1])
  }

  @Test func storesBecomeWritesWithByteEnables() throws {
    let test = RootComplexBench()
    test.cpu.send(HostRequest(.memoryWrite(address: window + 0xc, size: 8, value: 0x1122_3344_5566_7788)))
    test.cpu.send(HostRequest(.memoryWrite(address: window + 1, size: 1, value: 1)))
    test.bench.run(through: 10)
    #expect(test.headers.map(\.type) == [.memoryWrite, .memoryWrite])
    #expect(test.headers.map(\.address) == [window + 0xc, window])
    #expect(test.headers.map(\.firstBE) == [0xf, 0b0010])
    #expect(test.toDevice.messages.first?.payload == [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11])
  }

  /// A completer may cut the answer at its read completion boundary, even one of eight bytes (2.3.1.1).
  @Test func loadsTakeAnswersInParts() {
    let test = load(window + 0x3c, 8)
    let request = TLPHeader.memoryRead(address: window + 0x3c, length: 8, tag: 0, requester: RootComplexBench.host)
    for (offset, bytes) in [(0, [1, 2, 3, 4]), (4, [5, 6, 7, 8])] as [(Int, [UInt8])] {
      let part = CompletionPart(address: window + 0x3c + UInt64(offset), length: 4, byteCount: 8 - offset)
      test.fromDevice.send(
        .completionData(for: request, part: part, payload: bytes, completer: RootComplexBench.device),
        at: 20 + Cycle(offset))
    }
    test.bench.run(through: 40)
    #expect(test.values == [0x0807_0605_0403_0201] && test.statuses == [.successful] && test.port(0).refused == 0)
  }

  /// Success without data is no answer to a load, nor is one with another byte count or lower address (2.3.2).
  @Test func answersHaveToFitTheLoad() throws {
    let test = load(window + 4, 4)
    let request = try #require(test.headers.last)
    test.fromDevice.send(.completion(for: request, status: .successful, completer: RootComplexBench.device), at: 20)
    for (address, length) in [(window + 4, 8), (window, 4)] {
      let other = TLPHeader.memoryRead(address: address, length: length, tag: 0, requester: RootComplexBench.host)
      test.fromDevice.send(
        .completionData(for: other, payload: pattern(length), completer: RootComplexBench.device), at: 20)
    }
    test.bench.run(through: 40)
    #expect(test.answers.arrivals.isEmpty && test.port(0).refused == 3 && test.errors.correctableStatus == 0x2000)
    try answer(test, at: 41, payload: [1, 2, 3, 4])
    #expect(test.values == [0x0403_0201])
  }

  /// CRS answers configuration requests only; a load that gets it has failed, and is not tried again (2.3.2).
  @Test func aLoadIsNotRetried() throws {
    let test = load(window, 4)
    try answer(test, at: 20, status: .configurationRetry)
    #expect(test.values == [0xffff_ffff] && test.statuses == [.unsupportedRequest] && test.headers.count == 1)
  }

  /// Completion timeout (2.8): all ones at the deadline and not before, an error of the root port; a completion that
  /// comes later is unexpected.
  @Test(arguments: [(1_000_000 as Picoseconds, 250 as Cycle), (1_000_001, 251)])
  func failsExactlyAtTheDeadline(timeout: Picoseconds, cycles: Cycle) throws {
    var spec = RootComplexBench.spec()
    spec.completionTimeout = timeout
    let test = load(window, 4, spec)
    // The request leaves at cycle 1.
    test.bench.run(through: cycles)
    #expect(test.state.cpuWaiting && test.errors.uncorrectableStatus == 0)
    test.bench.run(through: cycles + 2)
    #expect(test.answers.cycles == [cycles + 2] && test.values == [0xffff_ffff])
    #expect(test.errors.uncorrectableStatus == bit(.completionTimeout))
    try answer(test, at: 300, payload: [1, 2, 3, 4])
    #expect(test.values == [0xffff_ffff] && test.errors.correctableStatus == 0x2000)
  }

  /// A completion at the edge of the deadline is in time.
  @Test func theLastEdgeIsInTime() throws {
    var spec = RootComplexBench.spec()
    spec.completionTimeout = 1_000_000
    let test = load(window, 4, spec)
    try answer(test, at: 250, payload: [1, 2, 3, 4])
    #expect(test.values == [0x0403_0201] && test.errors.uncorrectableStatus == 0)
  }

  /// A load from an address that nothing owns reads all ones without a packet; a store there is lost.
  @Test func nobodysAddressReadsAllOnes() {
    let test = RootComplexBench()
    test.cpu.send(HostRequest(.memoryWrite(address: 0xd000_0000, size: 4, value: 1)))
    test.load(0xd000_0000)
    test.bench.run(through: 10)
    #expect(test.values == [0xffff_ffff] && test.statuses == [.unsupportedRequest])
    #expect(test.headers.isEmpty && test.toPeer.arrivals.isEmpty)
  }
}
