import Check
import Scenario
import SimKernel
import Tracing
import WaveReader
import Waveform

extension Simulator {
  /// Runs the scenario and compares it with what a design did: its logs, and its dump.
  /// - Returns: what became of the signals and streams of `map`, nil when it has none
  /// - Throws: as `run(_:)`; `ScenarioError` for a map that does not fit, `WaveReadError` for a dump that cannot be read or
  ///   of which nothing could be compared.
  public func run(
    _ check: DesignCheck, beside dump: WaveFile, _ map: DumpMap, cycleTolerance: UInt64?, contextLines: Int,
    interruption: () -> String? = { nil }
  ) throws -> DumpComparison? {
    let periods = signalPeriods
    for name in map.modelNames where periods[name.stem] == nil {
      throw map.unknown(name, known: periods.keys.sorted())
    }
    let links = system.links.map(\.name) + userLogicNames
    for name in map.links where !links.contains(name.text) { throw map.unknownLink(name, known: links) }
    guard !map.modelNames.isEmpty else {
      try run(check, interruption: interruption)
      return nil
    }
    let model = try traced(map.modelNames.map(\.stem)) { try run(check, interruption: interruption) }
    var comparison = DumpComparison(
      map, design: dump, model: model, periods: periods, isModelWhole: check.divergence == nil,
      cycleTolerance: cycleTolerance, contextLines: contextLines)
    try comparison.run()
    return comparison
  }

  /// Writes what both sides show around a difference, in the design's time, to `path` (.fst or .vcd). Call it on a
  /// simulator of its own, which it runs.
  /// - Parameters:
  ///   - before: so much before the difference
  ///   - behind: so much behind it
  /// - Returns: what the model's times were shifted by, in picoseconds
  public func writeWindow(
    to path: String, around divergence: Divergence, dump: WaveFile, _ map: DumpMap, before: Picoseconds,
    behind: Picoseconds
  ) throws -> Int64 {
    guard WaveformFormat(path: path) != nil else {
      throw TraceError("cannot write trace '\(path)': expected a file name that ends in .fst or .vcd")
    }
    let model = divergence.time ?? divergence.meeting?.model ?? 0
    let meeting = divergence.meeting ?? (model, divergence.designTime ?? 0)
    let shift = Int64(clamping: meeting.design) - Int64(clamping: meeting.model)
    var names = map.modelNames.map(\.stem)
    // Commits have no signals in the model's trace: what the core did shows them.
    if map.commits != nil, let device = document.spec.devices.first { names.append("\(device.name).core") }
    names += map.links.map(\.text)
    let trace = try traced(names, from: model > before ? model - before : 0, to: model + behind) {
      do {
        try run(interruption: { system.simulation.time > model + behind ? "the window ends" : nil })
      } catch is Interruption where system.simulation.time > model + behind {}
    }
    let design = divergence.designTime ?? meeting.design
    let window = MergedWindow(
      model: trace, design: dump, map, shift: shift, from: design > before ? design - before : 0,
      to: max(design, design &+ behind))
    try window.write(to: path)
    return shift
  }

  /// The trace of these signals and scopes, as a file without a name.
  private func traced(
    _ names: [String], from: Picoseconds = 0, to: Picoseconds = .max, _ work: () throws -> Void
  ) throws -> WaveFile {
    var options = TraceOptions()
    options.scopes = names
    (options.from, options.to) = (from, to)
    return try ScratchFolder.with { folder in
      let path = "\(folder)/model.fst"
      try writeTrace(to: path, options: options)
      try work()
      return try WaveFile(path: path)
    }
  }

  /// The period of its clock in picoseconds, for every signal of the model that a map may name.
  private var signalPeriods: [String: Picoseconds] {
    var periods: [String: Picoseconds] = [:]
    for slot in system.simulation.components {
      for signal in slot.signals + slot.tables.flatMap(\.signals) {
        periods["\(slot.path).\(signal.name)"] = slot.clock.period
      }
    }
    return periods
  }
}
