import ArgumentParser
import Glibc
import Scenario
import UBPFSim

/// The command: parses, prints, exits.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ubpf-sim",
    abstract: "Simulates the 1de5:3000 eBPF device cycle by cycle.",
    discussion: """
      Exit status: 0 all expectations met, 1 an expectation failed, 2 the input is wrong, 3 the model found an \
      internal fault.
      """)

  @Argument(help: "The scenario (JSON).")
  var scenario: String

  @Option(name: .customLong("trace"), help: "Write a waveform; the ending names the format (.fst or .vcd).")
  var tracePath: String?

  @Option(name: .customLong("report"), help: "Write the report as JSON.")
  var reportPath: String?

  func run() throws {
    let simulator: Simulator
    do {
      simulator = try Simulator(scenario: scenario)
      if let reportPath {
        try Output.checkDistinct(reportPath, as: "report", from: [("scenario", scenario), ("trace", tracePath)])
        try Output.checkWritable(reportPath, as: "report")
      }
      if let tracePath { try simulator.writeTrace(to: tracePath) }
    } catch {
      Output.fail("\(error)", status: 2)
    }
    do {
      defer { Output.eraseProgress() }
      try simulator.run(progress: Output.progressLine)
    } catch let fault as Simulator.ModelFault {
      Output.fail(fault.description, status: 3)
    } catch {
      Output.fail("\(error)", status: 2)
    }
    let report = simulator.report
    for dump in report.dumps { Output.printError(HexDump.text(of: dump)) }
    if let reportPath { Output.write(report.json, to: reportPath) }
    Output.printReport(report.text)
    throw ExitCode(report.passed ? 0 : 1)
  }

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      // Help goes to standard output with status 0; wrong usage is wrong input.
      if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
      if exitCode(for: error) == .success {
        print(fullMessage(for: error))
        Glibc.exit(0)
      }
      Output.fail("\(message(for: error)); see ubpf-sim --help", status: 2)
    }
  }
}
