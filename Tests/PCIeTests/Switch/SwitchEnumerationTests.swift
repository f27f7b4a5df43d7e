import Bench
import PCIe
import PCIeBench
import SimKernel
import Testing

/// A root port and endpoints, all of them configuration spaces behind probes, with switches between them.
private final class SwitchTree {
  /// What is in a slot.
  final class Endpoint {
    var config: ConfigSpace
    let identity: ConfigSpace.Identity
    let source: TLPSource
    let sink: TLPSink
    var id = DeviceID(rawValue: 0)

    init(_ identity: ConfigSpace.Identity, _ source: TLPSource, _ sink: TLPSink) {
      self.identity = identity
      self.source = source
      self.sink = sink
      config = ConfigSpace(identity: identity)
      sink.respond = { [unowned self] tlp, cycle in answer(tlp, cycle) }
    }

    /// Configuration requests are answered; anything else is only noted.
    private func answer(_ tlp: TLP, _ cycle: Cycle) {
      guard let header = try? tlp.decoded(), header.type.isConfig else { return }
      let register = Int(header.register)
      if header.type == .configWrite0 {
        id = header.target
        config.write(register: register, value: tlp.payloadDword(0), byteEnable: header.firstBE, identity: identity)
        source.send(.completion(for: header, status: .successful, completer: id), at: cycle + 1)
      } else {
        let value = config.read(register: register, identity: identity)
        source.send(.completionData(for: header, value: value, completer: id), at: cycle + 1)
      }
    }
  }

  static let rootPort = DeviceID(bus: 0, device: 1, function: 0)
  let bench = Bench()
  private(set) var endpoints: [Endpoint] = []
  private(set) var switches: [Switch] = []
  private let rootIdentity = BridgeConfigSpace.Identity(.rootPort, deviceID: 0x3100)
  private(set) var root: BridgeConfigSpace
  let down: TLPSource
  let up: TLPSink
  private var spec = SwitchSpec()
  private var cycle: Cycle = 10
  private var names = 0

  init(_ plugged: Plugged) {
    spec.forwardCycles = 3
    root = BridgeConfigSpace(identity: rootIdentity)
    down = bench.tlpSource("down")
    up = bench.tlpSink("up", capacity: spec.egressCapacity, latency: spec.forwardCycles)
    plug(plugged, rx: down, tx: up)
    bench.run(through: cycle)
  }

  private func name(_ part: String) -> String {
    names += 1
    return "\(part)\(names)"
  }

  /// Only a switch can be below the root port.
  private func plug(_ plugged: Plugged, rx: TLPSource, tx: TLPSink) {
    if case .packetSwitch(let slots) = plugged { addSwitch(slots, rx: rx.end, tx: tx.end) }
  }

  private func addSwitch(_ slots: [Plugged?], rx: TLPIn, tx: TLPOut) {
    let downstream = slots.map(door)
    let packetSwitch = Switch(
      spec, clock: bench.clock, upstream: door(rx: rx, tx: tx, .upstream, isUp: true), downstream: downstream)
    bench.add(packetSwitch, as: name("switch"))
    switches.append(packetSwitch)
  }

  private func door(_ slot: Plugged?) -> Switch.Port {
    switch slot {
    case .packetSwitch(let slots):
      let down = bench.tlpPort(name("down"), capacity: spec.egressCapacity, latency: spec.forwardCycles)
      let up = bench.tlpPort(name("up"), capacity: spec.egressCapacity, latency: spec.forwardCycles)
      addSwitch(slots, rx: down.input, tx: up.output)
      return door(rx: up.input, tx: down.output, .downstream, isUp: true)
    case .endpoint(let identity):
      let source = bench.tlpSource(name("source"))
      let sink = bench.tlpSink(name("sink"), capacity: spec.egressCapacity, latency: spec.forwardCycles)
      endpoints.append(Endpoint(identity, source, sink))
      return door(rx: source.end, tx: sink.end, .downstream, isUp: true)
    case nil:
      let source = bench.tlpSource(name("source")), sink = bench.tlpSink(name("sink"))
      return door(rx: source.end, tx: sink.end, .downstream, isUp: false)
    }
  }

  private func door(
    rx: TLPIn, tx: TLPOut, _ portType: BridgeConfigSpace.PortType, isUp: Bool
  ) -> Switch.Port {
    let events = bench.source(name("events"), LinkEvent.self)
    if isUp { events.send(.up) }
    return Switch.Port(
      rx: rx, tx: tx, linkEvents: events.end,
      linkCommands: portType == .upstream ? nil : bench.sink(name("commands"), LinkCommand.self).end,
      identity: .init(portType, deviceID: portType == .upstream ? 0x3101 : 0x3102))
  }

  /// Does an access as a root complex does.
  private func access(_ access: ConfigAccess) -> (UInt32, CompletionStatus) {
    let target = access.target
    if target == Self.rootPort {
      guard let value = access.value else {
        return (root.read(register: Int(access.register), identity: rootIdentity), .successful)
      }
      root.write(
        register: Int(access.register), value: value, byteEnable: access.byteEnable, identity: rootIdentity)
      return (0, .successful)
    }
    guard root.routes(target.bus), target.bus != root.secondaryBus || target.device == 0 else {
      return (.max, .unsupportedRequest)
    }
    let isType1 = target.bus != root.secondaryBus, host = SwitchBench.host
    let request =
      access.value.map {
        TLP.configWrite(
          target: target, register: access.register, value: $0, byteEnable: access.byteEnable, tag: 1,
          requester: host, isType1: isType1)
      } ?? .configRead(target: target, register: access.register, tag: 1, requester: host, isType1: isType1)
    let before = up.arrivals.count
    down.send(request, at: cycle)
    while up.arrivals.count == before {
      cycle += 1
      bench.run(through: cycle)
    }
    let completion = up.messages[before]
    let status = (try? completion.decoded().status) ?? .completerAbort
    return (completion.payload.isEmpty ? .max : completion.payloadDword(0), status)
  }

  func enumerate(_ adjust: (inout Enumerator.Parameters) -> Void = { _ in }) throws -> Enumerator {
    var parameters = Enumerator.Parameters(
      rootPorts: [Self.rootPort], memoryAperture: 0xe000_0000..<0xfec0_0000,
      prefetchableAperture: 0x80_0000_0000..<0x100_0000_0000)
    adjust(&parameters)
    var enumerator = Enumerator(parameters)
    while let access = enumerator.next() {
      let (value, status) = self.access(access)
      try enumerator.receive(value, status)
    }
    return enumerator
  }

  /// Lets what was sent arrive.
  func settle() {
    cycle += 200
    bench.run(through: cycle)
  }

  var now: Cycle { cycle }
}

/// A host brings up real switches, and what they carry afterwards gets where it should.
@Suite struct SwitchEnumerationTests {
  private static let topology = Plugged.packetSwitch([
    .device, nil, .packetSwitch([.drive(), nil, .device]), .drive(barLog2: 24),
  ])

  @Test func findsWhatAFakeHierarchyHas() throws {
    let tree = SwitchTree(Self.topology)
    let found = try tree.enumerate()
    let expected = try FakeHierarchy([Self.topology]).enumerate()
    #expect(found.functions == expected.functions)
    #expect(Set(tree.endpoints.map(\.id)) == Set(found.functions.filter { $0.portType == 0 }.map(\.id)))
    // What looking for absent functions left behind is cleared.
    for packetSwitch in tree.switches {
      for index in 0..<packetSwitch.portStates.count {
        let bridge = packetSwitch.portStates.pointer[index].bridge
        #expect(bridge.deviceStatus == 0 && bridge.errors.correctableStatus == 0 && bridge.command == 0x6)
      }
    }
  }

  /// From the host and from every other endpoint, each BAR is reached where it was placed.
  @Test(arguments: [false, true]) func everyBarIsReached(_ redirectsPeers: Bool) throws {
    let tree = SwitchTree(Self.topology)
    _ = try tree.enumerate { $0.redirectsPeers = redirectsPeers }
    var sources: [(DeviceID, TLPSource)] = [(SwitchBench.host, tree.down)]
    sources += tree.endpoints.map { ($0.id, $0.source) }
    for endpoint in tree.endpoints {
      let base = try #require(endpoint.config.barBase(endpoint.identity))
      for (id, source) in sources where id != endpoint.id {
        let before = (endpoint.sink.arrivals.count, tree.up.arrivals.count)
        let tlp = write(base, from: id)
        source.send(tlp, at: tree.now)
        tree.settle()
        let isRedirected = redirectsPeers && id != SwitchBench.host
        #expect(endpoint.sink.arrivals.count == before.0 + (isRedirected ? 0 : 1))
        #expect(tree.up.arrivals.count == before.1 + (isRedirected ? 1 : 0))
      }
    }
  }
}
