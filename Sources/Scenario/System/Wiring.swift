import Device
import PCIe
import SimKernel

/// Makes the ports and links between the host, the device and the peer.
struct Wiring {
  let simulation: Simulation
  let clock: Clock
  let spec: SystemSpec

  /// Both directions of a link, and the port ends at its sides.
  struct LinkPair {
    let down: Link
    let up: Link
    let hostTx: OutPort<TLP>
    let hostRx: InPort<TLP>
    let deviceTx: OutPort<TLP>
    let deviceRx: InPort<TLP>
  }

  /// What connects the driver to the root complex and the peer.
  struct CPUPorts {
    let requests: Port<HostRequest>
    let responses: Port<HostResponse>
    let interrupts: Port<Interrupt>
    let peer: Port<PeerCommand>
  }

  func cpu() -> CPUPorts {
    let latency = spec.host.cpuCycles
    let capacity = 8 + Int(latency)
    return CPUPorts(
      requests: simulation.port("cpu.requests", from: clock, to: clock, capacity: capacity, latency: latency),
      responses: simulation.port("cpu.responses", from: clock, to: clock, capacity: capacity, latency: latency),
      interrupts: simulation.port("cpu.interrupts", from: clock, to: clock, capacity: capacity, latency: latency),
      peer: simulation.port("peer.commands", from: clock, to: clock))
  }

  /// The endpoint's transmit delay is the latency of the port from its transmitter to the wire; the root complex has
  /// its own delays.
  func link(_ name: String) -> LinkPair {
    let capacity = spec.link.portCapacity(), transmit = spec.endpoint.transmitCycles
    func port(_ part: String, _ capacity: Int, _ latency: Cycle = 1) -> Port<TLP> {
      simulation.port("\(name).\(part)", from: clock, to: clock, capacity: capacity, latency: latency)
    }
    let hostTx = port("hostTx", 4), deviceRx = port("deviceRx", capacity)
    let deviceTx = port("deviceTx", 4 + Int(transmit), transmit), hostRx = port("hostRx", capacity)
    return LinkPair(
      down: Link(spec.link, clock: clock, input: hostTx.input, output: deviceRx.output),
      up: Link(spec.link, clock: clock, input: deviceTx.input, output: hostRx.output), hostTx: hostTx.output,
      hostRx: hostRx.input, deviceTx: deviceTx.output, deviceRx: deviceRx.input)
  }
}
