import Device
import PCIe
import SimKernel

/// Builds what is below the root ports: links, switches, devices and peers, each under its name.
struct Hierarchy {
  let simulation: Simulation
  let clock: Clock
  let spec: SystemSpec
  private(set) var links: [NamedLink] = []
  private(set) var devices: [String: DeviceAssembly] = [:]
  private(set) var peers: [String: PeerAssembly] = [:]
  private(set) var coreClocks: [String: Clock] = [:]
  /// The driver's ends, in the order of their creation.
  private(set) var linkCommands: [OutPort<LinkCommand>] = []
  private(set) var functionFaults: [String: OutPort<FunctionFault>] = [:]
  private(set) var peerPorts: [String: (commands: OutPort<PeerCommand>, results: InPort<PeerResult>)] = [:]

  /// A link with its name, which is that of the node below it.
  struct NamedLink {
    let name: String
    let link: Link
  }

  /// The ports at the upper end of a link, for a root port or a downstream port of a switch.
  struct UpperEnd {
    let rx: TLPIn
    let tx: TLPOut
    let events: InPort<LinkEvent>
    let commands: OutPort<LinkCommand>
    let identity: BridgeConfigSpace.Identity
  }

  /// The ports at the lower end of a link.
  private struct LowerEnd {
    let rx: TLPIn
    let tx: TLPOut
    let events: InPort<LinkEvent>
  }

  init(simulation: Simulation, clock: Clock, spec: SystemSpec) {
    self.simulation = simulation
    self.clock = clock
    self.spec = spec
  }

  /// Builds `node` and everything below it.
  /// - Parameters:
  ///   - type: of the port above
  ///   - number: of the port above in its root complex or switch
  ///   - latency: of the port above, to the link
  ///   - room: places of the port above
  mutating func attach(
    _ node: TopologyNode, below type: BridgeConfigSpace.PortType, number: Int, latency: Cycle, room: TLPPort.Capacity
  ) -> UpperEnd {
    switch node {
    case .bridge(let node): attach(node, below: type, number: number, latency: latency, room: room)
    case .endpoint(let name):
      if let device = spec.devices.first(where: { $0.name == name }) {
        attach(device, below: type, number: number, latency: latency, room: room)
      } else {
        attach(
          spec.peers.first { $0.name == name }!, below: type, number: number, latency: latency, room: room)
      }
    }
  }

  // MARK: nodes

  private mutating func attach(
    _ node: DeviceNode, below type: BridgeConfigSpace.PortType, number: Int, latency: Cycle, room: TLPPort.Capacity
  ) -> UpperEnd {
    let transmit = node.endpoint.transmitCycles
    let (upper, lower) = link(
      node.name, node.link, below: type, number: number, latency: latency, room: room, lowerLatency: transmit,
      lowerRoom: .init(each: 4 + Int(transmit)))
    let core = simulation.addClock(
      node.name == spec.device.name ? "core" : "\(node.name).core", period: 1_000_000_000_000 / node.clocks.core)
    coreClocks[node.name] = core
    devices[node.name] = DeviceAssembly(
      node.specs, identity: identity(of: node), in: simulation, path: node.name, pcie: clock, coreClock: core,
      link: endpointPorts(node.name, lower))
    return upper
  }

  private mutating func attach(
    _ node: PeerNode, below type: BridgeConfigSpace.PortType, number: Int, latency: Cycle, room: TLPPort.Capacity
  ) -> UpperEnd {
    let transmit = node.endpoint.transmitCycles
    let (upper, lower) = link(
      node.name, node.link, below: type, number: number, latency: latency, room: room, lowerLatency: transmit,
      lowerRoom: .init(each: 4 + Int(transmit)))
    let commands: Port<PeerCommand> = simulation.port("\(node.name).commands", from: clock, to: clock, capacity: 16)
    let results: Port<PeerResult> = simulation.port("\(node.name).results", from: clock, to: clock, capacity: 16)
    peerPorts[node.name] = (commands.output, results.input)
    peers[node.name] = PeerAssembly(
      node.engine, endpoint: node.endpoint, identity: identity(of: node), seed: spec.seed, in: simulation,
      path: node.name, clock: clock, host: .init(commands: commands.input, results: results.output),
      link: endpointPorts(node.name, lower))
    return upper
  }

  private mutating func attach(
    _ node: SwitchNode, below type: BridgeConfigSpace.PortType, number: Int, latency: Cycle, room: TLPPort.Capacity
  ) -> UpperEnd {
    let forward = node.spec.forwardCycles, egress = node.spec.egressCapacity
    let (upper, lower) = link(
      node.name, node.link, below: type, number: number, latency: latency, room: room, lowerLatency: forward,
      lowerRoom: egress)
    let below = node.ports.enumerated().map { index, port in
      let end = attach(port, below: .downstream, number: index, latency: forward, room: egress)
      return Switch.Port(
        rx: end.rx, tx: end.tx, linkEvents: end.events, linkCommands: end.commands, identity: end.identity)
    }
    let component = Switch(
      node.spec, clock: clock,
      upstream: .init(
        rx: lower.rx, tx: lower.tx, linkEvents: lower.events, linkCommands: nil,
        identity: bridgeIdentity(.upstream, node.link, number: 0)), downstream: below)
    simulation.add(component, as: node.name)
    return upper
  }

  // MARK: ports

  private mutating func endpointPorts(_ name: String, _ end: LowerEnd) -> Endpoint.LinkPorts {
    let faults: Port<FunctionFault> = simulation.port("\(name).faults", from: clock, to: clock)
    functionFaults[name] = faults.output
    return .init(rx: end.rx, tx: end.tx, events: end.events, faults: faults.input)
  }

  /// A link and the ports at its ends. The transmit delays of components are latencies of the ports to the link.
  private mutating func link(
    _ name: String, _ linkSpec: LinkSpec, below type: BridgeConfigSpace.PortType, number: Int, latency: Cycle,
    room: TLPPort.Capacity, lowerLatency: Cycle, lowerRoom: TLPPort.Capacity
  ) -> (UpperEnd, LowerEnd) {
    let path = Hierarchy.linkPath(name),
      buffer = linkSpec.receiveCapacity(
        outstandingCompletions: spec.outstandingCompletions)
    func tlpPort(_ part: String, _ capacity: TLPPort.Capacity, _ latency: Cycle = 1) -> TLPPort {
      TLPPort("\(path).\(part)", in: simulation, clock: clock, capacity: capacity, latency: latency)
    }
    func port<Message>(_ part: String, capacity: Int = 4) -> Port<Message> {
      simulation.port("\(path).\(part)", from: clock, to: clock, capacity: capacity)
    }
    let upperTx = tlpPort("upperTx", room, latency), upperRx = tlpPort("upperRx", buffer)
    let lowerTx = tlpPort("lowerTx", lowerRoom, lowerLatency), lowerRx = tlpPort("lowerRx", buffer)
    let upperEvents: Port<LinkEvent> = port("upperEvents"), lowerEvents: Port<LinkEvent> = port("lowerEvents")
    let resets: Port<LinkCommand> = port("resets"), orders: Port<LinkCommand> = port("orders")
    let link = Link(
      linkSpec, maxPayload: maxPayload, clock: clock,
      upper: .init(tx: upperTx.input, rx: upperRx.output, events: upperEvents.output),
      lower: .init(tx: lowerTx.input, rx: lowerRx.output, events: lowerEvents.output),
      commands: [resets.input, orders.input])
    simulation.add(link, as: path)
    links.append(NamedLink(name: name, link: link))
    linkCommands.append(orders.output)
    return (
      UpperEnd(
        rx: upperRx.input, tx: upperTx.output, events: upperEvents.input, commands: resets.output,
        identity: bridgeIdentity(type, linkSpec, number: number)),
      LowerEnd(rx: lowerRx.input, tx: lowerTx.output, events: lowerEvents.input)
    )
  }

  /// The first device's link is "link", those of others carry their names.
  static func linkPath(_ name: String) -> String { name == "device" ? "link" : "\(name)Link" }

  // MARK: identities

  /// What everybody can take; enumeration programs it.
  private var maxPayload: Int { spec.device.endpoint.maxPayload }

  private func bridgeIdentity(
    _ type: BridgeConfigSpace.PortType, _ link: LinkSpec, number: Int
  ) -> BridgeConfigSpace.Identity {
    var identity = BridgeConfigSpace.Identity(type, deviceID: 0x3010 + UInt16(type.rawValue))
    identity.portNumber = UInt8(number)
    identity.maxPayloadSupported = 4_096
    identity.readCompletionBoundary = type == .rootPort ? spec.host.readCompletionBoundary : 64
    (identity.linkSpeed, identity.linkWidth) = (link.speedCode, UInt8(link.lanes))
    return identity
  }

  private func identity(of node: DeviceNode) -> ConfigSpace.Identity {
    var identity = ConfigSpace.Identity()
    identity.bar = .init(index: 4, sizeLog2: 24, is64Bit: node.endpoint.bar64)
    apply(node.endpoint, node.link, to: &identity)
    return identity
  }

  /// A drive: class 01 08 02, an NVM Express controller, without the BAR that this model does not need.
  private func identity(of node: PeerNode) -> ConfigSpace.Identity {
    var identity = ConfigSpace.Identity()
    (identity.deviceID, identity.classCode, identity.bar) = (0x3001, 0x01_0802, nil)
    apply(node.endpoint, node.link, to: &identity)
    return identity
  }

  private func apply(_ endpoint: EndpointSpec, _ link: LinkSpec, to identity: inout ConfigSpace.Identity) {
    identity.maxPayloadSupported = max(512, endpoint.maxPayload)
    identity.extendedTagsSupported = endpoint.tagBits >= 8
    identity.tenBitTagsSupported = endpoint.tagBits == 10
    (identity.linkSpeed, identity.linkWidth) = (link.speedCode, UInt8(link.lanes))
  }
}

extension LinkSpec {
  /// 1 for 2.5 GT/s, then 5, 8, 16, 32 (Base Specification 7.5.3.6).
  var speedCode: UInt8 { UInt8([2_500, 5_000, 8_000, 16_000, 32_000].firstIndex(of: rate / 1_000_000)! + 1) }
}

extension DeviceNode {
  /// The Specs of its parts.
  public var specs: DeviceSpecs {
    DeviceSpecs(
      endpoint: endpoint, decoder: decoder, commands: commands, dma: dma, memory: memory, core: core,
      helpers: helpers, synchroniser: clocks.synchroniser)
  }
}
