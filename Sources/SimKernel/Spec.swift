/// The immutable parameters of a component: sizes, delays, choices.
///
/// `fields` names each one once, with its unit and legal range. Scenario overrides, the scenario schema and the timing
/// contract are all derived from that table.
public protocol ComponentSpec: Equatable, Sendable {
  init()
  static var fields: [SpecField<Self>] { get }
  /// Rules between fields that no single range can say.
  func validate() throws(SpecError)
}

extension ComponentSpec {
  public func validate() throws(SpecError) {}

  /// Sets one field by name.
  public mutating func set(_ name: String, to value: SpecValue) throws(SpecError) {
    guard let field = Self.fields.first(where: { $0.name == name }) else {
      throw SpecError(
        field: name, found: "an unknown key", expected: "one of \(Self.fields.map(\.name).joined(separator: ", "))")
    }
    try field.assign(&self, value)
  }

  /// Every field with its present value.
  public var values: [(name: String, value: SpecValue)] { Self.fields.map { ($0.name, $0.get(self)) } }
}

/// A refused Spec value.
public struct SpecError: Error, Equatable, CustomStringConvertible {
  public let field: String
  public let found: String
  public let expected: String

  public init(field: String, found: String, expected: String) {
    self.field = field
    self.found = found
    self.expected = expected
  }

  public var description: String { "\(field): found \(found), expected \(expected)" }
}

/// The type of a Spec field, with what a value may be.
public enum SpecKind: Equatable, Sendable {
  /// A quantity with its unit, in base units (ps, Hz, transfers/s, bytes).
  case quantity(Quantity, ClosedRange<UInt64>)
  /// A plain number of the named things ("cycles", "tags", "lanes").
  case count(of: String, ClosedRange<UInt64>)
  /// One of these numbers of the named things.
  case oneOf([UInt64], of: String)
  case choice([String])
  case flag
  case latency
}

/// A Spec value on its way in or out.
public enum SpecValue: Equatable, Sendable {
  case number(UInt64)
  case text(String)
  case flag(Bool)
  case latency(LatencyDistribution)
}

/// One named parameter of a Spec.
public struct SpecField<Spec>: Sendable {
  public let name: String
  public let kind: SpecKind
  /// What it is, for the schema and the timing contract.
  public let summary: String
  public let get: @Sendable (Spec) -> SpecValue
  private let set: @Sendable (inout Spec, SpecValue) -> Bool

  /// Checks `value` against `kind` and stores it.
  public func assign(_ spec: inout Spec, _ value: SpecValue) throws(SpecError) {
    guard kind.admits(value), set(&spec, value) else {
      throw SpecError(field: name, found: value.description, expected: kind.expectation)
    }
  }

  private static func number<Value: FixedWidthInteger & SendableMetatype>(
    _ name: String, _ field: WritableKeyPath<Spec, Value> & Sendable, _ kind: SpecKind, _ summary: String
  ) -> SpecField {
    SpecField(
      name: name, kind: kind, summary: summary, get: { .number(UInt64(clamping: $0[keyPath: field])) },
      set: { spec, value in
        guard case .number(let n) = value, let exact = Value(exactly: n) else { return false }
        spec[keyPath: field] = exact
        return true
      })
  }

  public static func duration(
    _ name: String, _ field: WritableKeyPath<Spec, Picoseconds> & Sendable, _ range: ClosedRange<UInt64>,
    _ summary: String
  ) -> SpecField { number(name, field, .quantity(.duration, range), summary) }

  public static func frequency(
    _ name: String, _ field: WritableKeyPath<Spec, UInt64> & Sendable, _ range: ClosedRange<UInt64>, _ summary: String
  ) -> SpecField { number(name, field, .quantity(.frequency, range), summary) }

  public static func transferRates(
    _ name: String, _ field: WritableKeyPath<Spec, UInt64> & Sendable, _ values: [UInt64], _ summary: String
  ) -> SpecField { number(name, field, .oneOf(values, of: "transfers/s"), summary) }

  public static func size<Value: FixedWidthInteger & SendableMetatype>(
    _ name: String, _ field: WritableKeyPath<Spec, Value> & Sendable, _ range: ClosedRange<UInt64>, _ summary: String
  ) -> SpecField { number(name, field, .quantity(.size, range), summary) }

  public static func count<Value: FixedWidthInteger & SendableMetatype>(
    _ name: String, _ field: WritableKeyPath<Spec, Value> & Sendable, of unit: String, _ range: ClosedRange<UInt64>,
    _ summary: String
  ) -> SpecField { number(name, field, .count(of: unit, range), summary) }

  public static func oneOf<Value: FixedWidthInteger & SendableMetatype>(
    _ name: String, _ field: WritableKeyPath<Spec, Value> & Sendable, _ values: [UInt64], of unit: String,
    _ summary: String
  ) -> SpecField { number(name, field, .oneOf(values, of: unit), summary) }

  public static func flag(
    _ name: String, _ field: WritableKeyPath<Spec, Bool> & Sendable, _ summary: String
  ) -> SpecField {
    SpecField(
      name: name, kind: .flag, summary: summary, get: { .flag($0[keyPath: field]) },
      set: { spec, value in
        guard case .flag(let flag) = value else { return false }
        spec[keyPath: field] = flag
        return true
      })
  }

  public static func choice<Value: RawRepresentable & CaseIterable & SendableMetatype>(
    _ name: String, _ field: WritableKeyPath<Spec, Value> & Sendable, _ summary: String
  ) -> SpecField where Value.RawValue == String {
    SpecField(
      name: name, kind: .choice(Value.allCases.map(\.rawValue)), summary: summary,
      get: { .text($0[keyPath: field].rawValue) },
      set: { spec, value in
        guard case .text(let text) = value, let choice = Value(rawValue: text) else { return false }
        spec[keyPath: field] = choice
        return true
      })
  }

  public static func latency(
    _ name: String, _ field: WritableKeyPath<Spec, LatencyDistribution> & Sendable, _ summary: String
  ) -> SpecField {
    SpecField(
      name: name, kind: .latency, summary: summary, get: { .latency($0[keyPath: field]) },
      set: { spec, value in
        guard case .latency(let distribution) = value else { return false }
        spec[keyPath: field] = distribution
        return true
      })
  }
}

extension SpecKind {
  /// Whether `value` is of the right type and in range.
  public func admits(_ value: SpecValue) -> Bool {
    switch (self, value) {
    case (.quantity(_, let range), .number(let n)), (.count(_, let range), .number(let n)): range.contains(n)
    case (.oneOf(let values, _), .number(let n)): values.contains(n)
    case (.choice(let names), .text(let text)): names.contains(text)
    case (.flag, .flag), (.latency, .latency): true
    default: false
    }
  }

  /// For messages: what a value must be.
  public var expectation: String {
    switch self {
    case .quantity(let quantity, let range):
      "\(quantity.expectation) from \(quantity.format(range.lowerBound)) to \(quantity.format(range.upperBound))"
    case .count(let unit, let range): "a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)"
    case .oneOf(let values, let unit) where unit == "transfers/s":
      "one of " + values.map { "\"" + Quantity.transferRate.format($0) + "\"" }.joined(separator: ", ")
    case .oneOf(let values, let unit): "one of \(values.map(String.init).joined(separator: ", ")) \(unit)"
    case .choice(let names): "one of " + names.map { "\"\($0)\"" }.joined(separator: ", ")
    case .flag: "true or false"
    case .latency:
      "a duration such as \"400ns\", {\"min\": …, \"max\": …} or {\"quantiles\": [[0, \"520ns\"], [500, …], [1000, …]]}"
    }
  }
}

extension SpecValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .number(let n): "\(n)"
    case .text(let text): "\"\(text)\""
    case .flag(let flag): "\(flag)"
    case .latency(let distribution): distribution.description
    }
  }
}
