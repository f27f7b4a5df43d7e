import ArgumentParser
import Scenario
import UBPFSim

/// `ubpf-sim SCENARIO`: simulates it.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulates the 1de5:3000 eBPF device cycle by cycle.",
    usage: (["ubpf-sim <scenario> [<options>]"] + Main.others.map { "ubpf-sim \($0._commandName) …" })
      .joined(separator: "\n"),
    discussion: """
      Exit status: 0 all expectations met, 1 an expectation failed, 2 the input is wrong, 3 the model found an \
      internal fault.
      """,
    helpNames: .shortAndLong)

  @Argument(help: "The scenario (JSON).")
  var scenario: String

  @OptionGroup(title: "Waveform")
  var trace: TraceArguments

  @Option(name: .customLong("report"), help: "Write the report as JSON.")
  var reportPath: String?

  @Option(name: .customLong("commit-log"), help: "Write what each instruction of the core did, as text.")
  var commitLogPath: String?

  @Option(name: .customLong("pipeline"), help: "Write the core's pipeline, cycle by cycle, for the Konata viewer.")
  var pipelinePath: String?

  @Option(
    name: .customLong("tlp-log"),
    help: "Write each TLP on a link: as JSON lines when the name ends in .jsonl, else as text.")
  var tlpLogPath: String?

  @Option(
    name: .customLong("timeline"), help: "Write steps, commands, transfers, runs and TLPs as JSON for Perfetto.")
  var timelinePath: String?

  @Option(
    name: .customLong("coverage"),
    help: "Write which instructions, hazards, packets and commands the run hits: as JSON, or as text in a .txt file.")
  var coveragePath: String?

  @Flag(help: "Draw the distributions of latencies.")
  var histograms = false

  @Option(help: CoreMode.help)
  var mode: CoreMode?

  @Option(help: FastForward.help)
  var fastForward: FastForward?

  func run() throws {
    let simulator: Simulator
    do {
      simulator = try Simulator(scenario: scenario) { core in
        // The scenario's own parameters of that core stay.
        if let mode = mode?.microarchitecture, mode.name != core.microarchitecture.name {
          core.microarchitecture = mode
        }
        fastForward?.apply(to: &core.machine)
      }
      try Output.check(
        [
          ("report", reportPath), ("commit log", commitLogPath), ("pipeline log", pipelinePath),
          ("TLP log", tlpLogPath), ("timeline", timelinePath), ("coverage", coveragePath),
        ],
        beside: [("scenario", scenario), ("trace", trace.path)])
      if let path = trace.path { try simulator.writeTrace(to: path, options: trace.options(for: simulator)) }
      if let commitLogPath { try simulator.writeCommitLog(to: commitLogPath) }
      if let pipelinePath { try simulator.writePipeline(to: pipelinePath) }
      if let tlpLogPath { try simulator.writeTLPLog(to: tlpLogPath) }
      if let timelinePath { try simulator.writeTimeline(to: timelinePath) }
      if coveragePath != nil { simulator.observeCoverage() }
    } catch {
      Output.fail("\(error)", status: 2)
    }
    do {
      defer { Output.eraseProgress() }
      Signals.watch(simulator)
      try simulator.run(progress: Output.progressLine, interruption: { Signals.interruption })
    } catch let interruption as Simulator.Interruption {
      Output.printError("ubpf-sim: \(interruption)")
      Signals.dieOfRequest()
    } catch let fault as Simulator.ModelFault {
      Output.fail(fault.description, status: 3)
    } catch {
      Output.fail("\(error)", status: 2)
    }
    if !simulator.traceHasBegun {
      Output.printError("ubpf-sim: the trace is empty: what it was to begin with never happened")
    }
    let report = simulator.report
    for dump in report.dumps { Output.printError(HexDump.text(of: dump)) }
    if let reportPath { Output.write(Array(report.json.utf8), to: reportPath, as: "report") }
    if let coveragePath { simulator.coverage?.write(to: coveragePath) }
    Output.printText(report.text(histograms: histograms))
    throw ExitCode(report.passed ? 0 : 1)
  }
}
