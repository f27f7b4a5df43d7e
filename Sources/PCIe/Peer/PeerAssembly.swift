import SimKernel

/// A peer, wired: its endpoint, which has no BAR, and its engine.
public struct PeerAssembly {
  public let endpoint: Endpoint
  public let engine: Peer

  /// The ports to the host.
  public struct HostPorts {
    public let commands: InPort<PeerCommand>
    public let results: OutPort<PeerResult>

    public init(commands: InPort<PeerCommand>, results: OutPort<PeerResult>) {
      self.commands = commands
      self.results = results
    }
  }

  public init(
    _ spec: PeerSpec, endpoint endpointSpec: EndpointSpec, identity: ConfigSpace.Identity, seed: UInt64,
    in simulation: Simulation, path: String, clock: Clock, host: HostPorts, link: Endpoint.LinkPorts
  ) {
    func port<Message>(_ name: String, capacity: Int = 4, latency: Cycle = 1) -> Port<Message> {
      simulation.port("\(path).\(name)", from: clock, to: clock, capacity: capacity, latency: latency)
    }
    let readRequests: Port<ReadRequest> = port("readRequests"),
      writeRequests: Port<WriteRequest> = port("writeRequests")
    let receive = endpointSpec.receiveCycles
    let readData: Port<ReadData> = port(
      "readData", capacity: endpointSpec.completions(tags: spec.tags), latency: receive)
    // As slow as the data, so that nothing older than a reset comes behind it.
    let control: Port<FunctionControl> = port("control", capacity: 4 + Int(receive), latency: receive)
    endpoint = Endpoint(
      endpointSpec, identity: identity, tags: spec.tags, clock: clock,
      ports: .init(
        rx: link.rx, tx: link.tx, linkEvents: link.events, target: nil, readRequests: readRequests.input,
        writeRequests: writeRequests.input, readData: readData.output, controls: [control.output],
        faults: link.faults))
    engine = Peer(
      spec, name: path, seed: seed, clock: clock,
      ports: .init(
        commands: host.commands, results: host.results, control: control.input, readRequests: readRequests.output,
        writeRequests: writeRequests.output, readData: readData.input))
    simulation.add(endpoint, as: "\(path).endpoint")
    simulation.add(engine, as: "\(path).engine")
  }
}
