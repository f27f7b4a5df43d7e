import ArgumentParser
import Diagnostics
import WaveReader

/// `ubpf-sim wave …`: looks into waveform files of any writer.
struct Wave: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares, describes and repairs waveforms (FST or VCD) of any simulator.",
    subcommands: [WaveDiffCommand.self, WaveInfoCommand.self, WaveRepairCommand.self], helpNames: .shortAndLong)

  func run() throws { throw CleanExit.helpRequest(self) }

  /// Opens a file; ends the command when it is no waveform.
  static func open(_ path: String) -> WaveFile {
    attempt { () throws(WaveReadError) in try WaveFile(path: path) }
  }

  /// Ends the command when the input turns out to be wrong.
  static func attempt<Value>(_ work: () throws(WaveReadError) -> Value) -> Value {
    do throws(WaveReadError) {
      return try work()
    } catch {
      Output.fail(error.description.oneMessage, status: 2)
    }
  }
}

/// `ubpf-sim wave info FILE`: what a file is and has.
struct WaveInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Says what a waveform has: times, signals, changes, and whether it is whole.",
    helpNames: .shortAndLong)

  @Argument(help: "The waveform (FST or VCD).")
  var file: String

  @Flag(help: "List the signals: path, width, type, direction, and the name of the table of its values.")
  var signals = false

  @Option(help: "List only signals whose path, or a part of it between dots, matches (* and ?); repeatable.")
  var scope: [String] = []

  func run() throws {
    let wave = Wave.open(file)
    if signals || !scope.isEmpty {
      let lines = signalLines(wave)
      if lines.isEmpty {
        Output.fail("\(file): found no such signal, expected a path like those of --signals", status: 2)
      }
      return Output.printText(lines.joined(separator: "\n"))
    }
    let summary = Wave.attempt { () throws(WaveReadError) in try WaveSummary(of: wave) }
    let packing = Wave.attempt { () throws(WaveReadError) in try wave.packing() }
    Output.printText((facts(wave, summary, packing) + scopeLines(wave)).joined(separator: "\n"))
  }

  // MARK: - Facts

  private func facts(_ wave: WaveFile, _ summary: WaveSummary, _ packing: String?) -> [String] {
    func time(_ count: UInt64) -> String { WaveTime(count, exponent: wave.timescale).readable }
    let duration = summary.endTime >= wave.startTime ? time(summary.endTime - wave.startTime) : "0 s"
    let aliases = wave.hierarchy.aliasCount
    let gaps = summary.blackouts.map { "\(time($0.from)) to \($0.to.map(time) ?? "the end")" }
    var facts = [
      (
        "format",
        wave.format.rawValue + (packing.map { ", packed by \($0)" } ?? "") + (wave.isWrapped ? " and gzip" : "")
      ),
      ("size", "\(grouped(wave.fileSize)) bytes"),
      ("writer", wave.writer.oneLine),
      ("date", wave.date.oneLine),
      ("time scale", WaveTime.unit(wave.timescale)),
      ("time", "\(time(wave.startTime)) to \(time(summary.endTime)), \(duration)"),
      ("scopes", grouped(wave.hierarchy.scopes.count)),
      (
        "signals", grouped(wave.hierarchy.signals.count) + (aliases == 0 ? "" : ", \(grouped(aliases)) of them aliases")
      ),
      ("enum tables", grouped(wave.hierarchy.enumTables.count)),
      ("sections", grouped(wave.sectionCount)),
      ("changes", "\(grouped(summary.changeCount)) in \(grouped(summary.stepCount)) time steps"),
      ("recording", gaps.isEmpty ? "without gaps" : "off from \(gaps.joined(separator: ", "))"),
      ("finished", summary.loss.map { "no: \($0)" + (wave.format == .fst ? " (see wave repair)" : "") } ?? "yes"),
    ]
    if wave.timeZero != 0 { facts.insert(("time zero", "\(wave.timeZero) units"), at: 6) }
    return facts.map { name, value in
      name + String(repeating: " ", count: 13 - name.count) + (value.isEmpty ? "-" : value)
    }
  }

  // MARK: - Scopes and signals

  private func scopeLines(_ wave: WaveFile) -> [String] {
    let scopes = wave.hierarchy.scopes
    var counts = [Int](repeating: 0, count: scopes.count)
    for signal in wave.hierarchy.signals { if let scope = signal.scope { counts[scope] += 1 } }
    // A scope comes after the one around it.
    var depths: [Int] = []
    for scope in scopes { depths.append(scope.parent.map { depths[$0] + 1 } ?? 0) }
    return scopes.indices.map { index in
      let scope = scopes[index]
      let kind = scope.type == "module" ? "" : " (\(scope.type.oneLine))"
      let count = counts[index] == 1 ? "1 signal" : "\(grouped(counts[index])) signals"
      return "\(String(repeating: "  ", count: depths[index]))\(scope.name.oneLine)\(kind): \(count)"
    }
  }

  private func signalLines(_ wave: WaveFile) -> [String] {
    let patterns = scope.map { PathPattern($0) }
    let hierarchy = wave.hierarchy
    return hierarchy.signals.indices.compactMap { index in
      let signal = hierarchy.signals[index]
      let path = hierarchy.path(of: index)
      guard patterns.isEmpty || patterns.contains(where: { $0.matches(path) }) else { return nil }
      let handle = hierarchy.handles[signal.handle]
      let size = handle.kind == .bits ? "\(handle.width) bit\(handle.width == 1 ? "" : "s")" : nil
      let words = [
        size, signal.type, signal.direction == "implicit" ? nil : signal.direction,
        signal.enumTable.map { "enum \(hierarchy.enumTables[$0].name)" },
        signal.aliasOf.map { "alias of \(hierarchy.path(of: $0))" },
      ]
      return "\(path): \(words.compactMap { $0 }.joined(separator: ", "))".oneMessage
    }
  }
}

/// `ubpf-sim wave repair FILE`: makes a file whole again whose end is missing.
struct WaveRepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Makes an FST file whose end is missing one that every reader opens: keeps its whole sections.",
    helpNames: .shortAndLong)

  @Argument(help: "The waveform (FST). It is changed where it is.")
  var file: String

  func run() throws {
    let wave = Wave.open(file)
    let repair = Wave.attempt { () throws(WaveReadError) in try WaveRepair(path: file) }
    if repair.wasWhole { return Output.printText("\(file): is whole") }
    let sections = repair.sectionCount == 1 ? "1 section" : "\(grouped(repair.sectionCount)) sections"
    let times = [wave.startTime, repair.endTime].map { WaveTime($0, exponent: wave.timescale).readable }
    Output.printText(
      "\(file): kept \(sections), \(times[0]) to \(times[1]); removed \(grouped(repair.removedBytes)) bytes behind them"
    )
  }
}

/// With a comma between thousands.
private func grouped(_ number: Int) -> String {
  let digits = String(number)
  let first = digits.count % 3
  var groups = first == 0 ? [] : [String(digits.prefix(first))]
  var rest = digits.dropFirst(first)
  while !rest.isEmpty {
    groups.append(String(rest.prefix(3)))
    rest = rest.dropFirst(3)
  }
  return groups.joined(separator: ",")
}
