import Diagnostics
import SimKernel
import Waveform

/// Another way to read a signal, which a trace shows beside it: for example the text of the instruction that a program
/// counter points to.
public struct TraceReading: Sendable {
  /// The path of the signal: `device.core.decode.pc`.
  public let signal: String
  /// The name of the reading, beside the signal.
  public let name: String
  /// The name, within the component, of an enumeration whose values but the first say why there is nothing to read:
  /// `decode.bubble`. They are shown then. Nil when there is always something.
  public let absence: String?
  /// The texts of the signal's values from 0 on.
  public let texts: [String]

  public init(of signal: String, name: String, absence: String?, texts: [String]) {
    self.signal = signal
    self.name = name
    self.absence = absence
    self.texts = texts
  }

  /// Without a gap between the values, at which some versions of GTKWave stop.
  func table(causes: [String]) -> EnumTable {
    let values = causes + texts
    return EnumTable(name: name, cases: values.enumerated().map { (UInt64($0.offset), $0.element) })
  }
}

/// What the options choose of a simulation.
struct TraceSelection {
  let level: TraceOptions.Level
  /// By signal.
  let readings: [String: TraceReading]
  private let filter: TraceFilter

  /// - Parameters:
  ///   - others: paths of what is traced besides the signals of components
  /// - Throws: ``TraceError`` when a pattern chooses nothing
  init(_ options: TraceOptions, _ simulation: Simulation, readings: [TraceReading], others: [String]) throws {
    level = options.level
    filter = TraceFilter(options.scopes)
    self.readings = Dictionary(readings.map { ($0.signal, $0) }) { first, _ in first }
    if options.scopes.isEmpty { return }
    let paths = Self.paths(of: simulation, level) + others
    guard let unused = filter.unused(among: paths) else { return }
    throw TraceError("no signal matches \(unused.quoted)\(Self.hint(unused, paths))")
  }

  /// Whether everything is chosen.
  var isEverything: Bool { filter.isEverything }
  func includes(_ path: String) -> Bool { filter.includes(path) }

  private static func paths(of simulation: Simulation, _ level: TraceOptions.Level) -> [String] {
    simulation.clocks.map { "\(Trace.clockScope).\($0.name)" }
      + simulation.components.flatMap { slot in
        let states = level == .ports ? [] : slot.signals
        let tables = level == .all ? slot.tables.flatMap(\.signals) : []
        let ports = slot.ports.filter(\.isReceiver).flatMap { end in
          PortCore.resolvedSignals.map { "\(TracePlan.scope(of: end, in: slot)).\($0.name)" }
        }
        return ((states + tables).map(\.name) + ports).map { "\(slot.path).\($0)" }
      }
  }

  /// Up to three names near the pattern: of scopes and signals, as long as it is.
  private static func hint(_ pattern: String, _ paths: [String]) -> String {
    let plain = pattern.split(separator: ".").filter { !$0.contains { $0 == "*" || $0 == "?" } }.joined(separator: ".")
    let length = max(1, plain.split(separator: ".").count)
    var names = Set<String>()
    for path in paths {
      let parts = path.split(separator: ".")
      if parts.count < length { continue }
      for start in 0...parts.count - length { names.insert(parts[start..<start + length].joined(separator: ".")) }
    }
    var near: [String] = [], rest = names.sorted()
    while near.count < 3, let next = Spelling.nearest(to: plain, in: rest) {
      near.append(next)
      rest.removeAll { $0 == next }
    }
    if near.isEmpty {
      let tops = Set(paths.compactMap { $0.split(separator: ".").first.map(String.init) }).sorted()
      return "; the outermost scopes are \(tops.joined(separator: ", "))"
    }
    return "; did you mean \(near.map(\.quoted).joined(separator: ", "))?"
  }
}
