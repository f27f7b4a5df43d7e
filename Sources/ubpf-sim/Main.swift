import ArgumentParser
import Glibc

/// The command: parses, prints, exits. Each sub-command has a file of its own.
@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ubpf-sim",
    version: "1.0.0",
    // A scenario needs no word before it.
    subcommands: [Run.self] + others, defaultSubcommand: Run.self,
    // Help is that of a run, which names the other sub-commands.
    helpNames: [])

  /// The sub-commands that have to be named.
  static let others: [ParsableCommand.Type] = [
    Asm.self, Disasm.self, ConformancePlugin.self, Wave.self, CheckCommand.self, StimulusCommand.self,
    CoverageCommand.self, RandomCommand.self,
  ]

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
