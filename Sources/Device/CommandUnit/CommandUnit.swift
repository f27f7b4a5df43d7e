import SimKernel

/// The register file of the I/O megabyte, and the sequencer of commands: one runs, one waits.
public final class CommandUnit: Component {
  /// The doors of the unit.
  public struct Ports {
    public let accesses: InPort<MemoryRequest>
    public let responses: OutPort<MemoryResponse>
    public let dmaCommands: OutPort<DMACommand>
    public let dmaResults: InPort<DMAResult>
    public let coreCommands: OutPort<CoreCommand>
    public let coreResults: InPort<CoreResult>
    public let ramRequests: OutPort<MemoryRequest>
    public let ramData: InPort<MemoryResponse>

    public init(
      accesses: InPort<MemoryRequest>, responses: OutPort<MemoryResponse>, dmaCommands: OutPort<DMACommand>,
      dmaResults: InPort<DMAResult>, coreCommands: OutPort<CoreCommand>, coreResults: InPort<CoreResult>,
      ramRequests: OutPort<MemoryRequest>, ramData: InPort<MemoryResponse>
    ) {
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
  public let ports: [any PortEnd]
  let spec: CommandUnitSpec
  let door: Ports

  public init(_ spec: CommandUnitSpec, clock: Clock, ports: Ports) {
    self.spec = spec
    self.clock = clock
    door = ports
    self.ports = [
      ports.accesses, ports.responses, ports.dmaCommands, ports.dmaResults, ports.coreCommands, ports.coreResults,
      ports.ramRequests, ports.ramData,
    ]
  }

  public func tick(_ now: Cycle) -> Wake {
    sequence()
    access()
    sendAbort()
    return hasStep ? .next : .onInput
  }

  public var pendingWork: String? {
    let s = state.pointer.pointee
    return s.phase == .idle ? nil : "the end of command 0x\(String(s.running.opcode, radix: 16)) (\(s.phase))"
  }
}
