import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// A core alone on the bench: its RAM, and a probe in the place of the command unit. One bench makes one run.
final class CoreBench {
  let simulation = Simulation()
  let ram = MemoryArray(bytes: DeviceMap.p2p)
  let core: any ExecutionCore
  let helpers: HelperUnit
  private let clock: Clock
  private let probe: CommandProbe

  init(_ spec: CoreSpec = CoreSpec(), ret64: Bool = false, helpers table: [HelperSpec] = HelperSpec.standard) {
    clock = simulation.addClock("core", period: 5_000)
    let commands = simulation.port("commands", of: CoreCommand.self, from: clock, to: clock)
    let results = simulation.port("results", of: CoreResult.self, from: clock, to: clock)
    let calls = simulation.port("helperCalls", of: HelperCall.self, from: clock, to: clock)
    let returns = simulation.port("helperReturns", of: HelperReturn.self, from: clock, to: clock)
    let memories = CoreMemories(ram: ram, stackSize: spec.machine.stackSize)
    core = spec.makeCore(
      CoreShell(
        spec.machine, clock: clock, memories: memories, ret64: ret64, helpers: HelperTable(table),
        ports: .init(
          commands: commands.input, results: results.output,
          helpers: .init(calls: calls.output, returns: returns.input))))
    helpers = HelperUnit(
      table, memory: memories.view, clock: clock, calls: calls.input, returns: returns.output)
    probe = CommandProbe(clock, commands.output, results.input)
    simulation.add(probe, as: "probe")
    simulation.add(core, as: "core")
    simulation.add(helpers, as: "helpers")
  }

  func load(_ program: [Instruction], data: [UInt8] = []) { load(text: bytes(of: program), data: data) }

  func load(text: [UInt8], data: [UInt8] = []) {
    ram.store(UInt32(text.count), at: DeviceMap.textLength)
    ram.write(text, at: DeviceMap.text)
    ram.store(UInt32(data.count), at: DeviceMap.dataLength)
    ram.write(data, at: DeviceMap.data)
  }

  /// The edge at which the core sees the command to run.
  static let commandEdge: Cycle = 1
  /// A million cycles; a core that hangs fails its test instead of stopping all of them.
  private static let limit: Picoseconds = 5_000 * 1_000_000

  /// Commands a run, and an abort that the core sees at edge `abortAt`, and goes on until nothing moves.
  @discardableResult
  func run(
    offset: UInt32 = 0, abortAt: Cycle? = nil, watching: BenchObserver? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Outcome {
    probe.script = [(0, CoreCommand(kind: .run, offset: offset))]
    if let abortAt { probe.script.append((abortAt - 1, CoreCommand(kind: .abort))) }
    let observer = watching ?? BenchObserver()
    observer.bench = self
    simulation.observer = observer
    core.attach(observer)
    #expect(simulation.run(until: CoreBench.limit) == .quiescent, sourceLocation: sourceLocation)
    #expect(simulation.pendingWork() == [], sourceLocation: sourceLocation)
    let outcome = Outcome(self, probe.results, observer)
    outcome.checkAccounting(sourceLocation)
    return outcome
  }

  /// A run that nobody listens to.
  func runUnwatched() {
    probe.script = [(0, CoreCommand(kind: .run))]
    simulation.run(until: CoreBench.limit)
  }

  /// Two runs, the second commanded at `edge`.
  func run(alsoAt edge: Cycle) {
    probe.script = [(0, CoreCommand(kind: .run)), (edge, CoreCommand(kind: .run))]
    simulation.run(until: CoreBench.limit)
  }

  /// A run that is aborted at edge `abortAt`, and another one, commanded at `edge`.
  func run(abortAt: Cycle, thenAt edge: Cycle) {
    probe.script = [
      (0, CoreCommand(kind: .run)), (abortAt - 1, CoreCommand(kind: .abort)), (edge, CoreCommand(kind: .run)),
    ]
    #expect(simulation.run(until: CoreBench.limit) == .quiescent)
  }

  /// Bytes of the DATA segment.
  func data(_ count: Int) -> [UInt8] { ram.read(count, at: DeviceMap.data) }
}

/// Sends its script and keeps the answers.
final class CommandProbe: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  var script: [(edge: Cycle, command: CoreCommand)] = []
  private(set) var results: [CoreResult] = []
  private let commands: OutPort<CoreCommand>
  private let answers: InPort<CoreResult>

  init(_ clock: Clock, _ commands: OutPort<CoreCommand>, _ answers: InPort<CoreResult>) {
    self.clock = clock
    self.commands = commands
    self.answers = answers
    ports = [commands, answers]
  }

  func tick(_ now: Cycle) -> Wake {
    while let result = answers.receive() { results.append(result) }
    if let next = script.first, next.edge == now {
      commands.send(next.command)
      script.removeFirst()
    }
    return script.first.map { .at($0.edge) } ?? .onInput
  }
}

/// Notes the slot of every instruction that retires, and the edge of the first fetch. A subclass sees the edges too.
class BenchObserver: EdgeObserver, CoreObserver {
  unowned var bench: CoreBench!
  private(set) var records: [CommitRecord] = []
  private(set) var firstFetch: Cycle?
  private(set) var end: Cycle?
  private(set) var runningEdges: UInt64 = 0

  func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {
    firstFetch = cycle
  }
  func commits(_ commit: Commit, fault: CoreFault) { records.append(commit.record(fault: fault.logName)) }
  func cycleEnds(_ cycle: Cycle, _ view: PipelineView) { runningEdges += 1 }
  func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) { end = cycle }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) { see(time / 5_000) }

  func see(_ edge: Cycle) {}
}

/// What a run left behind.
struct Outcome {
  let result: CoreResult?
  let record: RunRecord?
  /// What retired, in order.
  let commits: [CommitRecord]
  let registers: [UInt64]
  let firstFetch: Cycle?
  /// The edge at which the run ended.
  let end: Cycle?
  private let runningEdges: UInt64
  private let isTimed: Bool

  init(_ bench: CoreBench, _ results: [CoreResult], _ observer: BenchObserver) {
    result = results.count == 1 ? results[0] : nil
    record = bench.core.runs.count == 1 ? bench.core.runs[0] : nil
    commits = observer.records.filter { $0.fault == nil }
    registers = (0..<11).map { bench.core.run.registers[$0] }
    firstFetch = observer.firstFetch
    end = observer.end
    runningEdges = observer.runningEdges
    isTimed = !(bench.core is FunctionalCore)
  }

  /// Slots of the retired instructions.
  var retired: [Int] { commits.map(\.pc) }
  var fault: CoreFault? { result?.fault }
  var faultPC: UInt32? { result?.pc }
  var cycles: UInt64 { result?.cycles ?? 0 }
  var instructions: UInt64 { result?.instructions ?? 0 }
  var r0: UInt64 { registers[0] }
  /// Lost cycles by cause, without the causes that did not occur and without the four of the fill.
  var losses: [Bubble: UInt64] {
    (record?.counts ?? [:]).filter { $0.key != .none && $0.key != .fill && $0.value != 0 }
  }
  var fill: UInt64 { record?.counts[.fill] ?? 0 }

  /// Every cycle of the run is charged once: to a retired instruction or to one cause.
  func checkAccounting(_ sourceLocation: SourceLocation) {
    guard let result = result, let record = record else {
      Issue.record("a run gives one result and one record", sourceLocation: sourceLocation)
      return
    }
    #expect(record.cycles == result.cycles, sourceLocation: sourceLocation)
    #expect(record.instructions == result.instructions, sourceLocation: sourceLocation)
    #expect(record.fault == result.fault && record.faultPC == result.pc, sourceLocation: sourceLocation)
    #expect(UInt64(retired.count) == result.instructions, sourceLocation: sourceLocation)
    // The edge at which a faulty instruction reaches write-back is charged to nobody: it does not retire.
    let uncharged: UInt64 = CoreFault.chargedToNobody.contains(result.fault) && firstFetch != nil ? 1 : 0
    #expect(result.cycles == (isTimed ? runningEdges - uncharged : 0), sourceLocation: sourceLocation)
  }
}

extension CoreFault {
  /// Faults of an instruction that reaches write-back and does not retire.
  static let chargedToNobody: [CoreFault] = [
    .invalidInstruction, .loadOutOfBounds, .storeOutOfBounds, .misalignedAtomic, .callDepth, .unknownHelper,
  ]
}

/// Makes, runs and forgets a bench.
@discardableResult
func run(
  _ program: [Instruction], _ spec: CoreSpec = CoreSpec(), data: [UInt8] = [],
  sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome {
  let bench = CoreBench(spec)
  bench.load(program, data: data)
  return bench.run(sourceLocation: sourceLocation)
}

/// The fields of the default core, as if they were in one table.
extension CoreSpec {
  var predictor: BranchPredictor {
    get { microarchitecture.classic5.predictor }
    set { microarchitecture.classic5.predictor = newValue }
  }
  var multiplyCycles: Cycle {
    get { microarchitecture.classic5.multiplyCycles }
    set { microarchitecture.classic5.multiplyCycles = newValue }
  }
  var divideCycles: Cycle {
    get { microarchitecture.classic5.divideCycles }
    set { microarchitecture.classic5.divideCycles = newValue }
  }
  var atomicCycles: Cycle {
    get { microarchitecture.classic5.atomicCycles }
    set { microarchitecture.classic5.atomicCycles = newValue }
  }

  init(_ change: (inout CoreSpec) -> Void) {
    self.init()
    change(&self)
  }
}
