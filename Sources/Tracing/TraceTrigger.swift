import Diagnostics
import SimKernel

/// A condition on a signal that starts or stops a trace: `core.phase == running`, `dmaEngine.activeTags >= 8`, or
/// `core.phase == running #3` for the third time that it becomes true.
public struct TraceTrigger: Hashable, Sendable {
  enum Comparison: String, CaseIterable {
    case equal = "=="
    case different = "!="
    case atMost = "<="
    case atLeast = ">="
    case less = "<"
    case greater = ">"

    @inline(__always)
    func holds(_ left: UInt64, _ right: UInt64) -> Bool {
      switch self {
      case .equal: left == right
      case .different: left != right
      case .atMost: left <= right
      case .atLeast: left >= right
      case .less: left < right
      case .greater: left > right
      }
    }
  }

  let signal: String
  let comparison: Comparison
  let value: String
  /// Which time that the condition becomes true counts, from 1 on.
  let occurrence: UInt64
  let text: String

  /// - Parameters:
  ///   - text: `SIGNAL OPERATOR VALUE`, and possibly `#N`
  ///   - names: short names of conditions, such as `run` for `device.core.phase == running`
  /// - Throws: ``TraceError`` when that is not what the text is
  public init(_ text: String, names: [String: String] = [:]) throws {
    self.text = text
    var rest = text[...]
    if let mark = rest.lastIndex(of: "#") {
      guard let number = UInt64(rest[rest.index(after: mark)...].trimmed), number > 0 else {
        throw Self.error(text, "a number from 1 on behind #")
      }
      occurrence = number
      rest = rest[..<mark]
    } else {
      occurrence = 1
    }
    let condition = names[String(rest.trimmed)].map { $0[...] } ?? rest
    for comparison in Comparison.allCases {
      guard let place = condition.firstRange(of: comparison.rawValue) else { continue }
      signal = String(condition[..<place.lowerBound].trimmed)
      value = String(condition[place.upperBound...].trimmed)
      self.comparison = comparison
      if signal.isEmpty || value.isEmpty { break }
      return
    }
    let known = names.keys.sorted().map { "\($0.quoted)" }.joined(separator: ", ")
    throw Self.error(text, "a condition such as \"core.phase == running\"" + (known.isEmpty ? "" : ", or \(known)"))
  }

  private static func error(_ text: String, _ expected: String) -> TraceError {
    TraceError("trigger \(text.quoted): expected \(expected)")
  }

  /// Finds the signal and the value in `simulation`.
  func resolve(in simulation: Simulation) throws -> ResolvedTrigger {
    let all = simulation.allSignals
    let exact = all.filter { $0.path == signal }
    let found = exact.isEmpty ? all.filter { $0.path.hasSuffix("." + signal) } : exact
    guard let only = found.first else {
      let tails = all.map {
        String($0.path.split(separator: ".").suffix(signal.split(separator: ".").count).joined(separator: "."))
      }
      let hint = Spelling.nearest(to: signal, in: tails).map { "; did you mean \($0.quoted)?" } ?? ""
      throw TraceError("trigger \(text.quoted): found no signal \(signal.quoted)\(hint)")
    }
    if found.count > 1 {
      let names = found.prefix(3).map(\.path.quoted).joined(separator: ", ")
      throw TraceError("trigger \(text.quoted): \(signal.quoted) is one of \(found.count) signals: \(names)…")
    }
    return ResolvedTrigger(only, comparison: comparison, value: try number(for: only.signal), occurrence: occurrence)
  }

  private func number(for signal: Signal) throws -> UInt64 {
    if case .enumeration(_, let cases) = signal.kind {
      if let index = cases.firstIndex(of: value) { return UInt64(index) }
      if UInt64(text: value) == nil {
        let names = cases.map(\.quoted).joined(separator: ", ")
        throw TraceError("trigger \(text.quoted): found the value \(value.quoted), expected one of \(names)")
      }
    }
    guard let number = UInt64(text: value) else {
      throw TraceError("trigger \(text.quoted): found the value \(value.quoted), expected a number")
    }
    return number
  }
}

/// A trigger that looks at memory.
struct ResolvedTrigger {
  private let word: UnsafeRawPointer
  private let mask: UInt64
  private let shift: UInt64
  private let comparison: TraceTrigger.Comparison
  private let value: UInt64
  private var left: UInt64
  private var held = false

  init(_ place: PlacedSignal, comparison: TraceTrigger.Comparison, value: UInt64, occurrence: UInt64) {
    word = place.base + (place.signal.offset & ~7)
    shift = UInt64(place.signal.offset % 8 * 8)
    mask = UInt64.max >> UInt64(64 - place.signal.width)
    self.comparison = comparison
    self.value = value
    left = occurrence
  }

  /// Looks at the signal after an edge.
  /// - Returns: whether the trigger fires now: once, or at every further time when asked again after it has fired
  mutating func fires() -> Bool {
    let holds = comparison.holds(word.load(as: UInt64.self) >> shift & mask, value)
    defer { held = holds }
    guard holds && !held else { return false }
    if left > 0 { left -= 1 }
    return left == 0
  }
}

/// A signal and where it lies.
struct PlacedSignal {
  let path: String
  let base: UnsafeRawPointer
  let signal: Signal
}

extension Simulation {
  /// Every signal of every State and table.
  var allSignals: [PlacedSignal] {
    components.flatMap { slot in
      slot.signals.map { PlacedSignal(path: "\(slot.path).\($0.name)", base: slot.stateBase, signal: $0) }
        + slot.tables.flatMap { table in
          table.signals.map { PlacedSignal(path: "\(slot.path).\($0.name)", base: table.base, signal: $0) }
        }
    }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    let head = drop { $0 == " " }
    return head.lastIndex { $0 != " " }.map { head[...$0] } ?? ""
  }
}

extension UInt64 {
  /// A number, with `0x` or `0b` in that base.
  fileprivate init?(text: String) {
    if text.hasPrefix("0x") {
      self.init(text.dropFirst(2), radix: 16)
    } else if text.hasPrefix("0b") {
      self.init(text.dropFirst(2), radix: 2)
    } else {
      self.init(text)
    }
  }
}
