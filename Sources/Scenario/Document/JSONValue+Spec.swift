import Diagnostics
import SimKernel

/// Reading values of the kinds that Spec tables name: numbers, quantities with a unit, choices, latencies.
extension JSONValue {
  /// A longer delay is no latency; the bound also keeps drawing from a distribution within 64 bits.
  static let longestLatency: Picoseconds = 1_000_000_000_000

  /// Reads a value of `kind`; ranges and choices are checked by whoever stores it.
  func specValue(_ kind: SpecKind, in scope: Scope) throws(ScenarioError) -> SpecValue {
    switch (kind, content) {
    case (.quantity(let quantity, _), _):
      return .number(try self.quantity(quantity, kind.expectation, in: scope))
    case (.oneOf(_, of: "transfers/s"), _):
      return .number(try quantity(.transferRate, kind.expectation, in: scope))
    case (.count, _), (.oneOf, _): return .number(try wholeNumber(kind.expectation, in: scope))
    case (.choice, .text(let text)): return .text(text)
    case (.flag, .flag(let flag)): return .flag(flag)
    case (.latency, _): return .latency(try latency(kind.expectation, in: scope))
    default: throw mismatch(kind.expectation)
    }
  }

  /// Reads this value and stores it in `field` of `spec`.
  func assign<Spec>(to field: SpecField<Spec>, of spec: inout Spec, in scope: Scope) throws(ScenarioError) {
    let value = try specValue(field.kind, in: scope)
    do throws(SpecError) {
      try field.assign(&spec, value)
    } catch {
      throw mismatch(error.expected, found: shown(in: scope))
    }
  }

  /// A JSON number, "0x…" or "${…}".
  func wholeNumber(_ expected: String, in scope: Scope) throws(ScenarioError) -> UInt64 {
    if let value = try exactNumber(in: scope) { return value }
    throw mismatch(expected, found: shown(in: scope))
  }

  /// For messages: like `shown`, and what an expression came to.
  func shown(in scope: Scope) -> String {
    guard case .text(let text) = content, text.contains("${"), let value = try? interpolated(text, in: scope) else {
      return shown
    }
    let place = scope.indices.isEmpty ? "" : " at \(scope.description)"
    return "\(shown) (\(value.oneLine)\(place))"
  }

  private func exactNumber(in scope: Scope) throws(ScenarioError) -> UInt64? {
    switch content {
    case .number(let text): return UInt64(text)
    case .text(let text) where text.hasPrefix("${"): return UInt64(try interpolated(text, in: scope))
    case .text(let text) where text.hasPrefix("0x") || text.hasPrefix("0X"): return UInt64(number: text)
    default: return nil
    }
  }

  private func quantity(
    _ quantity: Quantity, _ expected: String, in scope: Scope
  ) throws(ScenarioError) -> UInt64 {
    if case .size = quantity, let bytes = try exactNumber(in: scope) { return bytes }
    let text = try interpolated(try text(expected), in: scope)
    // Nineteen digits always fit 64 bits.
    guard text.utf8.count(where: \.isDigit) <= 19, let value = quantity.parse(text) else {
      throw mismatch(expected, found: shown(in: scope))
    }
    return value
  }

  /// `text` with every `${…}` replaced by its value.
  private func interpolated(_ text: String, in scope: Scope) throws(ScenarioError) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw mismatch("\"}\" after \"${\"")
      }
      result += rest[..<start.lowerBound]
      result += "\(try value(of: String(rest[start.upperBound..<end]), in: scope))"
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private func value(of expression: String, in scope: Scope) throws(ScenarioError) -> Int128 {
    do throws(Expression.Failure) {
      return try Expression.evaluate(expression, in: scope)
    } catch {
      let place = scope.indices.isEmpty ? "" : " at \(scope.description)"
      throw mismatch(error.expected, found: "\(error.found) in \(shown)\(place)")
    }
  }

  private func latency(_ expected: String, in scope: Scope) throws(ScenarioError) -> LatencyDistribution {
    guard case .object(let members) = content else { return .fixed(try delay(expected, in: scope)) }
    let hasQuantiles = members.contains { $0.name == "quantiles" }
    let keys = hasQuantiles ? ["quantiles"] : ["min", "max"]
    let known = members.count == 1 && !hasQuantiles ? ["min", "max", "quantiles"] : keys
    let object = try object(expected, known: known, required: keys)
    if let quantiles = object["quantiles"] { return try quantiles.corners(in: scope) }
    let low = try object["min"]!.delay(nil, in: scope)
    let high = try object["max"]!.delay(nil, in: scope)
    guard low <= high else {
      throw object["max"]!.mismatch("at least \"min\", \(Quantity.duration.format(low))")
    }
    return low == high ? .fixed(low) : try distribution([(0, low), (1_000, high)])
  }

  private func delay(_ expected: String?, in scope: Scope) throws(ScenarioError) -> Picoseconds {
    let limit = JSONValue.longestLatency
    let delay = try quantity(.duration, expected ?? Quantity.duration.expectation, in: scope)
    guard delay <= limit else { throw mismatch("at most \(Quantity.duration.format(limit))") }
    return delay
  }

  private func corners(in scope: Scope) throws(ScenarioError) -> LatencyDistribution {
    var corners: [(UInt64, Picoseconds)] = []
    for corner in try list("a list of [permille, duration] corners") {
      let expected = "a corner such as [500, \"300ns\"]"
      let pair = try corner.list(expected)
      guard pair.count == 2 else { throw corner.mismatch(expected, found: "a list of \(pair.count)") }
      let permille = try pair[0].wholeNumber("a permille from 0 to 1000", in: scope)
      corners.append((permille, try pair[1].delay(nil, in: scope)))
    }
    return try distribution(corners)
  }

  private func distribution(_ corners: [(UInt64, Picoseconds)]) throws(ScenarioError) -> LatencyDistribution {
    do throws(SpecError) {
      return try LatencyDistribution(corners: corners.map { .init(permille: $0.0, delay: $0.1) })
    } catch {
      throw mismatch(error.expected, found: String(error.found.prefix(200)))
    }
  }
}
