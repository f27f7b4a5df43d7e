import ArgumentParser
import Check
import Diagnostics
import EBPF
import PCIe
import SimKernel
import Tracing
import UBPFSim
import WaveReader

/// `ubpf-sim check SCENARIO`: where a design parts from the model.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Compares what a design did with what the model does in the same scenario, and shows the first difference.",
    discussion: """
      The logs are those of specs/commit-log.md and specs/tlp-log.md; a test bench writes them with $fwrite. A dump (FST \
      or VCD) is of any simulator; a map says which of its signals are what, see specs/check.md. Without --cycles and --time a design may take the time that it likes. Exit status: 0 all that was compared is the same, \
      1 something differs, 2 the input is wrong or nothing could be compared, 3 the model found an internal fault.
      """,
    helpNames: .shortAndLong)

  @Argument(help: "The scenario (JSON) that the design went through.")
  var scenario: String

  @Option(name: .customLong("commits"), help: "What each instruction of the design's core did.")
  var commitsPath: String?

  @Option(name: .customLong("tlps"), help: "The TLPs on the design's links, as text or JSON lines.")
  var tlpsPath: String?

  @Option(name: .customLong("dump"), help: "A waveform of the design (FST or VCD), with --map.")
  var dumpPath: String?

  @Option(name: .customLong("map"), help: "Which signals of the dump are what (JSON).")
  var mapPath: String?

  @Option(
    help: ArgumentHelp(
      "Compare the cycles between the commits of a run too; N may be more or less.", valueName: "n"))
  var cycles: UInt64?

  @Option(
    help: ArgumentHelp(
      "Compare the times between the TLPs of a link's direction too; so much may be more or less: 20ns, 0ns.",
      valueName: "time"))
  var time: String?

  @Flag(
    help:
      "Let posted requests, non-posted ones and completions of a link's direction pass each other: each in their own order."
  )
  var byClass = false

  @Option(
    help: ArgumentHelp(
      "Leave a field out, such as r5, loads or tag; may be repeated.", valueName: "field"))
  var ignore: [String] = []

  @Option(
    help: ArgumentHelp("Compare only these bits of a register: r0=0xffffffff; may be repeated.", valueName: "rN=mask"))
  var mask: [String] = []

  @Option(help: "Show so many lines before a difference.")
  var context = 8

  @Option(
    help: ArgumentHelp(
      "When something differs, write the waveform around it (.fst or .vcd): the model's, with --dump both.",
      valueName: "file"))
  var window: String?

  @Option(help: CoreMode.help)
  var mode: CoreMode?

  func validate() throws {
    if commitsPath == nil && tlpsPath == nil && dumpPath == nil {
      throw ValidationError("found neither --commits nor --tlps nor --dump")
    }
    if (dumpPath == nil) != (mapPath == nil) {
      let (found, missing) = dumpPath == nil ? ("--map", "--dump") : ("--dump", "--map")
      throw ValidationError("\(found): found no \(missing), expected both")
    }
    guard (0...1000).contains(context) else {
      throw ValidationError("--context: found \(context), expected 0 to 1000")
    }
    _ = try (commitRules, tlpRules)
  }

  func run() throws {
    let simulator = open(), dump = openDump()
    var rules = try commitRules
    var commitLog = log(commitsPath, "a commit log").map { DesignLog(commits: $0, path: $1) }
    if let dump, let commits = dump.map.commits {
      if commitsPath != nil {
        Output.fail("--commits: found \"commits\" in \(dump.map.path) too, expected one of both", status: 2)
      }
      rules = commits.rules(over: rules)
      commitLog = attempt { try DesignLog(dump: dump.file, dump.map, commits) }
    }
    var tlpRules = try tlpRules
    var tlpLog = log(tlpsPath, "a TLP log").map { DesignLog(tlps: $0, path: $1) }
    if let dump, dump.map.hasTLPs {
      if tlpsPath != nil {
        Output.fail("--tlps: found \"tlps\" in \(dump.map.path) too, expected one of both", status: 2)
      }
      tlpRules = dump.map.rules(over: tlpRules)
      tlpLog = attempt { try DesignLog(dumpOfTLPs: dump.file, dump.map) }
    }
    let check = DesignCheck(commitLog: commitLog, rules, tlpLog: tlpLog, tlpRules, contextLines: context)
    let signals = attempt { try compare(check, simulator, dump) }
    let report = CheckReport(check, rules, tlpRules, signals)
    if let first = report.first(dump: dump?.file.path) {
      Output.printText(report.text(first.divergence, log: first.log, unit: first.unit))
      if let window { write(window, around: first.divergence, dump, end: simulator.system.simulation.time) }
      throw ExitCode(1)
    }
    if let gap = report.gap { Output.fail(gap, status: 2) }
    Output.printText(report.text)
  }

  /// A dump and what is compared of it.
  typealias Dump = (file: WaveFile, map: DumpMap)

  private func openDump() -> Dump? {
    guard let dumpPath, let mapPath else { return nil }
    let text = InputFile.read(mapPath, expected: "a map of signals", limit: Self.mapLimit)
    let map = attempt { try DumpMap(text, path: mapPath) }
    return (attempt { try WaveFile(path: dumpPath) }, map)
  }

  private static let mapLimit = 64 << 20

  private func compare(_ check: DesignCheck, _ simulator: Simulator, _ dump: Dump?) throws -> DumpComparison? {
    guard let dump else {
      try simulator.run(check, interruption: { Signals.interruption })
      return nil
    }
    return try simulator.run(
      check, beside: dump.file, dump.map, cycleTolerance: cycles, contextLines: context,
      interruption: { Signals.interruption })
  }

  private func open() -> Simulator {
    attempt {
      try Simulator(scenario: scenario) { core in
        if let mode = mode?.microarchitecture, mode.name != core.microarchitecture.name {
          core.microarchitecture = mode
        }
      }
    }
  }

  /// Ends the command when something is wrong.
  private func attempt<Value>(_ work: () throws -> Value) -> Value {
    do {
      return try work()
    } catch is Simulator.Interruption {
      Signals.dieOfRequest()
    } catch let fault as Simulator.ModelFault {
      Output.fail(fault.description, status: 3)
    } catch {
      Output.fail("\(error)", status: 2)
    }
  }

  private func log(_ path: String?, _ expected: String) -> (bytes: [UInt8], path: String)? {
    path.map { (InputFile.read($0, expected: expected, limit: Self.logLimit), $0) }
  }

  private static let logLimit = 4 << 30

  // MARK: - Rules

  private var commitRules: CommitRules {
    get throws {
      var rules = CommitRules()
      rules.ignored = Set(try ignore.map(Self.field))
      rules.cycleTolerance = cycles
      for text in mask {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0].hasPrefix("r"), let register = Int(parts[0].dropFirst()),
          rules.masks.indices ~= register,
          parts[1].hasPrefix("0x"), let bits = UInt64(parts[1].dropFirst(2), radix: 16)
        else {
          throw ValidationError("--mask: found \(text.quoted), expected a register and a mask such as r0=0xffffffff")
        }
        rules.masks[register] = bits
      }
      return rules
    }
  }

  private var tlpRules: TLPRules {
    get throws {
      var rules = TLPRules()
      rules.ignored = Set(try ignore.map(Self.field))
      rules.separatesClasses = byClass
      if let time {
        guard let tolerance = Quantity.duration.parse(time) else {
          throw ValidationError("--time: found \(time.quoted), expected \(Quantity.duration.expectation)")
        }
        rules.timeTolerance = tolerance
      }
      return rules
    }
  }

  private static func field(_ name: String) throws -> String {
    let known = CommitRules.fields + TLPRules.fields
    if known.contains(name) { return name }
    let near = Spelling.nearest(to: name, in: known).map { "; did you mean \($0.quoted)?" } ?? ""
    throw ValidationError("--ignore: found \(name.quoted), expected one of \(known.joined(separator: ", "))\(near)")
  }

  // MARK: - Window

  /// What the window has before a difference and behind it, in picoseconds.
  private static let windowBefore: Picoseconds = 1_000_000, windowBehind: Picoseconds = 200_000

  private func write(_ path: String, around divergence: Divergence, _ dump: Dump?, end: Picoseconds) {
    guard let dump else { return write(path, around: divergence.time ?? end) }
    let shift = attempt {
      try open().writeWindow(
        to: path, around: divergence, dump: dump.file, dump.map, before: Self.windowBefore, behind: Self.windowBehind)
    }
    let words = "\(shift.magnitude.readable) \(shift < 0 ? "earlier" : "later")"
    Output.printText("Both sides around it are in \(path), the model \(words) than it was, in the time of the design")
  }

  private func write(_ path: String, around time: Picoseconds) {
    let simulator = open()
    var options = TraceOptions()
    options.from = time > Self.windowBefore ? time - Self.windowBefore : 0
    options.to = time + Self.windowBehind
    let end = options.to
    attempt {
      try simulator.writeTrace(to: path, options: options)
      do {
        try simulator.run(interruption: { simulator.system.simulation.time > end ? "the window ends" : nil })
      } catch is Simulator.Interruption where simulator.system.simulation.time > end {}
    }
    Output.printText("The model from \(options.from.readable) to \(end.readable) is in \(path)")
  }
}
