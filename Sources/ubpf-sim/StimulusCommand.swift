import ArgumentParser
import Scenario
import UBPFSim

/// `ubpf-sim stimulus SCENARIO`: what a test bench does to a device, and what the device does.
struct StimulusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stimulus",
    abstract: "Writes what the first device hears in a scenario, and what it does, cycle by cycle, for a test bench.",
    discussion: """
      The files are those of specs/stimulus.md, made to be read with $fscanf. Exit status: 0 both are written, 2 the \
      input is wrong or a file cannot be written, 3 the model found an internal fault.
      """,
    helpNames: .shortAndLong)

  @Argument(help: "The scenario (JSON).")
  var scenario: String

  @Option(name: .customLong("out"), help: "Write what the test bench does.")
  var stimulusPath: String

  @Option(name: .customLong("expect"), help: "Write what the device does.")
  var expectedPath: String

  @Option(
    name: .customLong("stall"),
    help: ArgumentHelp(
      "Let the host not take what the device sends for a while, now and then; a number that draws when.",
      valueName: "seed"))
  var stallSeed: UInt64?

  @Option(help: CoreMode.help)
  var mode: CoreMode?

  func run() throws {
    do {
      let simulator = try Simulator(scenario: scenario) { core in
        if let mode = mode?.microarchitecture, mode.name != core.microarchitecture.name {
          core.microarchitecture = mode
        }
      }
      try Output.check([("stimulus", stimulusPath), ("expected", expectedPath)], beside: [("scenario", scenario)])
      let stimulus = try simulator.makeStimulus(stallSeed: stallSeed, interruption: { Signals.interruption })
      try stimulus.write(stimulus: stimulusPath, expected: expectedPath)
      Output.printText(text(stimulus, simulator.report))
    } catch is Simulator.Interruption {
      Signals.dieOfRequest()
    } catch let fault as Simulator.ModelFault {
      Output.fail(fault.description, status: 3)
    } catch {
      Output.fail("\(error)", status: 2)
    }
  }

  private func text(_ stimulus: DeviceStimulus, _ report: Report) -> String {
    let record = stimulus.record
    var lines = [
      "\(report.scenario): \(stimulus.packetsToDevice) packets to the device, \(record.sent.count) from it, "
        + "\(record.end) cycles"
    ]
    if !report.passed { lines.append("the scenario did not pass: \(report.failures.count) expectations failed") }
    if record.moved > 0 { lines.append("the schedule moved \(record.moved) packets to a later cycle") }
    if record.delay > 0 { lines.append("the host waited \(record.delay) cycles for the device") }
    if record.isIncomplete { lines.append("the device did not send all that it sent in the scenario") }
    if stallSeed == nil { lines.append(stimulus.comparison.text) }
    return lines.joined(separator: "\n")
  }
}
