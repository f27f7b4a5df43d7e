import Device
import EBPF
import PCIe
import SimKernel

/// A scenario turned into a wired simulation: driver, host, and the hierarchy below its root ports.
public final class System {
  public let simulation = Simulation()
  public let spec: SystemSpec
  public let pcie: Clock
  public let driver: Driver
  public let host: RootComplex
  /// In the order of `spec.devices`.
  public let devices: [DeviceAssembly]
  /// In the order of `spec.peers`.
  public let peers: [PeerAssembly]
  public let links: [(name: String, link: Link)]
  private let coreClocks: [Clock]
  /// Links hold it without keeping it alive.
  private var linkObserver: LinkObserver?

  /// The first device, and the clock of its core.
  public var device: DeviceAssembly { devices[0] }
  public var coreClock: Clock { coreClocks[0] }

  /// The positions in `links` of those that have a device below them.
  public var deviceLinks: Set<Int> {
    let names = spec.devices.map { Hierarchy.linkPath($0.name) }
    return Set(links.indices.filter { names.contains(links[$0].name) })
  }

  /// Whether `bytes` are a program that a device with these helper functions can load; the error says why not.
  public static func checkProgram(_ bytes: [UInt8], _ helpers: HelperTable) throws {
    _ = try CoreShell.load(bytes, helpers: helpers)
  }

  public init(_ spec: SystemSpec, steps: [Step]) {
    self.spec = spec
    pcie = simulation.addClock("pcie", period: 1_000_000_000_000 / spec.device.clocks.pcie)
    let cpu = CPUPorts(simulation: simulation, clock: pcie, latency: spec.host.cpuCycles)
    var hierarchy = Hierarchy(simulation: simulation, clock: pcie, spec: spec)
    let rootPorts = spec.topology.enumerated().map { index, node in
      let end = hierarchy.attach(node, below: .rootPort, number: index, latency: 1, room: .init(each: 8))
      return RootComplex.RootPort(
        rx: end.rx, tx: end.tx, linkEvents: end.events, linkCommands: end.commands, identity: end.identity)
    }
    host = RootComplex(
      spec.host, seed: spec.seed, maxPayload: spec.device.endpoint.maxPayload, clock: pcie, rootPorts: rootPorts,
      cpuRequests: cpu.requests.input, cpuResponses: cpu.responses.output, interrupts: cpu.interrupts.output)
    let functions = spec.topology.flatMap(\.endpoints)
    driver = Driver(
      spec, steps: steps, functions: functions, memory: host.memory, clock: pcie,
      ports: .init(
        requests: cpu.requests.output, responses: cpu.responses.input, interrupts: cpu.interrupts.input,
        peers: spec.peers.map { hierarchy.peerPorts[$0.name]! }, links: hierarchy.linkCommands,
        faults: functions.map { hierarchy.functionFaults[$0]! }))
    simulation.add(driver, as: "host.driver")
    simulation.add(host, as: "host.rootComplex")
    devices = spec.devices.map { hierarchy.devices[$0.name]! }
    coreClocks = spec.devices.map { hierarchy.coreClocks[$0.name]! }
    peers = spec.peers.map { hierarchy.peers[$0.name]! }
    links = hierarchy.links.map { (Hierarchy.linkPath($0.name), $0.link) }
  }

  /// Lets `observer`, and nobody else, hear of each TLP that a link transmits; it is told the position in `links`. Call
  /// before the simulation runs.
  public func observeLinks(with observer: LinkObserver) {
    linkObserver = observer
    for (index, entry) in links.enumerated() { entry.link.observe(with: observer, as: index) }
  }
}

/// What connects the driver to the root complex.
private struct CPUPorts {
  let requests: Port<HostRequest>
  let responses: Port<HostResponse>
  let interrupts: Port<Interrupt>

  init(simulation: Simulation, clock: Clock, latency: Cycle) {
    let capacity = 8 + Int(latency)
    requests = simulation.port("cpu.requests", from: clock, to: clock, capacity: capacity, latency: latency)
    responses = simulation.port("cpu.responses", from: clock, to: clock, capacity: capacity, latency: latency)
    interrupts = simulation.port("cpu.interrupts", from: clock, to: clock, capacity: capacity, latency: latency)
  }
}
