import PCIe
import PCIeBench
import Testing

/// Configuration requests through and to a switch (PCI Express Base Specification 7.3.3).
@Suite("7.3.3 Configuration requests at a switch") struct SwitchConfigTests {
  private func configRead(_ target: DeviceID, register: UInt16 = 0, isType1: Bool = true) -> TLP {
    .configRead(target: target, register: register, tag: 3, requester: SwitchBench.host, isType1: isType1)
  }

  private func configWrite(_ target: DeviceID, register: UInt16, _ value: UInt32, isType1: Bool = true) -> TLP {
    .configWrite(
      target: target, register: register, value: value, tag: 3, requester: SwitchBench.host, isType1: isType1)
  }

  private func expectRefused(_ test: SwitchBench, at index: Int = 0) {
    #expect(test.used == [index])
    #expect(test.ports[index].sink.headers.map(\.status) == [.unsupportedRequest])
    #expect(test.ports[index].sink.headers.map(\.completerID) == [SwitchBench.bridge(index)])
  }

  /// Type 0 is for the upstream bridge itself, which takes its number from writes (2.2.6.2).
  @Test func type0IsForTheUpstreamBridge() {
    let test = SwitchBench()
    let target = DeviceID(bus: 5, device: 3, function: 0)
    test.run(
      configRead(target, isType1: false), configWrite(target, register: 15, 0x2_0000, isType1: false),
      configRead(target, register: 15, isType1: false), into: 0)
    let answers = test.ports[0].sink.headers
    #expect(answers.map(\.type) == [.completionData, .completion, .completionData])
    #expect(answers.map(\.completerID) == [SwitchBench.upstreamID, target, target])
    #expect(test.left(by: 0)[0].payloadDword(0) == 0x3101_1de5 && test.left(by: 0)[2].payloadDword(0) == 0x2_0000)
  }

  @Test(arguments: 1...3) func type1OnTheBusInsideIsForADownstreamBridge(_ index: Int) {
    let test = SwitchBench()
    let target = SwitchBench.bridge(index)
    test.run(configWrite(target, register: 3, 0x10), configRead(target, register: 3), into: 0)
    #expect(test.ports[0].sink.headers.map(\.completerID) == [target, target])
    #expect(test.left(by: 0)[1].payloadDword(0) == 0x0001_0010)
    #expect(test.state(index).bridge.cacheLineSize == 0x10)
  }

  /// On the bus below a port a request is of type 0; nothing else changes, the ECRC neither (2.7.1).
  @Test(arguments: [false, true]) func type1BecomesType0OnItsBus(isWrite: Bool) {
    let test = SwitchBench()
    let target = SwitchBench.device(2)
    var request = isWrite ? configWrite(target, register: 4, 0x1234_5678) : configRead(target, register: 4)
    request.header.dwords.x |= 0x8000
    test.run(request, into: 0)
    #expect(test.used == [2])
    let out = test.left(by: 2)[0]
    #expect(out.header.type == (isWrite ? .configWrite0 : .configRead0))
    #expect(out.payload == request.payload && out.ecrc == request.ecrc)
    #expect(out.header.dwords.x == request.header.dwords.x & ~0x0100_0000)
    #expect((1...2).allSatisfy { out.header.dwords[$0] == request.header.dwords[$0] })
  }

  @Test func type1StaysTypeOneForBusesBeyond() {
    let test = SwitchBench()
    test.setState(3) { $0.bridge.subordinateBus = 9 }
    test.setState(0) { $0.bridge.subordinateBus = 9 }
    let request = configRead(DeviceID(bus: 8, device: 4, function: 1))
    test.run(request, into: 0)
    #expect(test.used == [3] && test.left(by: 3) == [request])
  }

  /// Below a link there is device 0 only (7.3.1); inside there are as many as there are ports.
  @Test(arguments: [
    DeviceID(bus: 3, device: 1, function: 0), DeviceID(bus: 2, device: 3, function: 0),
    DeviceID(bus: 2, device: 0, function: 1), DeviceID(bus: 6, device: 0, function: 0),
    DeviceID(bus: 1, device: 0, function: 0),
  ])
  func nobodyThere(_ target: DeviceID) {
    let test = SwitchBench()
    test.run(configRead(target), into: 0)
    expectRefused(test)
  }

  @Test func type0ForAnotherFunction() {
    let test = SwitchBench()
    test.run(configRead(DeviceID(bus: 1, device: 0, function: 2), isType1: false), into: 0)
    expectRefused(test)
  }

  @Test func linkDown() {
    let test = SwitchBench()
    test.ports[1].events.send(.down, at: 5)
    test.run(configRead(SwitchBench.device(1)), into: 0)
    expectRefused(test)
  }

  /// Configuration requests come from above only (7.3.3).
  @Test(arguments: [false, true]) func fromBelow(isType1: Bool) {
    let test = SwitchBench()
    test.run(configRead(SwitchBench.bridge(2), isType1: isType1), into: 1)
    expectRefused(test, at: 1)
  }

  /// Poisoned data must not change a register (2.7.2.2).
  @Test func poisonedWrites() {
    let test = SwitchBench()
    var request = configWrite(SwitchBench.bridge(1), register: 3, 0x10)
    request.header.dwords.x |= 0x4000
    test.run(request, into: 0)
    #expect(test.ports[0].sink.headers.map(\.status) == [.unsupportedRequest])
    #expect(test.state(1).bridge.cacheLineSize == 0 && test.state(1).bridge.errors.uncorrectableStatus == 1 << 12)
  }

  /// Until software has numbered it, a switch lets nothing through.
  @Test func withoutBusNumbers() {
    let test = SwitchBench()
    for index in 0...3 { test.setState(index) { ($0.bridge.secondaryBus, $0.bridge.subordinateBus) = (0, 0) } }
    test.run(configRead(DeviceID(bus: 0, device: 0, function: 0)), into: 0)
    expectRefused(test)
  }
}

/// Resets, and what links report (PCI Express Base Specification 6.2, 6.6.1).
@Suite struct SwitchPortLinkTests {
  private func bridgeControl(_ target: DeviceID, _ value: UInt32, isType1: Bool = true) -> TLP {
    .configWrite(
      target: target, register: 15, value: value << 16, tag: 3, requester: SwitchBench.host, isType1: isType1)
  }

  private func commands(_ test: SwitchBench, _ index: Int) -> [String] {
    test.ports[index].commands?.messages.map { "\($0)" } ?? []
  }

  /// Secondary Bus Reset of a port resets its link (7.5.1.3.13).
  @Test func secondaryBusResetOfAPort() {
    let test = SwitchBench()
    test.run(bridgeControl(SwitchBench.bridge(2), 0x40), into: 0)
    #expect((1...3).map { commands(test, $0) } == [[], ["assertReset"], []])
    test.ports[0].source.send(bridgeControl(SwitchBench.bridge(2), 0), at: 300)
    test.bench.run(through: 400)
    #expect(commands(test, 2) == ["assertReset", "releaseReset"] && commands(test, 1).isEmpty)
    #expect(test.state(2).bridge.secondaryBus == 4, "the bridge itself is not reset")
  }

  /// That of the upstream port resets the bridges on the bus inside and the links below.
  @Test func secondaryBusResetOfTheUpstreamPort() {
    let test = SwitchBench()
    test.run(bridgeControl(SwitchBench.upstreamID, 0x40, isType1: false), into: 0)
    #expect((1...3).allSatisfy { commands(test, $0) == ["assertReset"] })
    #expect((0...3).map { test.state($0).bridge.secondaryBus } == [2, 0, 0, 0])
    test.ports[0].source.send(bridgeControl(SwitchBench.upstreamID, 0, isType1: false), at: 300)
    test.bench.run(through: 400)
    #expect((1...3).allSatisfy { commands(test, $0) == ["assertReset", "releaseReset"] })
  }

  /// A hot reset from above resets everything, and holds what is below until it is over (6.6.1).
  @Test func linkUpstreamGoesDown() {
    let test = SwitchBench()
    test.ports[0].events.send(.down, at: 20)
    test.bench.run(through: 40)
    #expect((0...3).allSatisfy { test.state($0).bridge.secondaryBus == 0 && test.state($0).bridge.command == 0 })
    #expect(test.packetSwitch.state.pointer.pointee.upstreamID == 0)
    #expect((1...3).allSatisfy { commands(test, $0) == ["assertReset"] })
    test.ports[0].events.send(.up, at: 60)
    test.bench.run(through: 80)
    #expect((1...3).allSatisfy { commands(test, $0) == ["assertReset", "releaseReset"] })
  }

  /// At power-on the links train by themselves: nobody resets them.
  @Test func powerOnIsNoReset() {
    let test = SwitchBench(isUp: false)
    test.bench.run(through: 50)
    #expect((1...3).allSatisfy { commands(test, $0).isEmpty })
    #expect((0...3).allSatisfy { !test.state($0).linkIsUp && !test.state($0).bridge.linkIsActive })
  }

  /// Errors of a link are recorded by the bridge at its end, and reported if that is enabled (6.2.4).
  @Test(arguments: [0, 2]) func linkErrors(_ index: Int) {
    let test = SwitchBench()
    test.ports[index].events.send(.correctable(.badTLP), at: 20)
    test.bench.run(through: 100)
    #expect(test.state(index).bridge.errors.correctableStatus == 1 << 6 && test.used.isEmpty)
    for port in 0...3 { test.setState(port) { $0.bridge.deviceControl |= 0xf } }
    test.setState(0) { $0.bridge.bridgeControl = 0x2 }
    test.ports[index].events.send(.uncorrectable(.receiverOverflow), at: 120)
    test.bench.run(through: 200)
    let messages = test.ports[0].sink.headers
    #expect(messages.map(\.messageCode) == [.errorFatal] && messages.map(\.requesterID) == [SwitchBench.bridge(index)])
  }

  /// A downstream bridge is below the upstream one: SERR# Enable there lets its messages through (6.2.5).
  @Test(arguments: [(0, 1), (2, 0)]) func errorMessagesPassTheUpstreamBridge(_ index: Int, _ count: Int) {
    let test = SwitchBench()
    for port in 0...3 { test.setState(port) { $0.bridge.deviceControl |= 0xf } }
    test.ports[index].events.send(.correctable(.badTLP), at: 20)
    test.bench.run(through: 100)
    #expect(test.left(by: 0).count == count && test.state(index).messages.errorMessages == 0)
  }

  /// Error messages from below need Bridge Control SERR# Enable on their way (6.2.5).
  @Test(arguments: [0, 1, 2]) func errorMessagesFromBelow(_ enabled: Int) {
    let test = SwitchBench()
    for port in 0...3 { test.setState(port) { $0.bridge.deviceControl |= 0xf } }
    for port in 0..<enabled { test.setState(port) { $0.bridge.bridgeControl = 0x2 } }
    test.run(.message(.errorNonFatal, routing: .toRootComplex, requester: SwitchBench.device(1)), into: 1)
    #expect(test.left(by: 0).count == (enabled == 2 ? 1 : 0))
    #expect(test.state(1).bridge.secondaryStatus == 0x4000 && test.state(1).refused == 0)
  }
}
