import Bench
import SimKernel
import Testing

@testable import PCIe

/// The CPU's accesses, and what devices send to each other.
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

  private func load(_ address: UInt64, _ size: Int) -> RootComplexBench {
    let test = RootComplexBench(RootComplexBench.spec())
    test.cpu.send(HostRequest(.memoryRead, address: address, size: size))
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
    #expect(test.answers.arrivals.isEmpty && test.state.refused == 1)
    try answer(test, at: 40, payload: [1, 2, 3, 4])
    #expect(test.answers.messages.map(\.value) == [0x0403_0201])
  }

  /// Loads go one after the other, with a new tag each; stores do not wait for them to be answered.
  @Test func oneLoadIsOutstanding() throws {
    let test = RootComplexBench(RootComplexBench.spec())
    for _ in 0..<2 { test.cpu.send(HostRequest(.memoryRead, address: window, size: 4)) }
    test.bench.run(through: 10)
    #expect(test.headers.map(\.tag) == [0])
    try answer(test, at: 20, payload: [0, 0, 0, 0])
    #expect(test.headers.map(\.tag) == [0, 1])
  }

  @Test func storesBecomeWritesWithByteEnables() throws {
    let test = RootComplexBench(RootComplexBench.spec())
    test.cpu.send(HostRequest(.memoryWrite, address: window + 0xc, size: 8, value: 0x1122_3344_5566_7788))
    test.cpu.send(HostRequest(.memoryWrite, address: window + 1, size: 1, value: 1))
    test.bench.run(through: 10)
    #expect(test.headers.map(\.type) == [.memoryWrite, .memoryWrite])
    #expect(test.headers.map(\.address) == [window + 0xc, window])
    #expect(test.headers.map(\.firstBE) == [0xf, 0b0010])
    #expect(test.toDevice.messages.first?.payload == [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11])
  }

  @Test func configurationAccessesGoToTheDevice() throws {
    let test = RootComplexBench(RootComplexBench.spec())
    test.cpu.send(HostRequest(.configWrite, address: 8, value: 0xe000_0000))
    test.bench.run(through: 10)
    let header = try #require(test.headers.first)
    #expect(header.type == .configWrite0 && header.target == RootComplexBench.device && header.register == 8)
    try answer(test, at: 20, status: .unsupportedRequest)
    #expect(test.answers.messages.map(\.status) == [.unsupportedRequest])
  }

  // MARK: peer to peer and interrupts

  @Test func forwardsWritesBetweenDevices() {
    let test = RootComplexBench(RootComplexBench.spec())
    let write = TLP.memoryWrite(
      address: window + 0x80_0000, data: pattern(64), requester: RootComplexBench.peer)
    test.fromPeer.send(write)
    test.bench.run(through: 10)
    #expect(test.toDevice.messages == [write])
  }

  /// Reads between devices come back by requester ID.
  @Test func routesCompletionsBetweenDevices() throws {
    let test = RootComplexBench(RootComplexBench.spec())
    test.fromPeer.send(.memoryRead(address: window, length: 4, tag: 9, requester: RootComplexBench.peer))
    test.bench.run(through: 10)
    try answer(test, at: 20, payload: [1, 2, 3, 4])
    #expect(test.toPeer.messages.compactMap { try? $0.decoded().tag } == [9])
    #expect(test.answers.arrivals.isEmpty)
  }

  @Test func writesToTheInterruptRangeAreInterrupts() {
    let test = RootComplexBench(RootComplexBench.spec())
    test.fromPeer.send(
      .memoryWrite(address: 0xfee0_0000, data: [0x50, 0, 0, 0], requester: RootComplexBench.peer))
    test.bench.run(through: 10)
    #expect(test.interrupts.messages.map(\.vector) == [0x50])
  }

  /// Requests that nothing above serves are answered with UR; malformed packets are dropped.
  @Test func refusesWhatItDoesNotServe() {
    let test = RootComplexBench(RootComplexBench.spec())
    test.fromDevice.send(
      .configRead(target: RootComplexBench.peer, register: 0, tag: 7, requester: RootComplexBench.device))
    var malformed = TLPHeader.memoryRead(
      address: RootComplexBench.memoryBase, length: 8, tag: 8, requester: RootComplexBench.device)
    malformed.lastBE = 0
    test.fromDevice.send(TLP(malformed))
    test.bench.run(through: 10)
    #expect(test.headers.map(\.tag) == [7] && test.headers.map(\.status) == [.unsupportedRequest])
    #expect(test.state.refused == 2)
  }
}
