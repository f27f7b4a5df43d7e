import Coverage
import Device
import Glibc
import PCIe
import Scenario
import SimKernel
import Timeline
import Tracing
import Transactions
import Waveform

/// The library face: opens a scenario, runs it, and reports.
public final class Simulator {
  public let document: ScenarioDocument
  public let system: System
  private var trace: Trace?
  private var tracePath: String?
  var logs: [any CoreLog] = []
  var tlpLog: TLPLogWriter?
  var timeline: TimelineWriter?
  var coverageCollector: CoverageCollector?
  private(set) lazy var transactions = TransactionSource(system)
  var isObservingTransactions = false
  /// By device.
  var coreObservers: [[any CoreObserver]]
  /// By device.
  var commandObservers: [[any CommandObserver]]
  /// By device.
  var transferObservers: [[any DMAObserver]]
  var linkObservers: [LinkObserver] = []
  var edgeObservers: [EdgeObserver] = []
  private var wallSeconds = 0.0
  private var startupSeconds = 0.0

  /// Reads the scenario at `path`, compiles and loads what it names, and builds the system.
  /// - Parameter core: changes the core that the scenario describes
  /// - Throws: `ScenarioError`, whose description is one line that says where, what was found and what was expected.
  public convenience init(scenario path: String, core: (inout CoreSpec) -> Void = { _ in }) throws {
    self.init(try ScenarioDocument.load(path: path, checkProgram: System.checkProgram), core: core)
  }

  init(_ document: ScenarioDocument, core: (inout CoreSpec) -> Void) {
    self.document = document
    var spec = document.spec
    core(&spec.device.core)
    system = System(spec, steps: document.steps)
    coreObservers = system.devices.map { _ in [] }
    commandObservers = system.devices.map { _ in [] }
    transferObservers = system.devices.map { _ in [] }
  }

  /// Short names of conditions that start or stop a trace: a run of the first device begins.
  public var triggerNames: [String: String] {
    guard let device = document.spec.devices.first else { return [:] }
    return ["run": "\(device.name).core.phase == running"]
  }

  /// Writes a waveform of the run to `path` (.fst or .vcd). Call before `run`.
  /// - Throws: `WaveformError` when the file cannot be written, `TraceError` for options that do not fit the scenario
  public func writeTrace(to path: String, options: TraceOptions = TraceOptions()) throws {
    let trace = try Trace(
      system.simulation, path: path, options: options,
      readings: InstructionReadings.all(in: system.simulation, document),
      transactions: (transactions.map, transactions.feed))
    connectTransactions()
    self.trace = trace
    tracePath = path
    try writeViewerFiles()
    observeEdges(with: trace.observer)
  }

  /// Arranges the trace for viewers, in files beside it: `t.gtkw` and `t.sucl` beside `t.fst`. A file there that a viewer
  /// or a person wrote stays.
  private func writeViewerFiles() throws {
    guard let trace, let tracePath else { return }
    let stem = tracePath.dropLast(4)
    let layout = TraceLayout.layout(of: trace.contents, document, dump: tracePath, end: system.simulation.time)
    for file in ViewerFile.allCases { try file.write(layout, to: stem + file.ending) }
  }

  /// Whether the trace has recorded anything; true without one.
  public var traceHasBegun: Bool { trace?.hasBegun ?? true }

  /// Somebody asked the run to end before its time.
  public struct Interruption: Error, CustomStringConvertible {
    public let description: String
  }

  /// Finishes the trace where it is, from the handler of a signal by which the process dies.
  public func abandonTrace(because reason: String) { trace?.abandon(because: reason) }

  /// A broken promise of the model itself.
  public struct ModelFault: Error, CustomStringConvertible {
    public let description: String
  }

  /// The scenario goes on for longer than the model can count.
  public struct TimeLimit: Error, CustomStringConvertible {
    public let description =
      "found more than \(Simulator.lastTime / 1_000_000_000_000) s of simulated time, expected less: the wire time of links "
      + "has 64 bits of femtoseconds; make the waits shorter"
  }

  /// Picoseconds: a second before a link's femtoseconds have no room in 64 bits.
  static let lastTime: Picoseconds = .max / 1_000 - 1_000_000_000_000

  /// How far a run has come.
  public struct Progress {
    public let simulated: Picoseconds
    public let coreCyclesPerSecond: Double
  }

  /// Runs the scenario to its end.
  /// - Parameters:
  ///   - progress: called about four times a second of wall time
  ///   - interruption: asked a few times a second; a text ends the run and says why
  /// - Throws: `ModelFault` when everybody waits for somebody else; `TimeLimit` when the end is too far; `WaveformError`
  ///   when the trace could not be written whole, `LogError` when a log could not. In all cases they are readable up to
  ///   where the run stopped.
  public func run(progress: ((Progress) -> Void)? = nil, interruption: () -> String? = { nil }) throws {
    let simulation = system.simulation
    let start = Simulator.now()
    startupSeconds = Simulator.secondsSinceProcessStart()
    if isObservingTransactions { transactions.begin() }
    var outcome = Simulation.Outcome.limitReached
    var slice: Picoseconds = .microseconds(100), limit = slice, reported = start
    while outcome == .limitReached {
      limit = min(limit, Self.lastTime)
      outcome = simulation.run(until: limit)
      if outcome == .limitReached, let reason = interruption() {
        try closeOutputs(because: reason)
        throw Interruption(description: "\(reason) at \(simulation.time.readable)")
      }
      if limit == Self.lastTime { break }
      let now = Simulator.now()
      if now - reported < 0.05 { slice *= 2 }
      if now - reported > 0.25 {
        reported = now
        let cycles = Double(simulation.time / system.coreClock.period)
        progress?(Progress(simulated: simulation.time, coreCyclesPerSecond: cycles / (now - start)))
        if slice > 1 { slice = max(1, slice / 2) }
      }
      limit = simulation.time + slice
    }
    wallSeconds = Simulator.now() - start
    try closeOutputs(because: Self.endText(outcome))
    wallSeconds = Simulator.now() - start
    if outcome == .limitReached { throw TimeLimit() }
    if outcome == .quiescent {
      throw ModelFault(
        description: "deadlock at \(simulation.time.readable): " + simulation.pendingWork().joined(separator: "; "))
    }
  }

  /// Why a trace ends, in words.
  private static func endText(_ outcome: Simulation.Outcome) -> String {
    switch outcome {
    case .stopped: "complete: the last step of the scenario ended"
    case .limitReached: "the simulated time reached its limit"
    case .quiescent: "deadlock: everybody waits"
    }
  }

  /// Every file is closed, whatever became of the others; the first error counts.
  private func closeOutputs(because reason: String) throws {
    let trace = Result { try self.trace?.close(at: system.simulation.time, because: reason) }
    let logs = self.logs.map { log in Result { try log.close() } }
    let tlpLog = Result { try self.tlpLog?.close() }
    if isObservingTransactions { transactions.feed.finish() }
    let timeline = Result { try self.timeline?.close(at: system.simulation.time) }
    try trace.get()
    try writeViewerFiles()
    for log in logs { try log.get() }
    try tlpLog.get()
    try timeline.get()
  }

  /// What the run found; call after `run`.
  public var report: Report {
    Report(
      scenario: document.name, system: system,
      host: .init(
        wallSeconds: wallSeconds, startupSeconds: startupSeconds,
        coreCycles: system.simulation.time / system.coreClock.period,
        pcieCycles: system.simulation.time / system.pcie.period))
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Field 22 of /proc/self/stat is the start time in clock ticks since boot, which is coarse (10 ms); CPU time of the
  /// process is finer and, for a process that does not wait, the same.
  private static func secondsSinceProcessStart() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
