import Bench
import PCIe
import PCIeBench
import SimKernel
import Testing

/// A switch between real links: a host's probe above the one, a device's probe below the other.
private final class LinkedSwitch {
  let bench = Bench()
  let host: (source: TLPSource, sink: TLPSink)
  let device: (source: TLPSource, sink: TLPSink, events: Sink<LinkEvent>)
  let orders: Source<LinkCommand>
  let packetSwitch: Switch
  /// The last cycle that ran.
  private(set) var now: Cycle = 0

  init() {
    let bench = bench, spec = SwitchSpec(), link = LinkSpec()
    let capacity = link.receiveCapacity(outstandingCompletions: 64)
    host = (bench.tlpSource("hostTx"), bench.tlpSink("hostRx", capacity: capacity))
    device = (
      bench.tlpSource("deviceTx"), bench.tlpSink("deviceRx", capacity: capacity),
      bench.sink("deviceEvents", LinkEvent.self)
    )
    orders = bench.source("orders", LinkCommand.self)
    func door(_ name: String, _ portType: BridgeConfigSpace.PortType, commands: OutPort<LinkCommand>?)
      -> (Switch.Port, Link.EndPorts)
    {
      let rx = bench.tlpPort("\(name)Rx", capacity: capacity)
      let tx = bench.tlpPort("\(name)Tx", capacity: spec.egressCapacity, latency: spec.forwardCycles)
      let events = bench.wire("\(name)Events", LinkEvent.self)
      return (
        Switch.Port(
          rx: rx.input, tx: tx.output, linkEvents: events.input, linkCommands: commands,
          identity: .init(portType, deviceID: 0x3101)),
        Link.EndPorts(tx: tx.input, rx: rx.output, events: events.output)
      )
    }
    let commands = bench.wire("commands", LinkCommand.self)
    let (upstream, upperLinkEnd) = door("upstream", .upstream, commands: nil)
    let (downstream, lowerLinkEnd) = door("downstream", .downstream, commands: commands.output)
    packetSwitch = Switch(spec, clock: bench.clock, upstream: upstream, downstream: [downstream])
    bench.add(
      Link(
        link, maxPayload: 256, clock: bench.clock,
        upper: .init(
          tx: host.source.end, rx: host.sink.end, events: bench.sink("hostEvents", LinkEvent.self).end),
        lower: upperLinkEnd, commands: [orders.end]), as: "upperLink")
    bench.add(packetSwitch, as: "switch")
    bench.add(
      Link(
        link, maxPayload: 256, clock: bench.clock, upper: lowerLinkEnd,
        lower: .init(tx: device.source.end, rx: device.sink.end, events: device.events.end),
        commands: [commands.input]), as: "lowerLink")
  }

  func state(_ index: Int) -> SwitchPortState { packetSwitch.portStates.pointer[index] }

  /// Both bridges numbered, all windows closed but that of the device.
  func configure() {
    for index in 0...1 {
      let port = packetSwitch.portStates.pointer + index
      port.pointee.bridge.command = 0x6
      (port.pointee.bridge.memoryBase, port.pointee.bridge.memoryLimit) = (0xe000, 0xe0f0)
      (port.pointee.bridge.secondaryBus, port.pointee.bridge.subordinateBus) = (UInt8(2 + index), 3)
    }
  }

  func run(microseconds: UInt64) {
    now += microseconds * 250
    bench.run(through: now)
  }
}

@Suite struct SwitchLinkTests {
  @Test func linksComeUpAndCarryTLPs() {
    let test = LinkedSwitch()
    test.run(microseconds: 50)
    #expect((0...1).allSatisfy { test.state($0).linkIsUp } && test.state(1).bridge.linkIsActive)
    test.configure()
    let request = read(0xe000_1000), completion = answer(to: SwitchBench.host)
    test.host.source.send(request, at: test.now)
    test.device.sink.respond = { _, cycle in test.device.source.send(completion, at: cycle + 1) }
    test.run(microseconds: 5)
    #expect(test.device.sink.messages == [request] && test.host.sink.messages == [completion])
  }

  /// Secondary Bus Reset by configuration requests: the link goes down, and comes back (7.5.1.3.13, 6.6.1).
  @Test func secondaryBusReset() {
    let test = LinkedSwitch()
    test.run(microseconds: 50)
    test.configure()
    for value: UInt32 in [0x40_0000, 0] {
      test.host.source.send(
        .configWrite(
          target: DeviceID(bus: 2, device: 0, function: 0), register: 15, value: value, tag: 1,
          requester: SwitchBench.host, isType1: true), at: test.now)
      test.run(microseconds: 50)
      #expect(test.state(1).linkIsUp == (value == 0) && test.state(0).linkIsUp)
    }
    #expect(test.device.events.messages == [.up, .down, .up])
    #expect(test.state(1).bridge.secondaryBus == 3)
  }

  /// A hot reset from above goes on below, and ends there with it (6.6.1).
  @Test func hotResetFromAbove() {
    let test = LinkedSwitch()
    test.run(microseconds: 50)
    test.configure()
    for (order, isUp) in [(LinkCommand.assertReset, false), (.releaseReset, true)] {
      test.orders.send(order, at: test.now)
      test.run(microseconds: 100)
      #expect((0...1).allSatisfy { test.state($0).linkIsUp == isUp && test.state($0).bridge.secondaryBus == 0 })
    }
    #expect(test.device.events.messages == [.up, .down, .up])
  }
}
