import Diagnostics
import Scenario

/// Which signals of a design's dump are compared with what of the model: a map in JSON, as specs/check.md describes it.
public struct DumpMap: Sendable {
  /// What is said about the model and about the design.
  struct Sides<Value: Sendable>: Sendable {
    let model: Value
    let design: Value
  }

  /// What holds for the parts that say nothing themselves.
  let domain: ClockDomain
  /// What of the core's instructions the design shows, nil for nothing.
  public let commits: CommitMap?
  let streams: [StreamMap]
  let tlps: [TLPMap]
  let signals: SignalsMap?
  /// As given, for messages.
  public let path: String
  private let text: [UInt8]

  private static let parts = ["commits", "streams", "tlps", "signals"]
  private static let keys = ["scope"] + ClockDomain.keys + parts + ["align", "until"]

  /// - Parameters:
  ///   - text: the bytes of the map
  ///   - path: the name that messages use
  /// - Throws: `ScenarioError`, whose description is one line, for what is no map.
  public init(_ text: [UInt8], path: String) throws(ScenarioError) {
    self.path = path
    self.text = text
    do throws(ScenarioError) {
      let root = try JSONReader.read(text)
      let map = try root.object("an object", known: Self.keys, required: ["clock"])
      let scope = try map.scope(inside: "")
      let domain = try ClockDomain(map, scope: scope)
      commits = try map["commits"].map { value throws(ScenarioError) in try CommitMap(value, scope: scope, domain) }
      streams =
        try map["streams"].map { value throws(ScenarioError) in try StreamMap.all(value, scope: scope, domain) } ?? []
      tlps = try map["tlps"].map { value throws(ScenarioError) in try TLPMap.all(value, scope: scope, domain) } ?? []
      signals = try SignalsMap(map, scope: scope)
      self.domain = domain
      guard commits != nil || !streams.isEmpty || hasTLPs || signals != nil else {
        let parts = Self.parts.map(\.quoted).joined(separator: ", ")
        throw root.mismatch("one of the keys \(parts)", found: "nothing to compare")
      }
    } catch {
      throw error.located(in: path, text: text)
    }
  }

  /// The error with its place in the map.
  func located(_ error: ScenarioError) -> ScenarioError { error.located(in: path, text: text) }

  /// Every signal of the model that the map names.
  public var modelNames: [MapName] {
    streams.flatMap(\.model.names) + (signals?.modelNames ?? [])
  }

  /// Whether the design shows what is on links.
  public var hasTLPs: Bool { !tlps.isEmpty }

  /// The links of the model that the map names, and the devices that it names in their stead.
  public var links: [MapName] { tlps.map(\.link) }

  /// What the rules of a command become by what the map says of single streams.
  public func rules(over rules: TLPRules) -> TLPRules {
    var changed = rules
    for map in tlps { changed.streams[map.stream] = map.rules(over: rules) }
    return changed
  }

  /// The error for a name that the model does not have.
  /// - Parameter known: the names that it has
  public func unknown(_ name: MapName, known: [String]) -> ScenarioError {
    located(name.refused("a signal of the model", near: NearNames.of(name.stem, in: known)))
  }

  /// The error for a link or a device that the model does not have.
  /// - Parameter known: those that it has
  public func unknownLink(_ name: MapName, known: [String]) -> ScenarioError {
    located(
      name.value.mismatch(
        "a link or a device of the model: \(known.joined(separator: ", "))", found: name.text.quoted))
  }
}

/// A name of a signal in a map, which remembers where it stands, for messages.
public struct MapName: Sendable {
  /// With the scope that the map gives for it.
  public let text: String
  let value: JSONValue

  init(_ value: JSONValue, scope: String = "") throws(ScenarioError) {
    let name = try value.text("the name of a signal")
    guard !name.isEmpty else { throw value.mismatch("the name of a signal") }
    self.init(name: name, scope: scope, value)
  }

  init(name: String, scope: String = "", _ value: JSONValue) {
    text = scope.isEmpty ? name : "\(scope).\(name)"
    self.value = value
  }

  /// Without a range of bits.
  public var stem: String { text.last == "]" ? String(text.prefix { $0 != "[" }) : text }

  func refused(_ expected: String, near: [String] = []) -> ScenarioError {
    let hint = near.isEmpty ? nil : "did you mean \(near.map(\.quoted).joined(separator: ", "))?"
    return value.mismatch(expected, found: text.quoted, hint: hint)
  }
}

/// A condition of a map: terms `NAME`, `!NAME`, `NAME == VALUE` or `NAME != VALUE`, with `&&` between them.
struct MapCondition: Sendable {
  struct Term: Sendable {
    let name: MapName
    /// What it is compared with; nil for 1.
    let operand: String?
    let isNegated: Bool
  }

  let terms: [Term]
  /// As written.
  let text: String

  var names: [MapName] { terms.map(\.name) }

  init(_ value: JSONValue, scope: String = "") throws(ScenarioError) {
    let expected = "a condition: NAME, !NAME, NAME == VALUE or NAME != VALUE, or several with && between them"
    text = try value.text(expected)
    var terms: [Term] = []
    for part in text.split(separator: " ").split(separator: "&&", omittingEmptySubsequences: false) {
      guard let term = Term(part.map(String.init), value, scope: scope) else { throw value.mismatch(expected) }
      terms.append(term)
    }
    self.terms = terms
  }
}

extension MapCondition.Term {
  /// Nil for words that are no term.
  fileprivate init?(_ words: [String], _ value: JSONValue, scope: String) {
    switch words.count {
    case 1:
      isNegated = words[0].hasPrefix("!")
      operand = nil
    case 3 where (words[1] == "==" || words[1] == "!=") && !words[0].hasPrefix("!"):
      isNegated = words[1] == "!="
      operand = words[2]
    default: return nil
    }
    let text = words.count == 1 && isNegated ? String(words[0].dropFirst()) : words[0]
    if text.isEmpty { return nil }
    name = MapName(name: text, scope: scope, value)
  }
}

/// Suggestions for a path.
enum NearNames {
  /// At most three of `known`: those with the same last part, or else the one that is spelled most alike.
  static func of(_ path: String, in known: [String]) -> [String] {
    let last = path.split(separator: ".").last.map { ".\($0.lowercased())" } ?? path
    let alike = known.lazy.filter { ".\($0)".lowercased().hasSuffix(last) }.prefix(3)
    return alike.isEmpty ? Spelling.nearest(to: path, in: known).map { [$0] } ?? [] : Array(alike)
  }
}
