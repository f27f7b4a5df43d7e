import Scenario

/// A sequence of transfers that both sides make: what is valid, and ready, at an edge of the clock.
struct StreamMap: Sendable {
  /// One side of it.
  struct Side: Sendable {
    /// All have to hold.
    let accepted: [MapCondition]
    let fields: [(key: String, name: MapName)]
    /// Of the design; the model's signals have theirs.
    let domain: ClockDomain?

    var names: [MapName] { (domain?.names ?? []) + accepted.flatMap(\.names) + fields.map(\.name) }
  }

  let name: String
  let model: Side
  let design: Side
  let masks: [String: UInt64]
  /// Nil for what the command says.
  let cycles: UInt64?

  static func all(_ value: JSONValue, scope: String, _ domain: ClockDomain) throws(ScenarioError) -> [StreamMap] {
    var streams: [StreamMap] = []
    for (index, entry) in try value.list("a list of streams").enumerated() {
      streams.append(try StreamMap(entry, index: index, scope: scope, domain))
    }
    return streams
  }

  private init(_ value: JSONValue, index: Int, scope: String, _ domain: ClockDomain) throws(ScenarioError) {
    let keys = ["name", "model", "design", "cycles", "mask", "ignore"]
    let map = try value.object("an object with \"model\" and \"design\"", known: keys, required: ["model", "design"])
    name = try map["name"]?.text("a name") ?? "stream \(index)"
    let model = try Side(map["model"]!, inside: "", nil), design = try Side(map["design"]!, inside: scope, domain)
    let known = model.fields.map(\.key), others = design.fields.map(\.key)
    if let missing = known.first(where: { !others.contains($0) }) {
      throw map["design"]!.mismatch("a field \(missing.quoted) as in the model", found: others.list)
    }
    if let missing = others.first(where: { !known.contains($0) }) {
      throw map["model"]!.mismatch("a field \(missing.quoted) as in the design", found: known.list)
    }
    let ignored = try map["ignore"]?.names(of: known) ?? []
    if ignored.count == known.count { throw map["ignore"]!.mismatch("a field that is left", found: "all fields") }
    self.model = model.without(ignored)
    self.design = design.without(ignored)
    var masks: [String: UInt64] = [:]
    for member in try map["mask"]?.members("an object of masks", known: known) ?? [] {
      masks[member.name] = try member.value.mask()
    }
    self.masks = masks
    cycles = try map["cycles"]?.cycles()
  }
}

extension StreamMap.Side {
  /// - Parameter domain: of the design, nil for the model
  fileprivate init(_ value: JSONValue, inside outer: String, _ domain: ClockDomain?) throws(ScenarioError) {
    let keys = ["scope", "valid", "ready", "fields"] + (domain == nil ? [] : ClockDomain.keys)
    let side = try value.object("an object with \"valid\" and \"fields\"", known: keys, required: ["valid", "fields"])
    let scope = try side.scope(inside: outer)
    var accepted = [try MapCondition(side["valid"]!, scope: scope)]
    if let ready = side["ready"] { accepted.append(try MapCondition(ready, scope: scope)) }
    var fields: [(key: String, name: MapName)] = []
    for member in try side["fields"]!.members("an object of signals") {
      fields.append((member.name, try MapName(member.value, scope: scope)))
    }
    guard !fields.isEmpty else { throw side["fields"]!.mismatch("at least one signal", found: "no fields") }
    self.accepted = accepted
    self.fields = fields
    self.domain = try domain.map { outer throws(ScenarioError) in try ClockDomain(side, scope: scope, inside: outer) }
  }

  fileprivate func without(_ ignored: Set<String>) -> Self {
    Self(accepted: accepted, fields: fields.filter { !ignored.contains($0.key) }, domain: domain)
  }
}

/// Signals that are compared cycle by cycle.
struct SignalsMap: Sendable {
  struct Entry: Sendable {
    let name: DumpMap.Sides<MapName>
    let mask: UInt64?
    /// How many cycles later the design has what the model has.
    let late: Int
    /// When it counts, as each side says; nil for always.
    let when: DumpMap.Sides<MapCondition?>
  }

  /// The first edge at which it holds is cycle 0.
  let align: DumpMap.Sides<MapCondition>
  /// The first edge after that at which it holds is the last one; nil for the end of the dump.
  let until: DumpMap.Sides<MapCondition>?
  let entries: [Entry]

  var modelNames: [MapName] {
    let conditions = [align.model, until?.model].compactMap { $0 } + entries.compactMap(\.when.model)
    return entries.map(\.name.model) + conditions.flatMap(\.names)
  }

  var designNames: [MapName] {
    let conditions = [align.design, until?.design].compactMap { $0 } + entries.compactMap(\.when.design)
    return entries.map(\.name.design) + conditions.flatMap(\.names)
  }

  /// Nil when the map has no signals.
  init?(_ map: JSONObject, scope: String) throws(ScenarioError) {
    guard let value = map["signals"] else {
      if let stray = map["align"] ?? map["until"] { throw stray.mismatch("\"signals\" beside it", found: "none") }
      return nil
    }
    guard let alignment = map["align"] else {
      throw value.mismatch("\"align\" beside it, which says when their comparison begins", found: "none")
    }
    align = try Self.conditions(alignment, scope)
    until = try map["until"].map { value throws(ScenarioError) in try Self.conditions(value, scope) }
    var entries: [Entry] = []
    for entry in try value.list("a list of pairs of signals") { entries.append(try Entry(entry, scope)) }
    guard !entries.isEmpty else { throw value.mismatch("at least one pair of signals", found: "an empty list") }
    self.entries = entries
  }

  private static let sides = ["model", "design"]

  private static func conditions(_ value: JSONValue, _ scope: String) throws(ScenarioError)
    -> DumpMap.Sides<MapCondition>
  {
    let both = try value.object("an object with \"model\" and \"design\"", known: sides, required: sides)
    return .init(model: try MapCondition(both["model"]!), design: try MapCondition(both["design"]!, scope: scope))
  }
}

extension SignalsMap.Entry {
  /// No pipeline is as deep; the model's values are kept for so long.
  private static let lateLimit = 4096

  fileprivate init(_ value: JSONValue, _ scope: String) throws(ScenarioError) {
    let sides = ["model", "design"]
    let entry = try value.object("a pair of signals", known: sides + ["mask", "late", "when"], required: sides)
    name = .init(model: try MapName(entry["model"]!), design: try MapName(entry["design"]!, scope: scope))
    mask = try entry["mask"]?.mask()
    late = try entry["late"]?.cycles(upTo: Self.lateLimit) ?? 0
    guard let when = entry["when"] else {
      self.when = .init(model: nil, design: nil)
      return
    }
    // One text is a condition of the design.
    if case .text = when.content {
      self.when = .init(model: nil, design: try MapCondition(when, scope: scope))
      return
    }
    let both = try when.object("a condition of the design, or an object with \"model\" and \"design\"", known: sides)
    self.when = .init(
      model: try both["model"].map { value throws(ScenarioError) in try MapCondition(value) },
      design: try both["design"].map { value throws(ScenarioError) in try MapCondition(value, scope: scope) })
    if both.members.isEmpty { throw when.mismatch("at least one condition", found: "no keys") }
  }
}

extension [String] {
  fileprivate var list: String { isEmpty ? "no fields" : "only " + joined(separator: ", ").oneLine }
}
