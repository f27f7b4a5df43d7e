import Scenario

/// The signals that tell of the instructions which a design's core retires.
public struct CommitMap: Sendable {
  /// What a signal is for, the bits that it has to have, and what has to be given beside it.
  private struct Field {
    let name: String
    let widths: ClosedRange<Int>
    var needs: [String] = []
  }

  private static let fields: [Field] = [
    Field(name: "valid", widths: 1...1), Field(name: "ready", widths: 1...1),
    Field(name: "pc", widths: 1...64), Field(name: "insn", widths: 64...64),
    Field(name: "rd_write", widths: 1...1, needs: ["rd", "rd_value"]),
    Field(name: "rd", widths: 4...64, needs: ["rd_write"]),
    Field(name: "rd_value", widths: 64...64, needs: ["rd_write"]),
    Field(name: "write_mask", widths: 11...64, needs: ["registers"]),
    Field(name: "load", widths: 1...1, needs: ["size", "address", "load_value"]),
    Field(name: "store", widths: 1...1, needs: ["size", "address", "store_value"]),
    Field(name: "size", widths: 4...64), Field(name: "address", widths: 32...64),
    Field(name: "load_value", widths: 64...64, needs: ["load"]),
    Field(name: "store_value", widths: 64...64, needs: ["store"]),
  ]
  static let registerCount = 11

  /// What a register that the map gives alone is called: r0 to r10.
  static func register(_ number: Int) -> String { "r\(number)" }

  let domain: ClockDomain
  let valid: MapName
  /// By name, with the bits that they have to have.
  let signals: [String: (name: MapName, widths: ClosedRange<Int>)]
  /// All registers in one signal of 704 bits, r0 lowest; nil for none or for one signal each.
  let registers: MapName?
  /// What the values of `fault` are called, "" for no fault.
  let faults: [String]
  private let cycles: UInt64?
  private let ignored: Set<String>?
  private let masks: [(register: Int, mask: UInt64)]?

  init(_ value: JSONValue, scope outer: String, _ domain: ClockDomain) throws(ScenarioError) {
    let keys = Self.fields.map(\.name) + ["scope", "registers", "fault", "cycles", "mask", "ignore"] + ClockDomain.keys
    let map = try value.object("an object of signals", known: keys, required: ["valid"])
    let scope = try map.scope(inside: outer)
    self.domain = try ClockDomain(map, scope: scope, inside: domain)
    var signals: [String: (name: MapName, widths: ClosedRange<Int>)] = [:]
    for field in Self.fields {
      guard let value = map[field.name] else { continue }
      signals[field.name] = (try MapName(value, scope: scope), field.widths)
      for other in field.needs where map[other] == nil {
        throw value.mismatch("the key \"\(other)\" beside it", found: field.name.quoted)
      }
    }
    valid = signals["valid"]!.name
    (registers, faults) = (
      try Self.registers(map, scope, &signals), try Self.faults(map, scope, &signals)
    )
    self.signals = signals
    if map["rd_write"] != nil, let mask = map["write_mask"] {
      throw mask.mismatch("either \"rd_write\" or \"write_mask\"", found: "both")
    }
    cycles = try map["cycles"]?.cycles()
    ignored = try map["ignore"]?.names(of: CommitRules.fields)
    masks = try map["mask"].map { value throws(ScenarioError) in try Self.masks(value) }
    guard Self.fieldKeys.contains(where: { signals[$0] != nil }) else {
      throw value.mismatch(
        "one of the keys \(Self.fieldKeys.map { "\"\($0)\"" }.joined(separator: ", "))", found: "nothing to compare")
    }
  }

  private static let fieldKeys = ["pc", "insn", "rd_write", "write_mask", "load", "store", "fault"]

  /// `registers` is one signal, or a list of eleven.
  private static func registers(
    _ map: JSONObject, _ scope: String, _ signals: inout [String: (name: MapName, widths: ClosedRange<Int>)]
  ) throws(ScenarioError) -> MapName? {
    guard let value = map["registers"] else { return nil }
    guard map["write_mask"] != nil else {
      throw value.mismatch("the key \"write_mask\" beside it", found: "registers".quoted)
    }
    if case .text = value.content { return try MapName(value, scope: scope) }
    let list = try value.list("a signal of 704 bits, or a list of 11 signals")
    guard list.count == registerCount else {
      throw value.mismatch("11 signals, r0 to r10", found: "a list of \(list.count)")
    }
    for (number, value) in list.enumerated() { signals[register(number)] = (try MapName(value, scope: scope), 64...64) }
    return nil
  }

  private static func faults(
    _ map: JSONObject, _ scope: String, _ signals: inout [String: (name: MapName, widths: ClosedRange<Int>)]
  ) throws(ScenarioError) -> [String] {
    guard let value = map["fault"] else { return [] }
    let keys = ["signal", "names"]
    let fault = try value.object("an object with \"signal\" and \"names\"", known: keys, required: keys)
    signals["fault"] = (try MapName(fault["signal"]!, scope: scope), 1...64)
    let known = ScenarioDocument.faultNames
    var names: [String] = []
    for value in try fault["names"]!.list("a list of names, \"\" for no fault") {
      let name = try value.text("the name of a fault, or \"\"")
      guard name.isEmpty || known.contains(name) else {
        throw MapName(name: name, value).refused(
          "\"\" or one of \(known.joined(separator: ", "))", near: NearNames.of(name, in: known))
      }
      names.append(name)
    }
    return names
  }

  private static func masks(_ value: JSONValue) throws(ScenarioError) -> [(register: Int, mask: UInt64)] {
    let names = (0..<registerCount).map(register)
    var masks: [(register: Int, mask: UInt64)] = []
    for member in try value.members("an object of masks", known: names) {
      masks.append((names.firstIndex(of: member.name)!, try member.value.mask()))
    }
    return masks
  }

  var names: [MapName] { domain.names + (registers.map { [$0] } ?? []) + signals.values.map(\.name) }

  /// What the rules of a command become by what the map says: its own entries replace theirs, and what it has no signals
  /// for is not compared.
  public func rules(over rules: CommitRules) -> CommitRules {
    var rules = rules
    if let cycles { rules.cycleTolerance = cycles }
    if let ignored { rules.ignored = ignored }
    if let masks {
      rules.masks = CommitRules().masks
      for (register, mask) in masks { rules.masks[register] = mask }
    }
    // A dump has no numbers of runs and instructions.
    rules.absent = ["place"]
    for (field, key) in [("pc", "pc"), ("insn", "insn"), ("fault", "fault"), ("loads", "load"), ("stores", "store")] {
      if let signal = signals[key] { rules.names[field] = signal.name.text } else { rules.absent.insert(field) }
    }
    for (field, key) in [("loads", "load_value"), ("stores", "store_value")] {
      if let signal = signals[key] { rules.names[field] = signal.name.text }
    }
    for register in (0..<Self.registerCount).map(Self.register) {
      let one = registers ?? signals["rd_value"]?.name ?? signals[register]?.name
      if let one { rules.names[register] = one.text } else { rules.absent.insert(register) }
    }
    rules.hasOneWritePort = signals["rd_write"] != nil
    return rules
  }
}
