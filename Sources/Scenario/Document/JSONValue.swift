import Diagnostics

/// One value of a scenario text, which knows where it stands.
///
/// Numbers keep their text: 64-bit values pass through exactly, and messages show what was written.
package struct JSONValue: Sendable {
  package enum Content: Sendable {
    case null
    case flag(Bool)
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([JSONMember])
  }

  package let content: Content
  /// As in `$.steps[2].load_data`.
  package let path: String
  /// Bytes before the value in the scenario text.
  package let offset: Int

  /// For messages: the value as written, long ones cut, lists and objects only named.
  var shown: String {
    switch content {
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .number(let text): text.oneLine
    case .text(let text): text.quoted
    case .list: "a list"
    case .object: "an object"
    }
  }

  package func mismatch(_ expected: String, found: String? = nil, hint: String? = nil) -> ScenarioError {
    ScenarioError(path: path, offset: offset, found: found ?? shown, expected: expected, hint: hint)
  }

  /// The path of a member called `name`.
  func path(of name: String) -> String { JSONValue.path(path, name) }

  /// Dotted for plain names, bracketed and quoted for others.
  static func path(_ parent: String, _ name: String) -> String {
    let plain = !name.isEmpty && name.utf8.count <= 60 && name.utf8.allSatisfy { $0.isNameByte }
    return plain ? "\(parent).\(name)" : "\(parent)[\(name.quoted)]"
  }

  package func text(_ expected: String) throws(ScenarioError) -> String {
    guard case .text(let text) = content else { throw mismatch(expected) }
    return text
  }

  package func list(_ expected: String) throws(ScenarioError) -> [JSONValue] {
    guard case .list(let values) = content else { throw mismatch(expected) }
    return values
  }

  /// The members, when this is an object that has no other keys than `known` and all of `required`.
  package func object(_ expected: String, known: [String], required: [String] = []) throws(ScenarioError) -> JSONObject
  {
    guard case .object(let members) = content else { throw mismatch(expected) }
    for member in members where !known.contains(member.name) {
      throw ScenarioError(
        unknownKey: member.name, path: member.value.path, offset: member.offset, known: known)
    }
    let object = JSONObject(value: self, members: members)
    for name in required where object[name] == nil {
      let present = members.isEmpty ? "no keys" : "only \(members.map(\.name).joined(separator: ", "))"
      throw mismatch("the key \"\(name)\"", found: present)
    }
    return object
  }
}

package struct JSONMember: Sendable {
  package let name: String
  /// Bytes before the name in the scenario text.
  let offset: Int
  package let value: JSONValue
}

/// An object whose keys have been checked.
package struct JSONObject {
  let value: JSONValue
  package let members: [JSONMember]

  package subscript(_ name: String) -> JSONValue? { members.first { $0.name == name }?.value }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
  /// A letter, a digit or an underscore.
  var isNameByte: Bool { isDigit || isLetter || self == UInt8(ascii: "_") }
}
