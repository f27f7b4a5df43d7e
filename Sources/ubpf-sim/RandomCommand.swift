import ArgumentParser
import Device
import Diagnostics
import Glibc
import RandomScenarios

/// `ubpf-sim random`: writes scenarios that have to pass.
struct RandomCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "random",
    abstract: "Writes random scenarios with all their expectations; the same seed gives the same ones.",
    helpNames: .shortAndLong)

  @Option(help: "The seed.")
  var seed: UInt64 = 1

  @Option(help: "How many scenarios.")
  var count = 1

  @Option(name: .customLong("out"), help: ArgumentHelp("The folder that they go to.", valueName: "folder"))
  var folder: String

  @Option(help: "What they are about: \(names(ScenarioGenerator.Profile.allCases)).")
  var profile = ScenarioGenerator.Profile.device.rawValue

  @Option(help: "The link of the first device, as in gen3x8 (default: gen3x8, or any in system).")
  var preset: String?

  @Option(help: "The core: \(CoreMode.names.joined(separator: ", ")) (default: classic5, or any in system).")
  var core: String?

  @Option(help: "How much they do: \(names(ScenarioGenerator.Length.allCases)).")
  var length = ScenarioGenerator.Length.short.rawValue

  func run() throws {
    guard count > 0 else { Output.fail("--count: found \(count), expected 1 or more", status: 2) }
    if let preset { check(preset, "--preset", ScenarioGenerator.presets) }
    if let core { check(core, "--core", CoreMode.names) }
    let generator = ScenarioGenerator(
      seed: seed, profile: choice(profile, "--profile"), length: choice(length, "--length"), preset: preset, core: core)
    makeFolder()
    for number in 0..<count {
      Output.write(
        Array(generator.scenario(number).utf8), to: "\(folder)/\(generator.name(number)).json", as: "scenario")
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(_ text: String, _ option: String) -> Choice
  where Choice.RawValue == String {
    check(text, option, Choice.allCases.map(\.rawValue))
    return Choice(rawValue: text)!
  }

  /// Ends the command when `text` is none of `names`.
  private func check(_ text: String, _ option: String, _ names: [String]) {
    guard !names.contains(text) else { return }
    let hint = Spelling.nearest(to: text, in: names).map { "; did you mean \($0.quoted)?" } ?? ""
    Output.fail(
      "\(option): found \(text.quoted), expected one of \(names.map(\.quoted).joined(separator: ", "))\(hint)",
      status: 2)
  }

  private func makeFolder() {
    guard mkdir(folder, 0o777) != 0 else { return }
    var status = stat()
    guard errno == EEXIST, stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      let reason = errno == EEXIST ? "it is no folder" : String(cString: strerror(errno))
      Output.fail("cannot write scenarios to '\(folder)': \(reason)", status: 2)
    }
  }

  private static func names<Choice: RawRepresentable>(_ choices: [Choice]) -> String where Choice.RawValue == String {
    choices.map(\.rawValue).joined(separator: ", ")
  }
}
