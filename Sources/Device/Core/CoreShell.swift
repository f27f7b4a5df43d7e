import EBPF
import SimKernel

/// What every core has around its pipeline: the ports to the command unit and to the helper functions, the memories, the
/// program loader, the writer of results, and the records of its runs.
public final class CoreShell {
  /// The port ends of a core.
  public struct Ports {
    public let commands: InPort<CoreCommand>
    public let results: OutPort<CoreResult>
    public let helpers: HelperDoor

    public init(commands: InPort<CoreCommand>, results: OutPort<CoreResult>, helpers: HelperDoor) {
      self.commands = commands
      self.results = results
      self.helpers = helpers
    }
  }

  public internal(set) var runs: [RunRecord] = []

  let spec: MachineSpec
  let clock: Clock
  let commands: InPort<CoreCommand>
  let results: OutPort<CoreResult>
  let helpers: HelperDoor
  let helperTable: HelperTable
  let memories: CoreMemories
  /// RET takes all 8 bytes of r0.
  let ret64: Bool
  let text: InstructionMemory
  let callStack: UnsafeMutablePointer<CallFrame>
  /// The program of this run, once it is loaded.
  var program = Program(text: [])
  var monitor: CoreMonitor?
  var loadFailure = ""
  private let cells = MemoryArray(bytes: 8 * InstructionMemory.capacity)
  var started: Picoseconds = 0

  init(
    _ spec: MachineSpec, clock: Clock, memories: CoreMemories, ret64: Bool, helpers: HelperTable, ports: Ports
  ) {
    self.spec = spec
    self.clock = clock
    self.memories = memories
    self.ret64 = ret64
    helperTable = helpers
    commands = ports.commands
    results = ports.results
    self.helpers = ports.helpers
    text = InstructionMemory(cells)
    callStack = .allocate(capacity: spec.callDepth)
  }

  deinit {
    text.count.deallocate()
    callStack.deallocate()
  }

  var ports: [any PortEnd] { [commands, results, helpers.calls, helpers.returns] }
  var ram: MemoryArray { memories.ram }
  var memory: CoreMemory { memories.view }

  /// Marks the first fetch.
  func enterRun(_ run: inout RunState, stages: [PipelineStage]) {
    started = clock.time
    run.phase = .running
    monitor?.runBegins(runs.count, program: program, stages: stages)
  }

  /// Also for a run that failed before its first fetch.
  /// - Parameter causes: what the core may lose cycles to
  func finishRun(_ run: inout RunState, causes: [Bubble], isTimed: Bool) {
    if run.phase == .running { monitor?.runEnds(runs.count, run.fault) }
    var counts: [Bubble: UInt64] = [:]
    for bubble in [.none] + causes { counts[bubble] = run.counts[Int(bubble.rawValue)] }
    runs.append(
      RunRecord(
        start: started, end: clock.time, r0: run.registers[0], fault: run.fault, faultPC: run.faultPC,
        detail: loadFailure, cycles: isTimed ? counts.values.reduce(0, +) : 0, counts: counts,
        fastForwarded: run.fastForwarded))
    run.phase = .reporting
    run.step = 0
  }
}
