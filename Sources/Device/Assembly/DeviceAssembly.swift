import EBPF
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
  public var helpers: [HelperSpec]
  /// Edges that a crossing between the two clocks costs the listening side.
  public var synchroniser: Cycle

  public init(
    endpoint: EndpointSpec, decoder: BARDecoderSpec, commands: CommandUnitSpec, dma: DMASpec, memory: MemorySpec,
    core: CoreSpec, helpers: [HelperSpec], synchroniser: Cycle
  ) {
    self.endpoint = endpoint
    self.decoder = decoder
    self.commands = commands
    self.dma = dma
    self.memory = memory
    self.core = core
    self.helpers = helpers
    self.synchroniser = synchroniser
  }
}

/// The 1de5:3000, wired: endpoint, BAR decoder, command unit, DMA engine, memories, core, helper functions.
public struct DeviceAssembly {
  public let endpoint: Endpoint
  public let decoder: BARDecoder
  public let commands: CommandUnit
  public let dma: DMAEngine
  public let ram: DeviceMemory
  public let window: DeviceMemory
  public let core: any ExecutionCore
  public let helpers: HelperUnit
  /// Cells of device RAM; cell 0 is BAR offset 0.
  public let ramArray: MemoryArray
  /// Cells of the p2pdma window; cell 0 is BAR offset `DeviceMap.p2p`.
  public let windowArray: MemoryArray

  /// Builds the device under `path` at the lower end of its link.
  public init(
    _ specs: DeviceSpecs, identity: ConfigSpace.Identity, in simulation: Simulation, path: String, pcie: Clock,
    coreClock: Clock, link: Endpoint.LinkPorts
  ) {
    let wires = DeviceWiring(specs, in: simulation, path: path, pcie: pcie, core: coreClock)
    ramArray = MemoryArray(bytes: DeviceMap.p2p)
    windowArray = MemoryArray(bytes: DeviceMap.p2pCapacity)
    endpoint = Endpoint(
      specs.endpoint, identity: identity, tags: specs.dma.tags, clock: pcie, ports: wires.endpoint(link))
    decoder = wires.decoder(dataPath: specs.memory.dataPath, clock: pcie)
    commands = CommandUnit(
      specs.commands, transfers: specs.dma.channels, clock: pcie, ports: wires.commandUnit)
    dma = DMAEngine(specs.dma, dataPath: specs.memory.dataPath, clock: pcie, ports: wires.dmaEngine)
    let record = specs.memory.banks > 0 ? CoreAccessRecord(clock: coreClock) : nil
    ram = DeviceMemory(
      specs.memory, array: ramArray, base: 0, clock: pcie, clients: wires.ramClients, core: record)
    window = DeviceMemory(
      specs.memory, array: windowArray, base: DeviceMap.p2p, clock: pcie, clients: wires.windowClients)
    let memories = CoreMemories(ram: ramArray, stackSize: specs.core.machine.stackSize, record: record)
    core = specs.core.makeCore(
      CoreShell(
        specs.core.machine, clock: coreClock, memories: memories, ret64: specs.commands.ret64,
        helpers: HelperTable(specs.helpers), ports: wires.core))
    helpers = HelperUnit(
      specs.helpers, memory: memories.view, clock: coreClock, calls: wires.helperCalls.input,
      returns: wires.helperReturns.output)

    simulation.add(endpoint, as: "\(path).endpoint")
    simulation.add(decoder, as: "\(path).barDecoder")
    simulation.add(commands, as: "\(path).commandUnit")
    simulation.add(dma, as: "\(path).dmaEngine")
    simulation.add(ram, as: "\(path).ram")
    simulation.add(window, as: "\(path).p2pWindow")
    simulation.add(core, as: "\(path).core")
    simulation.add(helpers, as: "\(path).helpers")
  }
}
