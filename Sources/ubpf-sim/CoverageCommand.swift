import ArgumentParser
import Coverage
import Scenario

/// `ubpf-sim coverage FILE …`: adds up what several runs hit.
struct CoverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coverage",
    abstract: "Adds up coverage files, and prints what was hit and the bins that never were.",
    helpNames: .shortAndLong)

  @Argument(help: "Files that --coverage wrote as JSON.")
  var files: [String]

  @Option(name: [.customShort("o"), .long], help: "Write the sum, as JSON or, when the name ends in .txt, as text.")
  var output: String?

  func run() throws {
    var sum = Coverage()
    for file in files {
      let bytes = InputFile.read(file, expected: "a coverage file")
      do throws(ScenarioError) {
        sum.merge(try Coverage(json: bytes, file: file))
      } catch {
        Output.fail("\(error)", status: 2)
      }
    }
    if let output { sum.write(to: output) }
    Output.printText(sum.text)
  }
}

extension Coverage {
  /// Writes it to `path`: as text when that ends in `.txt`, else as JSON.
  func write(to path: String) {
    Output.write(Array((path.hasSuffix(".txt") ? text : json).utf8), to: path, as: "coverage")
  }
}
