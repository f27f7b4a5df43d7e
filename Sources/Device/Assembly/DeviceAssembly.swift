import PCIe
import SimKernel

/// The Specs of the device's parts.
public struct DeviceSpecs: Sendable {
  public var endpoint: EndpointSpec
  public var decoder: BARDecoderSpec
  public var commands: CommandUnitSpec
  public var dma: DMASpec
  public var memory: MemorySpec
  public var core: CoreSpec
  /// Edges that a crossing between the two clocks costs the listening side.
  public var synchroniser: Cycle

  public init(
    endpoint: EndpointSpec, decoder: BARDecoderSpec, commands: CommandUnitSpec, dma: DMASpec, memory: MemorySpec,
    core: CoreSpec, synchroniser: Cycle
  ) {
    self.endpoint = endpoint
    self.decoder = decoder
    self.commands = commands
    self.dma = dma
    self.memory = memory
    self.core = core
    self.synchroniser = synchroniser
  }
}

/// The 1de5:3000, wired: endpoint, BAR decoder, command unit, DMA engine, memories, core.
public struct DeviceAssembly {
  public let endpoint: Endpoint
  public let decoder: BARDecoder
  public let commands: CommandUnit
  public let dma: DMAEngine
  public let ram: DeviceMemory
  public let window: DeviceMemory
  public let core: Core
  /// Cells of device RAM; cell 0 is BAR offset 0.
  public let ramArray: MemoryArray
  /// Cells of the p2pdma window; cell 0 is BAR offset `DeviceMap.p2p`.
  public let windowArray: MemoryArray

  /// Builds the device under `path` between the two directions of its link.
  public init(
    _ specs: DeviceSpecs, identity: ConfigSpace.Identity, in simulation: Simulation, path: String, pcie: Clock,
    coreClock: Clock, rx: InPort<TLP>, tx: OutPort<TLP>
  ) {
    let wires = DeviceWiring(specs, in: simulation, path: path, pcie: pcie, core: coreClock)
    ramArray = MemoryArray(bytes: DeviceMap.p2p)
    windowArray = MemoryArray(bytes: DeviceMap.p2pCapacity)
    endpoint = Endpoint(specs.endpoint, identity: identity, clock: pcie, ports: wires.endpoint(rx: rx, tx: tx))
    decoder = wires.decoder(dataPath: specs.memory.dataPath, clock: pcie)
    commands = CommandUnit(specs.commands, clock: pcie, ports: wires.commandUnit)
    dma = DMAEngine(
      specs.dma, dataPath: specs.memory.dataPath, maxReadRequest: specs.endpoint.maxReadRequest, clock: pcie,
      ports: wires.dmaEngine)
    ram = DeviceMemory(array: ramArray, base: 0, clock: pcie, clients: wires.ramClients)
    window = DeviceMemory(array: windowArray, base: DeviceMap.p2p, clock: pcie, clients: wires.windowClients)
    core = Core(
      specs.core, clock: coreClock, ram: ramArray, ret64: specs.commands.ret64, commands: wires.coreCommands.input,
      results: wires.coreResults.output)

    simulation.add(endpoint, as: "\(path).endpoint")
    simulation.add(decoder, as: "\(path).barDecoder")
    simulation.add(commands, as: "\(path).commandUnit")
    simulation.add(dma, as: "\(path).dmaEngine")
    simulation.add(ram, as: "\(path).ram")
    simulation.add(window, as: "\(path).p2pWindow")
    simulation.add(core, as: "\(path).core")
  }
}
