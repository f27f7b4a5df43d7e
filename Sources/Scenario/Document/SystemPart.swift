import Device
import PCIe
import SimKernel

/// One part of a system as scenarios name it: the way from a JSON object to its Spec, and what its fields are.
struct SystemPart: Sendable {
  /// One field of the part's Spec table, without the Spec's type.
  struct Field: Sendable {
    let name: String
    let kind: SpecKind
    let summary: String
    let value: SpecValue
  }

  let name: String
  let summary: String
  /// The scenario gives a list of such objects; today's systems have one.
  let isList: Bool
  /// Names of presets that the part's object may start from; the first is the default.
  let presets: [String]
  /// The Spec table with the default values.
  let fields: [Field]
  private let read: @Sendable (JSONValue, inout SystemSpec) throws(ScenarioError) -> Void
  private let check: @Sendable (SystemSpec) throws(SpecError) -> Void
  private let present: @Sendable (SystemSpec) -> [(name: String, value: SpecValue)]

  /// Parts inside "device".
  static let device: [SystemPart] = [
    SystemPart("clocks", \.clocks, "clock domains"),
    SystemPart("link", \.link, "the PCIe link; its rate and lanes come from the device's preset"),
    SystemPart("endpoint", \.endpoint, "the PCI Express function"),
    SystemPart("decoder", \.decoder, "the address decoder behind BAR4"),
    SystemPart("commands", \.commands, "the command unit"),
    SystemPart("dma", \.dma, "the DMA engine"),
    SystemPart("core", \.core, "the eBPF execution core", presets: ["classic5"]),
    SystemPart("memory", \.memory, "the on-chip memories"),
  ]

  /// Parts beside "device".
  static let surroundings: [SystemPart] = [
    SystemPart("host", \.host, "the root complex, its memory and the CPU"),
    SystemPart("driver", \.driver, "the habits of the driver"),
    SystemPart("peers", \.peer, "the peer endpoint that writes the p2pdma window", isList: true),
  ]

  private init<Spec: ComponentSpec>(
    _ name: String, _ place: WritableKeyPath<SystemSpec, Spec> & Sendable, _ summary: String, presets: [String] = [],
    isList: Bool = false
  ) {
    self.name = name
    self.summary = summary
    self.presets = presets
    self.isList = isList
    let defaults = Spec()
    fields = Spec.fields.map { Field(name: $0.name, kind: $0.kind, summary: $0.summary, value: $0.get(defaults)) }
    read = { (value, system) throws(ScenarioError) in
      try SystemPart.override(&system[keyPath: place], with: value, part: name, presets: presets)
    }
    check = { (system) throws(SpecError) in try system[keyPath: place].validate() }
    present = { $0[keyPath: place].values }
  }

  /// What `parent` says about the part; nil when it says nothing.
  func object(in parent: JSONObject) throws(ScenarioError) -> JSONValue? {
    guard let value = parent[name], isList else { return parent[name] }
    let entries = try value.list("a list of \(name)")
    guard entries.count <= 1 else { throw value.mismatch("at most one entry", found: "\(entries.count) entries") }
    return entries.first
  }

  /// Applies the overrides of `value`, an object of field names.
  func apply(_ value: JSONValue, to system: inout SystemSpec) throws(ScenarioError) { try read(value, &system) }

  /// The part's fields as `system` has them.
  func values(in system: SystemSpec) -> [(name: String, value: SpecValue)] { present(system) }

  /// Checks the rules between fields; `value` is what the scenario says about the part, if anything.
  func validate(_ system: SystemSpec, written value: JSONValue?, in parent: JSONValue) throws(ScenarioError) {
    do throws(SpecError) {
      try check(system)
    } catch {
      let path = JSONValue.path(parent.path(of: name), error.field)
      var offset = value?.offset ?? parent.offset
      if let value, case .object(let members) = value.content {
        offset = members.first { $0.name == error.field }?.value.offset ?? offset
      }
      throw ScenarioError(path: path, offset: offset, found: error.found, expected: error.expected)
    }
  }

  private static func override<Spec: ComponentSpec>(
    _ spec: inout Spec, with value: JSONValue, part: String, presets: [String]
  ) throws(ScenarioError) {
    let known = (presets.isEmpty ? [] : ["preset"]) + Spec.fields.map(\.name)
    let object = try value.object("an object of \(part) parameters", known: known)
    if let preset = object["preset"], !presets.isEmpty { try preset.checkChoice(presets) }
    for field in Spec.fields {
      try object[field.name]?.assign(to: field, of: &spec, in: Scope())
    }
  }
}

extension JSONValue {
  /// Throws, with the nearest name as a hint, unless this is one of `names`.
  @discardableResult
  func checkChoice(_ names: [String]) throws(ScenarioError) -> String {
    let expected = (names.count == 1 ? "" : "one of ") + names.map { "\"\($0)\"" }.joined(separator: ", ")
    let text = try text(expected)
    guard names.contains(text) else {
      let hint = Spelling.nearest(to: text, in: names).map { "did you mean \"\($0)\"?" }
      throw mismatch(expected, hint: hint)
    }
    return text
  }
}
