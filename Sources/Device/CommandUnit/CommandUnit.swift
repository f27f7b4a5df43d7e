import PCIe
import SimKernel

/// The register file of the I/O megabyte, and the sequencer of commands. They are worked on in their order; transfers
/// behind one another go to the DMA engine as early as it takes them.
public final class CommandUnit: Component {
  /// The doors of the unit.
  public struct Ports {
    public let control: InPort<FunctionControl>
    public let writeRequests: OutPort<WriteRequest>
    public let accesses: InPort<MemoryRequest>
    public let responses: OutPort<MemoryResponse>
    public let dmaCommands: OutPort<DMACommand>
    public let dmaResults: InPort<DMAResult>
    public let coreCommands: OutPort<CoreCommand>
    public let coreResults: InPort<CoreResult>
    public let ramRequests: OutPort<MemoryRequest>
    public let ramData: InPort<MemoryResponse>

    public init(
      control: InPort<FunctionControl>, writeRequests: OutPort<WriteRequest>, accesses: InPort<MemoryRequest>,
      responses: OutPort<MemoryResponse>, dmaCommands: OutPort<DMACommand>, dmaResults: InPort<DMAResult>,
      coreCommands: OutPort<CoreCommand>, coreResults: InPort<CoreResult>, ramRequests: OutPort<MemoryRequest>,
      ramData: InPort<MemoryResponse>
    ) {
      self.control = control
      self.writeRequests = writeRequests
      self.accesses = accesses
      self.responses = responses
      self.dmaCommands = dmaCommands
      self.dmaResults = dmaResults
      self.coreCommands = coreCommands
      self.coreResults = coreResults
      self.ramRequests = ramRequests
      self.ramData = ramData
    }
  }

  public let clock: Clock
  public let state = FlipFlops(CommandUnitState())
  /// The started commands and those that wait, around the table from `CommandUnitState.oldest` on.
  public let commands: StateTable<LatchedCommand>
  public let ports: [any PortEnd]
  /// Who hears of the commands.
  private(set) var observer: (any CommandObserver)?
  let spec: CommandUnitSpec
  let transfers: Int
  let door: Ports

  /// - Parameter transfers: what the DMA engine works on at a time
  public init(_ spec: CommandUnitSpec, transfers: Int, clock: Clock, ports: Ports) {
    self.spec = spec
    self.transfers = transfers
    self.clock = clock
    commands = StateTable("command", count: transfers + spec.queueDepth, repeating: LatchedCommand())
    door = ports
    self.ports = [
      ports.control, ports.writeRequests, ports.accesses, ports.responses, ports.dmaCommands, ports.dmaResults,
      ports.coreCommands, ports.coreResults, ports.ramRequests, ports.ramData,
    ]
  }

  public var tables: [any AnyStateTable] { [commands] }

  /// Lets `observer` hear of the commands from now on.
  public func observe(with observer: any CommandObserver) { self.observer = observer }

  public func tick(_ now: Cycle) -> Wake {
    takeControl()
    sequence()
    startCommands()
    access()
    sendAbort()
    sendInterrupt()
    return hasStep ? .next : .onInput
  }

  public var pendingWork: String? {
    let s = state.pointer.pointee
    if s.phase == .idle && s.waiting == 0 { return nil }
    return "the end of command 0x\(String(running.pointee.opcode, radix: 16)) (\(s.phase))"
  }

  /// The command that is number `age` from the oldest on.
  func command(_ age: Int) -> UnsafeMutablePointer<LatchedCommand> { commands.pointer + place(age) }

  /// Where it lies in the table.
  func place(_ age: Int) -> Int { (Int(state.pointer.pointee.oldest) + age) % commands.count }

  /// The oldest command.
  var running: UnsafeMutablePointer<LatchedCommand> { command(0) }
}
