import Device
import EBPF
import PCIe
import SimKernel

/// A scenario turned into a wired simulation: driver, host, links, peer and device.
public final class System {
  public let simulation = Simulation()
  public let spec: SystemSpec
  public let pcie: Clock
  public let coreClock: Clock
  public let driver: Driver
  public let host: RootComplex
  public let device: DeviceAssembly
  /// By index, as link observers are told it.
  public let linkNames = ["link", "peerLink"]
  /// Links hold it without keeping it alive.
  private var linkObserver: LinkObserver?

  /// Whether `bytes` are a program that a device with these helper functions can load; the error says why not.
  public static func checkProgram(_ bytes: [UInt8], _ helpers: HelperTable) throws {
    _ = try CoreShell.load(bytes, helpers: helpers)
  }

  public init(_ spec: SystemSpec, steps: [Step]) {
    self.spec = spec
    pcie = simulation.addClock("pcie", period: 1_000_000_000_000 / spec.clocks.pcie)
    coreClock = simulation.addClock("core", period: 1_000_000_000_000 / spec.clocks.core)
    let wiring = Wiring(simulation: simulation, clock: pcie, spec: spec)
    let identity = System.identity(spec)
    let cpu = wiring.cpu()
    let deviceLink = wiring.link("link"), peerLink = wiring.link("peerLink")
    let barWindow = spec.host.barBase..<spec.host.barBase + UInt64(DeviceMap.barSize)
    host = RootComplex(
      spec.host, seed: spec.seed, maxPayload: spec.endpoint.maxPayload, clock: pcie,
      rootPorts: [
        .init(bus: 1, rx: deviceLink.hostRx, tx: deviceLink.hostTx, window: barWindow),
        .init(bus: Peer.bus, rx: peerLink.hostRx, tx: peerLink.hostTx, window: 0..<0),
      ], cpuRequests: cpu.requests.input, cpuResponses: cpu.responses.output, interrupts: cpu.interrupts.output)
    driver = Driver(
      spec, steps: steps, identity: identity, memory: host.memory, clock: pcie,
      ports: .init(
        requests: cpu.requests.output, responses: cpu.responses.input, interrupts: cpu.interrupts.input,
        peer: cpu.peer.output))
    let peer = Peer(
      spec.peer, maxPayload: spec.endpoint.maxPayload, clock: pcie, commands: cpu.peer.input, rx: peerLink.deviceRx,
      tx: peerLink.deviceTx)

    simulation.add(driver, as: "host.driver")
    simulation.add(host, as: "host.rootComplex")
    simulation.add(deviceLink.down, as: "link.down")
    simulation.add(deviceLink.up, as: "link.up")
    device = DeviceAssembly(
      spec.deviceSpecs, identity: identity, in: simulation, path: "device", pcie: pcie, coreClock: coreClock,
      rx: deviceLink.deviceRx, tx: deviceLink.deviceTx)
    simulation.add(peerLink.down, as: "peerLink.down")
    simulation.add(peerLink.up, as: "peerLink.up")
    simulation.add(peer, as: "peer")
  }

  /// Lets `observer` hear of each TLP that a link transmits. Call before the simulation runs.
  public func observeLinks(with observer: LinkObserver) {
    linkObserver = observer
  }

  private static func identity(_ spec: SystemSpec) -> ConfigSpace.Identity {
    var identity = ConfigSpace.Identity()
    identity.bar?.is64Bit = spec.endpoint.bar64
    identity.maxPayloadSupported = max(identity.maxPayloadSupported, spec.endpoint.maxPayload)
    identity.linkSpeed = UInt8([2_500, 5_000, 8_000, 16_000, 32_000].firstIndex(of: spec.link.rate / 1_000_000)! + 1)
    identity.linkWidth = UInt8(spec.link.lanes)
    return identity
  }
}

extension SystemSpec {
  var deviceSpecs: DeviceSpecs {
    DeviceSpecs(
      endpoint: endpoint, decoder: decoder, commands: commands, dma: dma, memory: memory, core: core,
      helpers: helpers, synchroniser: clocks.synchroniser)
  }
}
