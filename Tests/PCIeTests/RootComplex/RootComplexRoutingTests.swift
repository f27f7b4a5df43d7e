import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// What devices send: to each other, to the interrupt range, and to nobody.
@Suite struct RootComplexRoutingTests {
  private let window = RootComplexBench.windowBase
  private let device = RootComplexBench.device
  private let peer = RootComplexBench.peer

  @Test func forwardsWritesBetweenDevices() {
    let test = RootComplexBench()
    let there = TLP.memoryWrite(address: window + 0x80_0000, data: pattern(64), requester: peer)
    let back = TLP.memoryWrite(address: RootComplexBench.peerWindow, data: pattern(64), requester: device)
    test.fromPeer.send(there)
    test.fromDevice.send(back)
    test.bench.run(through: 10)
    #expect(test.toDevice.messages == [there] && test.toPeer.messages == [back])
    #expect(test.toDevice.cycles == [2])
  }

  /// Reads between devices come back by requester ID, and the CPU sees nothing of it (2.2.4.2).
  @Test func routesCompletionsBetweenDevices() throws {
    let test = RootComplexBench()
    test.fromPeer.send(.memoryRead(address: window, length: 4, tag: 9, requester: peer))
    test.bench.run(through: 10)
    let request = try #require(test.headers.first)
    test.fromDevice.send(.completionData(for: request, value: 7, completer: device), at: 20)
    test.bench.run(through: 40)
    #expect(test.toPeer.headers.map(\.tag) == [9])
    #expect(test.answers.arrivals.isEmpty)
  }

  /// A bus beyond the link below is below the root port too.
  @Test func routesByAllBusesBelow() {
    let test = RootComplexBench()
    let far = DeviceID(bus: 4, device: 3, function: 1)
    let request = TLPHeader.memoryRead(address: window, length: 4, tag: 9, requester: far)
    test.fromDevice.send(.completionData(for: request, value: 7, completer: device))
    test.bench.run(through: 10)
    #expect(test.toPeer.headers.map(\.requesterID) == [far])
  }

  /// A request for a window on the side that it comes from goes back down.
  @Test func turnsRequestsRound() {
    let test = RootComplexBench()
    let write = TLP.memoryWrite(address: window, data: pattern(4), requester: device)
    test.fromDevice.send(write)
    test.bench.run(through: 10)
    #expect(test.toDevice.messages == [write] && test.port(0).refused == 0)
  }

  /// The window counts to its last byte, and only with Memory Space Enable (7.5.1.3.8, 7.5.1.1.3).
  @Test(arguments: [
    (0xe0ff_fffc as UInt64, 0x6 as UInt16, true), (0xe0ff_fffc, 0x4, false), (0xe200_0000, 0x6, false),
    (0xdfff_fffc, 0x6, false),
  ])
  func windowsDecide(address: UInt64, command: UInt16, isForwarded: Bool) {
    let test = RootComplexBench()
    test.root.portStates.pointer[0].bridge.command = command
    test.fromPeer.send(.memoryRead(address: address, length: 4, tag: 9, requester: peer))
    test.bench.run(through: 10)
    #expect(test.headers.map(\.address) == (isForwarded ? [address] : []))
    #expect(test.toPeer.headers.map(\.status) == (isForwarded ? [] : [.unsupportedRequest]))
  }

  @Test func theRegistersOpenTheWindow() {
    let test = RootComplexBench()
    // Prefetchable, above 4 GiB: 0x20_0010_0000 to 0x20_002f_ffff.
    for (register, value) in [(9, 0x0020_0010), (10, 0x20), (11, 0x20)] as [(Int, UInt32)] {
      test.configWrite(DeviceID(bus: 0, device: 0, function: 0), register, value)
    }
    for address: UInt64 in [0x20_000f_fffc, 0x20_0010_0000, 0x20_002f_fffc, 0x20_0030_0000] {
      test.fromPeer.send(.memoryRead(address: address, length: 4, tag: 9, requester: peer), at: 10)
    }
    test.bench.run(through: 20)
    #expect(test.headers.map(\.address) == [0x20_0010_0000, 0x20_002f_fffc])
  }

  /// A posted request that nobody serves is lost, a completion that nobody waits for too; both are counted (2.3.1,
  /// 2.3.2).
  @Test func countsWhatNobodyServes() {
    let test = RootComplexBench()
    test.fromDevice.send(.memoryWrite(address: 0x1000, data: [1, 2, 3, 4], requester: device))
    let request = TLPHeader.memoryRead(
      address: window, length: 4, tag: 9, requester: DeviceID(bus: 9, device: 0, function: 0))
    test.fromDevice.send(.completionData(for: request, value: 7, completer: device))
    test.bench.run(through: 20)
    #expect(test.port(0).refused == 2 && test.headers.isEmpty && test.toPeer.arrivals.isEmpty)
    #expect(test.errors.uncorrectableStatus == bit(.unsupportedRequest) && test.errors.correctableStatus == 0x2000)
  }

  /// Requests that nothing above serves are answered with UR; malformed packets are dropped.
  @Test func refusesWhatItDoesNotServe() {
    let test = RootComplexBench()
    test.fromDevice.send(.configRead(target: peer, register: 0, tag: 7, requester: device))
    var malformed = TLPHeader.memoryRead(
      address: RootComplexBench.memoryBase, length: 8, tag: 8, requester: device)
    malformed.lastBE = 0
    test.fromDevice.send(TLP(malformed))
    test.bench.run(through: 10)
    #expect(test.headers.map(\.tag) == [7] && test.headers.map(\.status) == [.unsupportedRequest])
    #expect(test.port(0).refused == 2 && test.errors.uncorrectableStatus == bit(.malformedTLP))
  }

  /// Without Bus Master Enable a root port takes no requests from below, but completions (7.5.1.1.3).
  @Test func busMasterEnableGatesWhatComesFromBelow() {
    let test = RootComplexBench()
    test.root.portStates.pointer[0].bridge.command = 0x2
    test.read(0, 4)
    test.fromDevice.send(.memoryWrite(address: 0xfee0_0000, data: [0x50, 0, 0, 0], requester: device))
    test.fromDevice.send(.memoryRead(address: RootComplexBench.peerWindow, length: 4, tag: 2, requester: device))
    let request = TLPHeader.memoryRead(address: window, length: 4, tag: 9, requester: peer)
    test.fromDevice.send(.completionData(for: request, value: 7, completer: device))
    test.bench.run(through: 20)
    #expect(test.headers.map(\.status) == [.unsupportedRequest, .unsupportedRequest])
    #expect(test.interrupts.arrivals.isEmpty && test.toPeer.headers.map(\.type) == [.completionData])
  }

  /// A class that is stuck on the way down does not stop the others, nor what goes elsewhere (2.4.1).
  @Test(arguments: [
    (FlowClassSet.nonPosted, [TLPType.memoryWrite, .completionData]),
    (.completion, [.memoryRead, .memoryWrite]),
  ])
  func aStuckClassStopsNoOther(stuck: FlowClassSet, passing: [TLPType]) {
    let test = RootComplexBench(toDeviceRoom: .init(each: 1))
    test.toDevice.refuses = stuck
    let request = TLPHeader.memoryRead(address: RootComplexBench.peerWindow, length: 4, tag: 9, requester: device)
    for i in 0..<3 {
      let cycle = Cycle(4 * i)
      test.fromPeer.send(.memoryRead(address: window, length: 4, tag: UInt16(i), requester: peer), at: cycle)
      test.fromPeer.send(.completionData(for: request, value: 7, completer: peer), at: cycle)
      test.fromPeer.send(.memoryWrite(address: window, data: [1, 2, 3, 4], requester: peer), at: cycle)
      test.fromPeer.send(
        .memoryWrite(address: RootComplexBench.memoryBase + UInt64(4 * i), data: [9, 9, 9, 9], requester: peer),
        at: cycle)
    }
    test.bench.run(through: 60)
    for type in passing { #expect(test.headers.filter { $0.type == type }.count == 3) }
    #expect(test.headers.count == 6 && test.root.memory.read(12, at: 0) == [UInt8](repeating: 9, count: 12))
    test.toDevice.refuses = []
    test.bench.run(through: 100)
    #expect(test.headers.count == 9)
  }

  // MARK: interrupts and messages

  @Test func writesToTheInterruptRangeAreInterrupts() {
    let test = RootComplexBench()
    test.fromPeer.send(.memoryWrite(address: 0xfee0_0000, data: [0x50, 0, 0, 0], requester: peer))
    test.bench.run(through: 10)
    #expect(test.interrupts.messages.map(\.vector) == [0x50])
  }

  /// An interrupt stays behind the data (2.4.1 A2a), and one with poisoned data is none (2.7.2.2).
  @Test func interruptsStayBehindDataAndAreWhole() {
    let test = RootComplexBench()
    test.fromDevice.send(
      .memoryWrite(address: RootComplexBench.memoryBase, data: [9, 9, 9, 9], requester: device))
    var poisoned = TLPHeader.memoryWrite(address: 0xfee0_0000, length: 4, requester: device)
    poisoned.poisoned = true
    test.fromDevice.send(TLP(poisoned, payload: [1, 0, 0, 0]))
    test.fromDevice.send(.memoryWrite(address: 0xfee0_0000, data: [2, 0, 0, 0], requester: device))
    var found: [UInt8] = []
    test.interrupts.respond = { _, _ in found = test.root.memory.read(4, at: 0) }
    test.bench.run(through: 10)
    #expect(test.interrupts.messages.map(\.vector) == [2] && found == [9, 9, 9, 9])
    #expect(test.errors.uncorrectableStatus == bit(.poisonedTLP))
    #expect(test.port(0).bridge.secondaryStatus == 0x8000)
  }

  /// ERR_COR, ERR_NONFATAL and ERR_FATAL from below are counted by root port (2.2.8.3); other messages have no use
  /// here.
  @Test func countsErrorMessages() {
    let test = RootComplexBench()
    let codes: [MessageCode] = [
      .errorCorrectable, .errorCorrectable, .errorCorrectable, .errorNonFatal, .errorNonFatal, .errorFatal, .pmPME,
    ]
    for code in codes { test.fromDevice.send(.message(code, routing: .toRootComplex, requester: device)) }
    test.bench.run(through: 10)
    let port = test.port(0)
    #expect([port.correctableMessages, port.nonFatalMessages, port.fatalMessages] == [3, 2, 1])
    #expect(test.port(1).correctableMessages == 0 && port.refused == 0)
    // Received System Error, for all but ERR_COR (7.5.1.3.7).
    #expect(port.bridge.secondaryStatus == 0x4000)
  }

  /// Without a meaning, or vendor-defined of type 0, they are unsupported (2.2.8, 2.2.8.6).
  @Test(arguments: [MessageCode.vendorDefined0, MessageCode(rawValue: 0x0f)])
  func messagesWithoutAMeaning(_ code: MessageCode) {
    let test = RootComplexBench()
    test.fromDevice.send(.message(code, routing: .toRootComplex, requester: device))
    test.bench.run(through: 10)
    #expect(test.port(0).refused == 1 && test.headers.isEmpty)
    #expect(test.errors.uncorrectableStatus == bit(.unsupportedRequest))
  }

  /// Errors of the link are the root port's, which reports them to itself (6.2.4.1.2).
  @Test func countsErrorsOfTheLink() {
    let test = RootComplexBench()
    test.root.portStates.pointer[0].bridge.deviceControl |= 0x5
    test.deviceEvents.send(.correctable(.badTLP))
    test.deviceEvents.send(.uncorrectable(.dataLinkProtocol))
    test.bench.run(through: 10)
    #expect(test.errors.correctableStatus == 0x40 && test.errors.uncorrectableStatus == bit(.dataLinkProtocol))
    #expect(test.port(0).correctableMessages == 1 && test.port(0).fatalMessages == 1)
  }
}
