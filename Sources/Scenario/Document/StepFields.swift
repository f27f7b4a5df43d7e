import SimKernel

/// The checked object of one step: each key is read by its form in the table of keys.
struct StepFields {
  let object: JSONObject
  let scope: Scope
  private let keys: [StepKey]

  init(_ value: JSONValue, _ keys: [StepKey], of what: String, in scope: Scope) throws(ScenarioError) {
    object = try value.object(
      "an object of \(what) keys", known: keys.map(\.name), required: keys.filter(\.isRequired).map(\.name))
    self.keys = keys
    self.scope = scope
  }

  private func form(of name: String) -> StepForm { keys.first { $0.name == name }!.form }

  /// The number under `name`, inside the range of its form.
  func number(_ name: String) throws(ScenarioError) -> UInt64? {
    guard let value = object[name] else { return nil }
    return try value.number(form(of: name), in: scope)
  }

  /// The number under a required key.
  func requiredNumber(_ name: String) throws(ScenarioError) -> UInt64 { try number(name)! }

  func choice(_ name: String) throws(ScenarioError) -> String? {
    guard let value = object[name], case .spec(.choice(let names)) = form(of: name) else { return nil }
    return try value.checkChoice(names)
  }

  func flag(_ name: String) throws(ScenarioError) -> Bool? {
    guard let value = object[name], case .flag(let flag) = try value.specValue(.flag, in: scope) else { return nil }
    return flag
  }

  func text(_ name: String) throws(ScenarioError) -> String? {
    guard let value = object[name], case .text(let expected) = form(of: name) else { return nil }
    let text = try value.text(expected)
    guard !text.isEmpty else { throw value.mismatch(expected) }
    return text
  }

  /// The nested object under `name`.
  func fields(_ name: String) throws(ScenarioError) -> StepFields? {
    guard let value = object[name], case .object(let keys) = form(of: name) else { return nil }
    return try StepFields(value, keys, of: name, in: scope)
  }
}

extension JSONValue {
  /// A number of the given form, inside its range.
  func number(_ form: StepForm, in scope: Scope) throws(ScenarioError) -> UInt64 {
    let expected = form.expectation
    if case .spec(let kind) = form, case .number(let value) = try specValue(kind, in: scope) {
      guard kind.contains(value) else { throw mismatch(expected, found: shown(in: scope)) }
      return value
    }
    let value = try wholeNumber(expected, in: scope)
    if case .register(_, let range) = form, !range.contains(value) {
      throw mismatch(expected, found: shown(in: scope))
    }
    return value
  }
}

extension SpecKind {
  fileprivate func contains(_ value: UInt64) -> Bool {
    switch self {
    case .quantity(_, let range), .count(_, let range): range.contains(value)
    case .oneOf(let values, _): values.contains(value)
    case .choice, .flag, .latency: false
    }
  }
}

extension StepForm {
  /// For messages: what a number must be.
  var expectation: String {
    switch self {
    case .spec(let kind): kind.expectation
    case .register(let what, let range):
      "\(what) from 0x\(String(range.lowerBound, radix: 16)) to 0x\(String(range.upperBound, radix: 16))"
    default: "a whole number"
    }
  }
}
