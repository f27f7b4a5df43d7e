import ArgumentParser
import Diagnostics
import SimKernel
import Tracing
import UBPFSim

/// What goes into a trace, and when.
struct TraceArguments: ParsableArguments {
  @Option(name: .customLong("trace"), help: "Write a waveform; the ending names the format (.fst or .vcd).")
  var path: String?

  @Option(
    name: .customLong("trace-scope"),
    help: ArgumentHelp(
      "Trace only what matches, such as 'core.*'; may be repeated. A pattern is compared with whole names, from any dot on.",
      valueName: "pattern"))
  var scopes: [String] = []

  @Option(
    name: .customLong("trace-level"),
    help: "How much of each component: \(TraceOptions.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
  var level = TraceOptions.Level.all

  @Option(
    name: .customLong("trace-from"), help: ArgumentHelp("Begin at this time: 12us, 5000cycles.", valueName: "time"))
  var from: String?

  @Option(name: .customLong("trace-to"), help: ArgumentHelp("End at this time.", valueName: "time"))
  var to: String?

  @Option(
    name: .customLong("trace-start"),
    help: ArgumentHelp(
      "Begin when a condition becomes true: 'core.phase == running', 'run #3' for the third run.",
      valueName: "condition"))
  var start: String?

  @Option(
    name: .customLong("trace-stop"),
    help: ArgumentHelp("Stop when a condition becomes true, until the next start.", valueName: "condition"))
  var stop: String?

  @Option(
    name: .customLong("trace-last"),
    help: ArgumentHelp("Keep only about this much before the end of the run.", valueName: "time"))
  var last: String?

  @Option(
    name: .customLong("trace-limit"),
    help: ArgumentHelp("End the trace when its file has this size: 2GiB.", valueName: "size"))
  var limit: String?

  /// Options without a trace are a mistake.
  func validate() throws {
    let others: [(String, Bool)] = [
      ("--trace-scope", !scopes.isEmpty), ("--trace-level", level != .all), ("--trace-from", from != nil),
      ("--trace-to", to != nil), ("--trace-start", start != nil), ("--trace-stop", stop != nil),
      ("--trace-last", last != nil), ("--trace-limit", limit != nil),
    ]
    guard path == nil, let other = others.first(where: { $0.1 }) else { return }
    throw ValidationError("found \(other.0) without --trace FILE")
  }

  /// The options for `simulator`.
  /// - Throws: `TraceError` for one that does not fit it
  func options(for simulator: Simulator) throws -> TraceOptions {
    var options = TraceOptions()
    options.level = level
    options.scopes = scopes
    let cycle = simulator.system.coreClock.period
    if let from { options.from = try Self.time(from, "--trace-from", cycle: cycle) }
    if let to { options.to = try Self.time(to, "--trace-to", cycle: cycle) }
    if options.to < options.from { throw TraceError("found --trace-to before --trace-from, expected a later time") }
    if let start { options.start = try TraceTrigger(start, names: simulator.triggerNames) }
    if let stop { options.stop = try TraceTrigger(stop, names: simulator.triggerNames) }
    if let last { options.last = try Self.time(last, "--trace-last", cycle: cycle) }
    if let limit {
      guard let bytes = Quantity.size.parse(limit) else {
        throw TraceError("--trace-limit: found \(limit.quoted), expected \(Quantity.size.expectation)")
      }
      options.sizeLimit = Int(bytes)
    }
    return options
  }

  private static func time(_ text: String, _ option: String, cycle: Picoseconds) throws -> Picoseconds {
    if text.hasSuffix("cycles") {
      let number = text.dropLast("cycles".count).filter { $0 != " " }
      if let cycles = UInt64(number), !cycles.multipliedReportingOverflow(by: cycle).overflow { return cycles * cycle }
    } else if let time = Quantity.duration.parse(text) {
      return time
    }
    throw TraceError("\(option): found \(text.quoted), expected a time such as 12us (ps, ns, us, ms, s) or 5000cycles")
  }
}

extension TraceOptions.Level: ExpressibleByArgument {}
