import Bench
import PCIe
import PCIeBench
import SimKernel
import TestSupport
import Testing

/// Where requests, completions and messages leave a switch (PCI Express Base Specification 2.2.4, 2.2.8, 7.5.1.3).
@Suite("2.2.4 Routing by address and ID") struct SwitchRoutingTests {
  @Test(arguments: 1...3) func requestsFromUpstreamFollowTheWindows(_ index: Int) {
    let test = SwitchBench()
    let tlps = [read(SwitchBench.address(index)), write(SwitchBench.address(index) + 0xff_ffc0)]
    test.run(tlps[0], tlps[1], into: 0)
    #expect(test.used == [index] && test.left(by: index) == tlps)
    #expect(test.state(0).received == 2 && test.state(index).transmitted == 2 && test.state(0).refused == 0)
  }

  /// Between devices, without the root complex.
  @Test func peersReachEachOther() {
    let test = SwitchBench()
    test.run(write(SwitchBench.address(3), from: SwitchBench.device(1)), into: 1)
    #expect(test.used == [3])
  }

  /// Host memory, and the address of interrupts.
  @Test(arguments: [0x1000, 0xfee0_0000, 0x1_e000_0000, UInt64(0xdfff_ffc0)]) func whatNobodyClaimsGoesUp(
    _ address: UInt64
  ) {
    let test = SwitchBench()
    test.run(write(address, from: SwitchBench.device(2)), into: 2)
    #expect(test.used == [0])
  }

  @Test func atomicsFollowTheWindowsToo() {
    let test = SwitchBench()
    var header = TLPHeader(.fetchAdd)
    (header.lengthDW, header.requesterID, header.address) = (1, SwitchBench.device(1), SwitchBench.address(2))
    test.run(TLP(header, payload: pattern(4)), into: 1)
    #expect(test.used == [2])
  }

  /// 2.2.4.2: by the bus of the requester.
  @Test(arguments: [(0, 1), (0, 3), (1, 0), (2, 0), (1, 2), (3, 1)]) func completionsGoToTheirRequester(
    _ from: Int, _ to: Int
  ) {
    let test = SwitchBench()
    let completion = answer(to: SwitchBench.device(to))
    test.run(completion, into: from)
    #expect(test.used == [to] && test.left(by: to) == [completion])
  }

  /// P2P Request Redirect: the root complex judges, and sends it back down (6.12.1.1).
  @Test func redirectedRequestsGoUp() {
    let test = SwitchBench()
    test.setState(1) { $0.bridge.accessControl = 0x4 }
    let request = write(SwitchBench.address(2), from: SwitchBench.device(1))
    test.run(request, answer(to: SwitchBench.device(2)), into: 1)
    #expect(test.left(by: 0) == [request])
    #expect(test.left(by: 2).map(\.header.type) == [.completionData])
    test.ports[0].source.send(request, at: 250)
    test.bench.run(through: 400)
    #expect(test.left(by: 2).count == 2 && test.left(by: 0).count == 1)
  }

  /// P2P Completion Redirect is for read completions without Relaxed Ordering, which must not pass redirected writes
  /// (6.12.1.1).
  @Test func redirectedCompletionsGoUp() {
    let test = SwitchBench()
    test.setState(1) { $0.bridge.accessControl = 0x8 }
    let strict = answer(to: SwitchBench.device(2)),
      relaxed = answer(to: SwitchBench.device(2), attributes: .relaxedOrdering)
    test.run(strict, relaxed, write(SwitchBench.address(2), from: SwitchBench.device(1)), into: 1)
    #expect(test.left(by: 0) == [strict])
    #expect(
      test.left(by: 2).map(\.header.type).sorted { $0!.rawValue < $1!.rawValue } == [.memoryWrite, .completionData])
  }

  @Test func messagesToTheRootGoUp() {
    let test = SwitchBench()
    test.run(.message(.pmPME, routing: .toRootComplex, requester: SwitchBench.device(1)), into: 1)
    #expect(test.used == [0])
  }

  @Test func broadcastsGoToAllWhoseLinkIsUp() {
    let test = SwitchBench()
    test.ports[2].events.send(.down, at: 5)
    test.run(.message(.pmeTurnOff, routing: .broadcastFromRoot, requester: SwitchBench.host), into: 0)
    #expect(test.used == [1, 3])
  }

  @Test func localMessagesEnd() {
    let test = SwitchBench()
    test.run(.message(.pmActiveStateNak, routing: .local, requester: SwitchBench.host), into: 0)
    #expect(test.used.isEmpty && test.state(0).received == 1 && test.state(0).refused == 0)
  }

  /// Without a meaning, or vendor-defined of type 0, they are unsupported (2.2.8, 2.2.8.6).
  @Test(arguments: [MessageCode.vendorDefined0, MessageCode(rawValue: 0x0f)])
  func localMessagesWithoutAMeaning(_ code: MessageCode) {
    let test = SwitchBench()
    test.run(.message(code, routing: .local, requester: SwitchBench.host), into: 0)
    #expect(test.used.allSatisfy { $0 == 0 } && test.state(0).refused == 1)
    #expect(test.state(0).bridge.errors.uncorrectableStatus == 1 << 20)
  }

  @Test(arguments: [(0, 2), (1, 3), (1, 0)]) func messagesByID(_ from: Int, _ to: Int) {
    let test = SwitchBench()
    var header = TLPHeader.message(.vendorDefined1, routing: .byID, requester: SwitchBench.device(from))
    header.target = SwitchBench.device(to)
    test.run(TLP(header), into: from)
    #expect(test.used == [to])
  }
}

/// What a switch does not let through.
@Suite struct SwitchRefusalTests {
  private static let device = SwitchBench.device

  /// Non-posted requests are answered by the bridge that received them; posted ones are lost and recorded (2.3.1).
  private func expectRefused(_ test: SwitchBench, _ address: UInt64, at index: Int) {
    let request = read(address, from: Self.device(index))
    test.run(request, write(address, from: Self.device(index)), into: index)
    let answers = test.ports[index].sink.headers
    #expect(test.used == [index] && answers.count == 1)
    #expect(answers.first?.status == .unsupportedRequest && answers.first?.completerID == SwitchBench.bridge(index))
    #expect(answers.first?.requesterID == Self.device(index) && answers.first?.tag == 7)
    let state = test.state(index)
    #expect(state.refused == 2 && state.discarded == 1)
    // The write is non-fatal, the read advisory (6.2.3.2.4.1).
    #expect(state.bridge.errors.uncorrectableStatus == 1 << 20 && state.bridge.errors.correctableStatus == 1 << 13)
    #expect(state.bridge.deviceStatus == 0xb)
  }

  @Test(arguments: [UInt64(0xdfff_0000), 0xe300_0000, 0x1_e000_0000]) func whatIsNotInTheWindow(_ address: UInt64) {
    expectRefused(SwitchBench(), address, at: 0)
  }

  /// A hole between the windows below is nobody's, from whichever side.
  @Test(arguments: [0, 1]) func whatIsInNoWindowBelow(_ ingress: Int) {
    let test = SwitchBench()
    test.setState(2) { $0.bridge.memoryLimit = $0.bridge.memoryBase }
    expectRefused(test, SwitchBench.address(2) + 0x10_0000, at: ingress)
  }

  /// Bridges do not turn requests round.
  @Test func whatIsBehindThePortItself() { expectRefused(SwitchBench(), SwitchBench.address(1), at: 1) }

  /// Memory Space Enable (7.5.1.1.3), at the upstream bridge and below.
  @Test(arguments: [0, 2]) func memorySpaceDisabled(_ bridge: Int) {
    let test = SwitchBench()
    test.setState(bridge) { $0.bridge.command = 0x4 }
    expectRefused(test, SwitchBench.address(2), at: 0)
  }

  /// Bus Master Enable (7.5.1.1.3), of the port and of the upstream bridge.
  @Test(arguments: [0, 1]) func busMasterDisabled(_ bridge: Int) {
    let test = SwitchBench()
    test.setState(bridge) { $0.bridge.command = 0x2 }
    expectRefused(test, 0x1000, at: 1)
  }

  /// Peers need Bus Master Enable of the port, not of the upstream bridge.
  @Test(arguments: [(0, [2]), (1, [1])]) func busMasterAmongPeers(_ bridge: Int, _ used: [Int]) {
    let test = SwitchBench()
    test.setState(bridge) { $0.bridge.command = 0x2 }
    test.run(read(SwitchBench.address(2), from: Self.device(1)), into: 1)
    #expect(test.used == used)
  }

  /// Non-posted requests are unsupported, others lost (2.9.1).
  @Test func linkDownBelow() {
    let test = SwitchBench()
    test.ports[2].events.send(.down, at: 5)
    let host = Self.device(0)
    test.run(read(SwitchBench.address(2), from: host), write(SwitchBench.address(2), from: host), into: 0)
    #expect(!test.state(2).bridge.linkIsActive && test.state(1).bridge.linkIsActive)
    #expect(test.used == [0] && test.ports[0].sink.headers.map(\.status) == [.unsupportedRequest])
    let state = test.state(0)
    #expect(state.refused == 1 && state.discarded == 1)
    #expect(state.bridge.errors.uncorrectableStatus == 0 && state.bridge.errors.correctableStatus == 1 << 13)
  }

  /// A switch in hot reset passes nothing on, answers nothing and notes no errors (2.9.1, 6.6.1).
  @Test func aHotResetDiscardsWhatIsUnderWay() {
    let test = SwitchBench()
    test.ports[0].events.send(.down, at: SwitchBench.start)
    test.ports[2].source.send(write(SwitchBench.address(1), from: Self.device(2)), at: SwitchBench.start)
    test.run(read(SwitchBench.address(2), from: Self.device(1)), write(0x1000, from: Self.device(1)), into: 1)
    #expect(test.used.isEmpty)
    for index in 0...3 {
      let state = test.state(index)
      #expect(state.refused == 0 && state.bridge.errors.uncorrectableStatus == 0 && state.bridge.deviceStatus == 0)
    }
    #expect(test.state(1).discarded == 2 && test.state(2).discarded == 1)
  }

  @Test func completionsIntoADownLinkAreLost() {
    let test = SwitchBench()
    test.ports[2].events.send(.down, at: 5)
    test.run(answer(to: Self.device(2)), into: 0)
    #expect(test.used.isEmpty && test.state(0).discarded == 1 && test.state(0).refused == 0)
  }

  /// I/O has no window (7.5.1.3.6), but goes up.
  @Test func ioRequests() {
    var header = TLPHeader(.ioRead)
    (header.lengthDW, header.firstBE, header.address) = (1, 0xf, 0x1000)
    let down = SwitchBench()
    down.run(TLP(header), into: 0)
    #expect(down.ports[0].sink.headers.map(\.status) == [.unsupportedRequest])
    let up = SwitchBench()
    up.run(TLP(header), into: 1)
    #expect(up.used == [0])
  }

  /// Unexpected completions: for the bus inside, for nobody, for the port itself (2.3.2).
  @Test(arguments: [(0, UInt8(2)), (0, 9), (1, 2), (1, 3)]) func completionsForNobody(_ ingress: Int, _ bus: UInt8) {
    let test = SwitchBench()
    test.run(answer(to: DeviceID(bus: bus, device: 0, function: 0)), into: ingress)
    #expect(test.used.isEmpty && test.state(ingress).discarded == 1)
    #expect(test.state(ingress).bridge.errors.correctableStatus == 1 << 13)
  }

  /// Malformed packets are lost where they came in, and reported upstream (2.3, 6.2.3.4).
  @Test(arguments: [0, 2]) func malformedPackets(_ ingress: Int) {
    let test = SwitchBench()
    for index in [0, ingress] { test.setState(index) { $0.bridge.deviceControl |= 0xf } }
    test.setState(0) { $0.bridge.bridgeControl = 0x2 }
    let tlp = TLP.memoryWrite(address: 0xe000_0000, data: pattern(256), requester: Self.device(ingress))
    test.run(tlp, write(ingress == 0 ? SwitchBench.address(1) : 0x1000, from: Self.device(ingress)), into: ingress)
    #expect(test.state(ingress).bridge.errors.uncorrectableStatus == 1 << 18)
    #expect(test.state(ingress).bridge.errors.headerLog0 == tlp.header.dwords.x)
    let message = test.ports[0].sink.headers.first { $0.type == .message }
    #expect(message?.messageCode == .errorFatal && message?.requesterID == SwitchBench.bridge(ingress))
    #expect(test.state(ingress).discarded == 1, "the packet behind it goes on")
    #expect(test.left(by: ingress == 0 ? 1 : 0).contains { $0.header.type == .memoryWrite })
  }

  /// A route that a message cannot have from this side (2.2.8).
  @Test(arguments: [(0, MessageRouting.toRootComplex), (1, .broadcastFromRoot)])
  func messagesFromTheWrongSide(_ ingress: Int, _ routing: MessageRouting) {
    let test = SwitchBench()
    test.run(.message(.pmPME, routing: routing, requester: Self.device(ingress)), into: ingress)
    #expect(test.used.isEmpty && test.state(ingress).bridge.errors.uncorrectableStatus == 1 << 18)
  }

  /// Poisoned packets go on; for a switch that is an advisory error (2.7.2.1, 6.2.3.2.4.2).
  @Test func poisonedPacketsGoOn() {
    let test = SwitchBench()
    var poisoned = write(SwitchBench.address(1))
    poisoned.header.dwords.x |= 0x4000
    test.run(poisoned, into: 0)
    #expect(test.left(by: 1) == [poisoned])
    #expect(test.state(0).bridge.errors.correctableStatus == 1 << 13 && test.state(0).refused == 0)
  }

  /// No packet, however wrong, traps.
  @Test(arguments: 1...20) func noise(_ seed: UInt64) {
    var random = SeededRandom(state: seed)
    let test = SwitchBench()
    for index in 0..<400 {
      var bytes = (0..<12 + random.below(24)).map { _ in UInt8(random.below(256)) }
      if random.below(2) == 0, let type = TLPType.allCases.randomElement(using: &random) { bytes[0] = type.rawValue }
      test.ports[random.below(4)].source.send(TLP(lenient: bytes), at: Cycle(index))
    }
    test.bench.run(through: 1_000)
    #expect((0...3).reduce(0) { $0 + test.state($1).received } == 400)
  }
}
