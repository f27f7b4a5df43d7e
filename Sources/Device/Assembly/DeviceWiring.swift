import PCIe
import SimKernel

/// The ports inside the device, named after what travels through them. Delays that a Spec gives to a way through the
/// device are latencies of ports.
struct DeviceWiring {
  /// Requests to a memory or register file, and its answers.
  struct Access {
    let requests: Port<MemoryRequest>
    let responses: Port<MemoryResponse>
  }

  // Endpoint, BAR decoder and what lies behind it.
  let targetWrites: Port<TargetRequest>
  let targetReads: Port<TargetRequest>
  let targetCompletions: Port<TargetCompletion>
  let registers: Access
  let ram: Access
  let window: Access
  // What the endpoint tells its clients of the function, and what they want written.
  let commandControl: Port<FunctionControl>
  let dmaControl: Port<FunctionControl>
  let writeRequests: Port<WriteRequest>
  // DMA engine.
  let readRequests: Port<ReadRequest>
  let readData: Port<ReadData>
  let dmaCommands: Port<DMACommand>
  let dmaResults: Port<DMAResult>
  let ramWrites: Port<MemoryRequest>
  let windowReads: Access
  // Command unit and core.
  let lengths: Access
  let coreCommands: Port<CoreCommand>
  let coreResults: Port<CoreResult>
  let helperCalls: Port<HelperCall>
  let helperReturns: Port<HelperReturn>

  init(_ specs: DeviceSpecs, in simulation: Simulation, path: String, pcie: Clock, core: Clock) {
    func port<Message>(_ name: String, capacity: Int = 4, latency: Cycle = 1) -> Port<Message> {
      simulation.port("\(path).\(name)", from: pcie, to: pcie, capacity: capacity, latency: latency)
    }
    func crossing<Message>(_ name: String, from: Clock, to: Clock) -> Port<Message> {
      simulation.port("\(path).\(name)", from: from, to: to, capacity: 4, synchroniser: specs.synchroniser)
    }
    /// Room for what is under way besides the usual four.
    func access(_ name: String, there: Cycle, back: Cycle) -> Access {
      Access(
        requests: port("\(name).requests", capacity: 4 + Int(there), latency: there),
        responses: port("\(name).responses", capacity: 4 + Int(back), latency: back))
    }
    let receive = specs.endpoint.receiveCycles, decode = specs.decoder.decodeCycles, read = specs.memory.readCycles
    targetWrites = port("targetWrites", capacity: 4 + Int(receive), latency: receive)
    targetReads = port("targetReads", capacity: 4 + Int(receive), latency: receive)
    targetCompletions = port("targetCompletions")
    registers = access("registerAccess", there: decode, back: read)
    ram = access("ramAccess", there: decode, back: read)
    window = access("windowAccess", there: decode, back: read)
    // As slow as the data, so that nothing older than a reset comes behind it.
    commandControl = port("commandControl", capacity: 4 + Int(receive), latency: receive)
    dmaControl = port("dmaControl", capacity: 4 + Int(receive), latency: receive)
    writeRequests = port("writeRequests")
    readRequests = port("readRequests")
    // Room for the shortest parts of all tags; the endpoint keeps what no port could hold.
    readData = port(
      "readData", capacity: specs.endpoint.completions(tags: specs.dma.tags, maxRequest: specs.dma.maxRequest),
      latency: receive)
    dmaCommands = port("dmaCommands")
    dmaResults = port("dmaResults", latency: specs.dma.finishCycles)
    ramWrites = port("ramWrites")
    windowReads = access("windowReads", there: 1, back: read)
    lengths = access("lengthAccess", there: 1, back: read)
    coreCommands = crossing("coreCommands", from: pcie, to: core)
    coreResults = crossing("coreResults", from: core, to: pcie)
    helperCalls = simulation.port("\(path).helperCalls", from: core, to: core)
    helperReturns = simulation.port("\(path).helperReturns", from: core, to: core)
  }
}

// The port ends that each component takes.
extension DeviceWiring {
  func endpoint(_ link: Endpoint.LinkPorts) -> Endpoint.Ports {
    .init(
      rx: link.rx, tx: link.tx, linkEvents: link.events,
      target: .init(
        writes: targetWrites.output, reads: targetReads.output, completions: targetCompletions.input),
      readRequests: readRequests.input, writeRequests: writeRequests.input, readData: readData.output,
      controls: [commandControl.output, dmaControl.output], faults: link.faults)
  }

  func decoder(dataPath: Int, clock: Clock) -> BARDecoder {
    BARDecoder(
      dataPath: dataPath, clock: clock, writes: targetWrites.input, reads: targetReads.input,
      completions: targetCompletions.output, registers: registers.target, ram: ram.target, p2pWindow: window.target)
  }

  var commandUnit: CommandUnit.Ports {
    .init(
      control: commandControl.input, writeRequests: writeRequests.output, accesses: registers.requests.input,
      responses: registers.responses.output, dmaCommands: dmaCommands.output, dmaResults: dmaResults.input,
      coreCommands: coreCommands.output, coreResults: coreResults.input, ramRequests: lengths.requests.output,
      ramData: lengths.responses.input)
  }

  var dmaEngine: DMAEngine.Ports {
    .init(
      control: dmaControl.input, commands: dmaCommands.input, results: dmaResults.output,
      readRequests: readRequests.output, readData: readData.input, ramWrites: ramWrites.output,
      windowReads: windowReads.requests.output,
      windowData: windowReads.responses.input)
  }

  var core: CoreShell.Ports {
    .init(
      commands: coreCommands.input, results: coreResults.output,
      helpers: .init(calls: helperCalls.output, returns: helperReturns.input))
  }

  var ramClients: [DeviceMemory.Client] {
    [ram.client, .init(requests: ramWrites.input, responses: nil), lengths.client]
  }

  var windowClients: [DeviceMemory.Client] { [window.client, windowReads.client] }
}

extension DeviceWiring.Access {
  var target: BARDecoder.Target { .init(requests: requests.output, responses: responses.input) }
  var client: DeviceMemory.Client { .init(requests: requests.input, responses: responses.output) }
}
