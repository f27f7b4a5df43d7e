import Diagnostics
import Scenario
import WaveReader

/// The signals of one waveform that are sampled, found by the names of a map.
struct ProbeSet {
  let file: WaveFile
  private let map: DumpMap
  private let names: SignalNames
  /// What messages call the file.
  private let owner: String
  /// What probes read, by slot.
  private(set) var handles: [Int] = []
  /// What the map calls them.
  private(set) var probeNames: [String] = []
  private var slots: [Int: Int] = [:]

  /// - Parameter owner: what messages call the file, as in "d.fst" or "the model"
  init(_ file: WaveFile, _ map: DumpMap, owner: String) {
    self.file = file
    self.map = map
    self.owner = owner
    names = SignalNames(file.hierarchy)
  }

  /// The bits that `name` stands for: a signal, or a part of one as in `tb.core.fd[80:64]`.
  mutating func probe(_ name: MapName) throws(ScenarioError) -> Probe {
    let span = try span(name)
    guard 1...64 ~= span.width else {
      throw wrongWidth(name, span.width, "1 to 64 bits, or a part such as \(name.stem)[63:0]")
    }
    return add(span, numbered: number(name))
  }

  /// The same of up to ``widest`` bits, the lowest ones first: at least one part of `size` bits, at most 64, of which the
  /// last one may have less.
  /// - Returns: the parts, and the bits of all
  mutating func parts(_ name: MapName, of size: Int) throws(ScenarioError) -> (probes: [Probe], width: Int) {
    let span = try span(name), number = number(name)
    guard 1...Self.widest ~= span.width else {
      throw wrongWidth(name, span.width, "1 to \(Self.widest) bits")
    }
    let probes = stride(from: 0, to: span.width, by: size).map { low in
      add(
        Span(signal: span.signal, shift: span.shift + low, width: min(size, span.width - low)), numbered: number)
    }
    return (probes, span.width)
  }

  /// Twice the longest packet in one beat.
  private static let widest = 1 << 16

  /// Bits of a signal.
  private struct Span {
    let signal: Int
    /// Bits below.
    let shift: Int
    let width: Int
  }

  private func span(_ name: MapName) throws(ScenarioError) -> Span {
    if let signal = names.exact(name.text) { return Span(signal: signal, shift: 0, width: try width(of: signal, name)) }
    guard let range = BitRange(name.text), let signal = names.exact(range.stem) else { throw unknown(name) }
    // Bits are numbered as the signal's declaration numbers them.
    let declared = BitRange(file.hierarchy.signals[signal].name)
    let lowest = declared.map { $0.isVector ? $0.low : 0 } ?? 0
    let width = try self.width(of: signal, name)
    guard lowest <= range.low, range.low <= range.high, range.high - lowest < width else {
      throw map.located(
        name.value.mismatch(
          "some of the bits \(lowest &+ width &- 1) to \(lowest) that it has in \(owner)", found: name.text.quoted))
    }
    return Span(signal: signal, shift: range.low - lowest, width: range.high - range.low + 1)
  }

  private func width(of signal: Int, _ name: MapName) throws(ScenarioError) -> Int {
    let handle = file.hierarchy.handles[file.hierarchy.signals[signal].handle]
    guard handle.kind == .bits else {
      throw map.located(
        name.value.mismatch("a signal of bits", found: "\(name.text.quoted), a \(handle.kind) in \(owner)"))
    }
    return handle.width
  }

  /// The place of a name, by which probes know it.
  private mutating func number(_ name: MapName) -> Int {
    probeNames.append(name.text)
    return probeNames.count - 1
  }

  private mutating func add(_ span: Span, numbered number: Int) -> Probe {
    let handle = file.hierarchy.signals[span.signal].handle
    let slot = slots[handle] ?? handles.count
    if slot == handles.count {
      slots[handle] = slot
      handles.append(handle)
    }
    return Probe(number: number, slot: slot, shift: span.shift, width: span.width)
  }

  /// The error for a name whose bits are too few or too many.
  func wrongWidth(_ name: MapName, _ width: Int, _ expected: String) -> ScenarioError {
    map.located(name.value.mismatch(expected, found: "\(name.text.quoted) with \(width) bits"))
  }

  private func unknown(_ name: MapName) -> ScenarioError {
    map.located(name.refused("a signal of \(owner)", near: names.near(name.text)))
  }

  /// The condition, whose values may be numbers or names that the file has for some.
  mutating func condition(_ condition: MapCondition) throws(ScenarioError) -> BoundCondition {
    var terms: [BoundCondition.Term] = []
    for term in condition.terms { terms.append(try self.term(term)) }
    return BoundCondition(terms: terms, text: condition.text)
  }

  private mutating func term(_ term: MapCondition.Term) throws(ScenarioError) -> BoundCondition.Term {
    let probe = try probe(term.name)
    guard let operand = term.operand else {
      guard probe.width == 1 else {
        throw map.located(
          term.name.value.mismatch(
            "a signal of 1 bit, or a comparison such as \(term.name.text) == 1",
            found: "\(term.name.text.quoted) with \(probe.width) bits"))
      }
      return .init(probe: probe, value: 1, isNegated: term.isNegated)
    }
    let value = try number(operand, term.name)
    guard value <= EdgeSampler.mask(probe.width) else {
      throw map.located(term.name.value.mismatch("a value of \(probe.width) bits", found: operand.quoted))
    }
    return .init(probe: probe, value: value, isNegated: term.isNegated)
  }

  private func number(_ text: String, _ name: MapName) throws(ScenarioError) -> UInt64 {
    if let number = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text) { return number }
    let table = names.exact(name.text).flatMap { file.hierarchy.signals[$0].enumTable }
    let cases = table.map { file.hierarchy.enumTables[$0].cases } ?? [:]
    if let found = cases.filter({ $0.value == text }).keys.min() { return found }
    let known = cases.sorted { $0.key < $1.key }.map(\.value)
    throw map.located(
      name.value.mismatch(
        known.isEmpty ? "a number" : "a number or one of \(known.joined(separator: ", "))", found: text.quoted,
        hint: Spelling.nearest(to: text, in: known).map { "did you mean \($0.quoted)?" }))
  }
}

/// A condition on sampled bits.
final class BoundCondition: Sendable {
  struct Term: Sendable {
    let probe: Probe
    let value: UInt64
    let isNegated: Bool
  }

  /// All have to hold.
  let terms: [Term]
  /// As the map has it.
  let text: String

  init(terms: [Term], text: String) {
    self.terms = terms
    self.text = text
  }

  enum Outcome {
    case holds, fails
    /// Bits of it are neither 0 nor 1.
    case unknown(Probe)
  }

  @inline(__always)
  func outcome(_ sampler: EdgeSampler) -> Outcome {
    var unknown: Probe?
    for term in terms {
      guard case .bits(let bits) = sampler[term.probe] else {
        unknown = unknown ?? term.probe
        continue
      }
      // What is known to fail fails, whatever the rest.
      if (bits == term.value) == term.isNegated { return .fails }
    }
    return unknown.map { .unknown($0) } ?? .holds
  }
}

/// `STEM[HIGH:LOW]` or `STEM[BIT]`.
struct BitRange {
  let stem: String
  let high: Int
  let low: Int
  /// Whether it has a colon: an index alone may be that of an array.
  let isVector: Bool

  init?(_ text: String) {
    guard text.utf8.last == UInt8(ascii: "]"), let bracket = text.lastIndex(of: "[") else { return nil }
    let bounds = text[text.index(after: bracket)...].dropLast().split(separator: ":").map { Int($0) }
    guard (1...2).contains(bounds.count), let high = bounds[0], let low = bounds[bounds.count - 1], high >= 0, low >= 0
    else { return nil }
    stem = text[..<bracket].last == " " ? String(text[..<bracket].dropLast()) : String(text[..<bracket])
    (self.high, self.low, isVector) = (high, low, bounds.count == 2)
  }
}
