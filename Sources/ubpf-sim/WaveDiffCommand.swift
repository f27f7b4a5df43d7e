import ArgumentParser
import Diagnostics
import WaveReader

/// `ubpf-sim wave diff A B`: where two waveforms differ first.
struct WaveDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compares two waveforms, and shows for each signal when it differs for the first time.",
    discussion: """
      Signals are paired by their paths; bit ranges, and scopes at the top that only one file has, do not count. Only \
      times that both files cover are compared. Times are written as 12us or "1.5 ns"; without a unit they are \
      picoseconds. Exit status: 0 the signals are the same, 1 they differ, 2 the input is wrong.
      """,
    helpNames: .shortAndLong)

  @Argument(help: "The one waveform (FST or VCD), called A.")
  var a: String

  @Argument(help: "The other waveform (FST or VCD), called B.")
  var b: String

  @Option(
    name: .customLong("map"),
    help: "A file of lines 'path in A = path in B', with one * in both or in none, for signals of different names.")
  var mapPath: String?

  @Option(help: "Compare only signals whose path, or a part of it between dots, matches (* and ?); repeatable.")
  var scope: [String] = []

  @Option(help: "Leave out signals whose path, or a part of it between dots, matches (* and ?); repeatable.")
  var ignore: [String] = []

  @Option(help: "Compare from this time on.")
  var from: String?

  @Option(help: "Compare up to this time.")
  var to: String?

  @Option(help: "Show at most so many signals.")
  var limit = 20

  @Flag(help: "Signals that only one file has are differences, too.")
  var allSignals = false

  func validate() throws {
    if limit < 0 { throw ValidationError("--limit: found \(limit), expected 0 or more") }
    if let from = try time(from, "--from"), let to = try time(to, "--to"), to.isBefore(from) {
      throw ValidationError("--to: found \(to.readable), expected --from (\(from.readable)) or later")
    }
  }

  private func time(_ text: String?, _ option: String) throws -> WaveTime? {
    guard let text else { return nil }
    guard let time = WaveTime(text: text) else {
      throw ValidationError("\(option): found \(text.quoted), expected a time such as 12us (fs, ps, ns, us, ms, s)")
    }
    return time
  }

  func run() throws {
    var options = WaveDiff.Options()
    options.scopes = scope.map { PathPattern($0) }
    options.ignored = ignore.map { PathPattern($0) }
    options.from = try time(from, "--from")
    options.to = try time(to, "--to")
    if let mapPath {
      let text = String(decoding: InputFile.read(mapPath, expected: "lines 'path in A = path in B'"), as: UTF8.self)
      options.map = Wave.attempt { () throws(WaveReadError) in try NameMap(text: text, path: mapPath) }
    }
    let waveA = Wave.open(a), waveB = Wave.open(b)
    let result = Wave.attempt { [options] () throws(WaveReadError) in try WaveDiff.compare(waveA, waveB, options) }
    Output.printText(([summary(result)] + differences(result) + notes(result)).joined(separator: "\n"))
    let isMissing = allSignals && !(result.onlyInA.isEmpty && result.onlyInB.isEmpty)
    if !result.differences.isEmpty || isMissing { throw ExitCode(1) }
  }

  // MARK: - Text

  private func summary(_ result: WaveDiff.Result) -> String {
    let times = "from \(result.from.readable) to \(result.to.readable)"
    let count = result.differences.count
    if count == 0 { return "The same: \(Self.signals(result.comparedCount)), \(times)" }
    return "Different: \(count) of \(Self.signals(result.comparedCount)), \(times)"
  }

  /// One line for each signal, in columns.
  private func differences(_ result: WaveDiff.Result) -> [String] {
    let shown = result.differences.prefix(limit)
    if shown.isEmpty { return [] }
    var rows = [["first at", "signal", "in A", "in B"]]
    rows += shown.map { difference in
      let same = result.mappedCount == 0 || difference.pathInA == difference.pathInB
      let path = same ? difference.pathInA : "\(difference.pathInA) = \(difference.pathInB)"
      return [
        difference.time.readable, path.oneMessage, difference.valueInA.oneMessage, difference.valueInB.oneMessage,
      ]
    }
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      let padded = (0..<3).map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
      return (padded + [row[3]]).joined(separator: "  ")
    }
    let rest = result.differences.count - shown.count
    return lines + (rest > 0 ? ["… and \(Self.signals(rest)) more (--limit)"] : [])
  }

  private func notes(_ result: WaveDiff.Result) -> [String] {
    var notes: [String] = []
    if result.mappedCount > 0 { notes.append("Paired by the map: \(Self.signals(result.mappedCount))") }
    for (side, scopes) in [("A", result.omittedInA), ("B", result.omittedInB)] where !scopes.isEmpty {
      notes.append("Paths in \(side) are compared without \(scopes.oneMessage)")
    }
    for (side, paths) in [("A", result.onlyInA), ("B", result.onlyInB)] where !paths.isEmpty {
      notes.append("Only in \(side): \(Self.signals(paths.count)), \(Self.examples(paths))")
    }
    if !result.widthMismatches.isEmpty {
      let examples = result.widthMismatches.map { "\($0.path) with \($0.widthInA) and \($0.widthInB) bits" }
      notes.append("Different widths: \(Self.signals(examples.count)), \(Self.examples(examples))")
    }
    if result.hadBlackout { notes.append("Times at which a file does not record were left out") }
    for (side, loss) in [("A", result.lossOfA), ("B", result.lossOfB)] {
      if let loss { notes.append("\(side) is not whole: \(loss)") }
    }
    return notes + ends(result)
  }

  /// When one file goes on after the other.
  private func ends(_ result: WaveDiff.Result) -> [String] {
    switch (result.endOfA, result.endOfB) {
    case (let endOfA?, let endOfB?) where endOfA.count != endOfB.count:
      let first = endOfA.count < endOfB.count
      return [
        "\(first ? "A" : "B") ends earlier: at \((first ? endOfA : endOfB).readable), the other one at "
          + (first ? endOfB : endOfA).readable
      ]
    case (let endOfA?, nil) where to == nil: return ["A ends earlier: at \(endOfA.readable)"]
    case (nil, let endOfB?) where to == nil: return ["B ends earlier: at \(endOfB.readable)"]
    default: return []
    }
  }

  private static func signals(_ count: Int) -> String { count == 1 ? "1 signal" : "\(count) signals" }

  private static func examples(_ texts: [String]) -> String {
    texts.prefix(3).map(\.oneMessage).joined(separator: ", ") + (texts.count > 3 ? ", …" : "")
  }
}
