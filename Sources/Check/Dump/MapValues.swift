import Scenario
import SimKernel

extension JSONObject {
  /// The scope of its names: the key `scope` within `outer`, as in `tb.core`; empty for none.
  func scope(inside outer: String) throws(ScenarioError) -> String {
    let inner = try self["scope"]?.text("the path of a scope") ?? ""
    return outer.isEmpty || inner.isEmpty ? outer + inner : "\(outer).\(inner)"
  }
}

// Values of the kinds that a map has.
extension JSONValue {
  func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws(ScenarioError) -> Choice
  where Choice.RawValue == String {
    let expected = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
    guard let choice = Choice(rawValue: try text(expected)) else { throw mismatch(expected) }
    return choice
  }

  /// A number, also as a text in hexadecimal.
  func number(_ expected: String) throws(ScenarioError) -> UInt64 {
    var number: UInt64?
    switch content {
    case .number(let text): number = UInt64(text)
    case .text(let text): number = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : nil
    default: break
    }
    guard let number else { throw mismatch(expected) }
    return number
  }

  func mask() throws(ScenarioError) -> UInt64 {
    let mask = try number("a mask such as \"0xff\"")
    guard mask != 0 else { throw mismatch("a mask with at least one bit") }
    return mask
  }

  func flag() throws(ScenarioError) -> Bool {
    guard case .flag(let flag) = content else { throw mismatch("true or false") }
    return flag
  }

  func cycles() throws(ScenarioError) -> UInt64 { try number("a number of cycles") }

  func cycles(upTo limit: Int) throws(ScenarioError) -> Int {
    let expected = "a number of cycles, at most \(limit)"
    guard let cycles = Int(exactly: try number(expected)), cycles <= limit else { throw mismatch(expected) }
    return cycles
  }

  func duration() throws(ScenarioError) -> Picoseconds {
    let expected = Quantity.duration.expectation
    guard let duration = Quantity.duration.parse(try text(expected)) else { throw mismatch(expected) }
    return duration
  }

  /// The members of an object whose keys are names of `known`, or any.
  func members(_ expected: String, known: [String]? = nil) throws(ScenarioError) -> [JSONMember] {
    guard case .object(let members) = content else { throw mismatch(expected) }
    if let known { _ = try object(expected, known: known) }
    return members
  }

  /// A list of names of `known`.
  func names(of known: [String]) throws(ScenarioError) -> Set<String> {
    var names: Set<String> = []
    for value in try list("a list of fields") {
      let name = try value.text("the name of a field")
      guard known.contains(name) else {
        throw MapName(name: name, value).refused(
          "one of \(known.joined(separator: ", "))", near: NearNames.of(name, in: known))
      }
      names.insert(name)
    }
    return names
  }
}
