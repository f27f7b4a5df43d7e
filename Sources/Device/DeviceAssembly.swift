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
    func port<Message>(_ name: String, _: Message.Type, capacity: Int = 4, latency: Cycle = 1) -> Port<Message> {
      simulation.port("\(path).\(name)", from: pcie, to: pcie, capacity: capacity, latency: latency)
    }
    func crossing<Message>(_ name: String, _: Message.Type, from: Clock, to: Clock) -> Port<Message> {
      simulation.port("\(path).\(name)", from: from, to: to, capacity: 4, synchroniser: specs.synchroniser)
    }
    let memory = specs.memory
    let received = specs.endpoint.receiveCycles
    let targetRequests = port("targetRequests", TargetRequest.self, capacity: 4 + Int(received), latency: received)
    let targetCompletions = port("targetCompletions", TargetCompletion.self)
    let readRequests = port("readRequests", ReadRequest.self)
    // Completions are never refused (their credits are infinite): room for the shortest parts of all tags.
    let readData = port(
      "readData", ReadData.self, capacity: specs.dma.tags * (specs.endpoint.maxReadRequest / 64 + 1) + Int(received),
      latency: received)
    func accesses(_ name: String) -> (Port<MemoryRequest>, Port<MemoryResponse>) {
      let decode = specs.decoder.decodeCycles
      return (
        port("\(name).requests", MemoryRequest.self, capacity: 4 + Int(decode), latency: decode),
        port("\(name).responses", MemoryResponse.self, capacity: 4 + Int(memory.readCycles), latency: memory.readCycles)
      )
    }
    let registers = accesses("registerAccess"), ramAccess = accesses("ramAccess"),
      windowAccess = accesses("windowAccess")
    let dmaCommands = port("dmaCommands", DMACommand.self)
    let dmaResults = port("dmaResults", DMAResult.self, latency: specs.dma.finishCycles)
    let coreCommands = crossing("coreCommands", CoreCommand.self, from: pcie, to: coreClock)
    let coreResults = crossing("coreResults", CoreResult.self, from: coreClock, to: pcie)
    let lengthAccess = port("lengthRequests", MemoryRequest.self)
    let lengthData = port("lengthData", MemoryResponse.self, latency: memory.readCycles)
    let ramWrites = port("ramWrites", MemoryRequest.self)
    let windowReads = port("windowReads", MemoryRequest.self)
    let windowData = port(
      "windowData", MemoryResponse.self, capacity: 4 + Int(memory.readCycles), latency: memory.readCycles)

    ramArray = MemoryArray(bytes: DeviceMap.p2p)
    windowArray = MemoryArray(bytes: DeviceMap.p2pCapacity)
    endpoint = Endpoint(
      specs.endpoint, identity: identity, clock: pcie,
      ports: .init(
        rx: rx, tx: tx, targetRequests: targetRequests.output, targetCompletions: targetCompletions.input,
        readRequests: readRequests.input, readData: readData.output))
    decoder = BARDecoder(
      dataPath: memory.dataPath, clock: pcie, requests: targetRequests.input, completions: targetCompletions.output,
      registers: .init(requests: registers.0.output, responses: registers.1.input),
      ram: .init(requests: ramAccess.0.output, responses: ramAccess.1.input),
      p2pWindow: .init(requests: windowAccess.0.output, responses: windowAccess.1.input))
    commands = CommandUnit(
      specs.commands, clock: pcie,
      ports: .init(
        accesses: registers.0.input, responses: registers.1.output, dmaCommands: dmaCommands.output,
        dmaResults: dmaResults.input, coreCommands: coreCommands.output, coreResults: coreResults.input,
        ramRequests: lengthAccess.output, ramData: lengthData.input))
    dma = DMAEngine(
      specs.dma, dataPath: memory.dataPath, maxReadRequest: specs.endpoint.maxReadRequest, clock: pcie,
      ports: .init(
        commands: dmaCommands.input, results: dmaResults.output, readRequests: readRequests.output,
        readData: readData.input, ramWrites: ramWrites.output, windowReads: windowReads.output,
        windowData: windowData.input))
    ram = DeviceMemory(
      array: ramArray, base: 0, clock: pcie,
      clients: [
        .init(requests: ramAccess.0.input, responses: ramAccess.1.output),
        .init(requests: ramWrites.input, responses: nil),
        .init(requests: lengthAccess.input, responses: lengthData.output),
      ])
    window = DeviceMemory(
      array: windowArray, base: DeviceMap.p2p, clock: pcie,
      clients: [
        .init(requests: windowAccess.0.input, responses: windowAccess.1.output),
        .init(requests: windowReads.input, responses: windowData.output),
      ])
    core = Core(
      specs.core, clock: coreClock, ram: ramArray, ret64: specs.commands.ret64, commands: coreCommands.input,
      results: coreResults.output)

    simulation.add(endpoint, as: "\(path).endpoint")
    simulation.add(decoder, as: "\(path).barDecoder")
    simulation.add(commands, as: "\(path).commandUnit")
    simulation.add(dma, as: "\(path).dmaEngine")
    simulation.add(ram, as: "\(path).ram")
    simulation.add(window, as: "\(path).p2pWindow")
    simulation.add(core, as: "\(path).core")
  }
}
