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
    if let signal = names.exact(name.text) {
      let width = try self.width(of: signal, name)
      guard width <= 64 else {
        throw map.located(
          name.value.mismatch(
            "at most 64 bits, or a part such as \(name.text)[63:0]", found: "\(name.text.quoted) with \(width) bits"))
      }
      return makeProbe(name, signal, shift: 0, width: width)
    }
    guard let part = BitRange(name.text), let signal = names.exact(part.stem) else { throw unknown(name) }
    // Bits are numbered as the signal's declaration numbers them.
    let declared = BitRange(file.hierarchy.signals[signal].name)
    let lowest = declared.map { $0.isVector ? $0.low : 0 } ?? 0
    return try probe(name, signal, part.high, part.low, lowest: lowest)
  }

  /// Bits `high` to `low` of the signal `name`.
  mutating func probe(_ name: MapName, bits high: Int, _ low: Int) throws(ScenarioError) -> Probe {
    guard let signal = names.exact(name.text) else { throw unknown(name) }
    return try probe(name, signal, high, low, lowest: 0)
  }

  private mutating func probe(
    _ name: MapName, _ signal: Int, _ high: Int, _ low: Int, lowest: Int
  ) throws(ScenarioError) -> Probe {
    let width = try self.width(of: signal, name)
    guard lowest <= low, low <= high, high - lowest < width, high - low < 64 else {
      throw map.located(
        name.value.mismatch(
          "at most 64 of the bits \(lowest &+ width &- 1) to \(lowest) that it has in \(owner)",
          found: "\(name.text.quoted), bits \(high) to \(low)"))
    }
    return makeProbe(name, signal, shift: low - lowest, width: high - low + 1)
  }

  private func width(of signal: Int, _ name: MapName) throws(ScenarioError) -> Int {
    let handle = file.hierarchy.handles[file.hierarchy.signals[signal].handle]
    guard handle.kind == .bits else {
      throw map.located(
        name.value.mismatch("a signal of bits", found: "\(name.text.quoted), a \(handle.kind) in \(owner)"))
    }
    return handle.width
  }

  private mutating func makeProbe(_ name: MapName, _ signal: Int, shift: Int, width: Int) -> Probe {
    let handle = file.hierarchy.signals[signal].handle
    let slot = slots[handle] ?? handles.count
    if slot == handles.count {
      slots[handle] = slot
      handles.append(handle)
    }
    probeNames.append(name.text)
    return Probe(number: probeNames.count - 1, slot: slot, shift: shift, width: width)
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
