import Device
import Diagnostics
import PCIe
import SimKernel

/// One part of a system as scenarios name it: the way from a JSON object to its Spec, and what its fields are.
struct SystemPart: Sendable {
  let name: String
  let summary: String
  /// What the part may be, by preset; the first is the default. A part without presets has one.
  let variants: [PartVariant]

  /// What all presets of the core share.
  private static let machine = PartTable(\.device.core.machine)

  /// Parts inside "device".
  static let device: [SystemPart] = [
    SystemPart("clocks", \.device.clocks, "clock domains"),
    SystemPart("link", \.device.link, "the PCIe link; its rate and lanes come from the device's preset"),
    SystemPart("endpoint", \.device.endpoint, "the PCI Express function"),
    SystemPart("decoder", \.device.decoder, "the address decoder behind BAR4"),
    SystemPart("commands", \.device.commands, "the command unit"),
    SystemPart("dma", \.device.dma, "the DMA engine"),
    SystemPart(
      "core", "the eBPF execution core",
      [
        PartVariant(
          preset: "classic5", "five stages in order", [PartTable(\.device.core.microarchitecture.classic5), machine]),
        PartVariant(
          preset: "deep8", "eight stages in order, with a branch predictor, an instruction cache and a store buffer",
          [PartTable(\.device.core.microarchitecture.deep8), machine]),
        PartVariant(
          preset: "hbpf", "one instruction after the other, with hBPF's cycles per operation",
          [PartTable(\.device.core.microarchitecture.hbpf), machine]),
        PartVariant(
          preset: "functional", "results without timing",
          [PartTable(\.device.core.microarchitecture.functional), machine]),
      ]),
    SystemPart("memory", \.device.memory, "the on-chip memories"),
  ]

  /// Parts beside "device".
  static let surroundings: [SystemPart] = [
    SystemPart(
      "host", "the root complex, its memory and the CPU",
      HostPreset.all.map { PartVariant(preset: $0.name, $0.summary, [PartTable(\.host, from: $0.spec)]) }),
    SystemPart("driver", \.driver, "the habits of the driver"),
  ]

  private init(_ name: String, _ summary: String, _ variants: [PartVariant]) {
    self.name = name
    self.summary = summary
    self.variants = variants
  }

  private init<Spec: ComponentSpec>(
    _ name: String, _ place: WritableKeyPath<SystemSpec, Spec> & Sendable, _ summary: String
  ) {
    self.name = name
    self.summary = summary
    variants = [PartVariant(preset: nil, summary, [PartTable(place)])]
  }

  /// Reads what the scenario says about the part, nil when it says nothing, into `system`.
  func read(_ value: JSONValue?, into system: inout SystemSpec, in parent: JSONValue) throws(ScenarioError) {
    let variant = try variant(of: value)
    let what = [hasOneShape ? nil : variant.preset, name].compactMap { $0 }.joined(separator: " ")
    if let value { try variant.apply(value, as: what, to: &system) }
    try variant.validate(system, written: value, part: name, in: parent)
  }

  var hasPresets: Bool { variants[0].preset != nil }

  /// Whether the presets differ in the defaults of their fields only.
  var hasOneShape: Bool {
    let names = variants[0].fields.map(\.name)
    return variants.allSatisfy { $0.fields.map(\.name) == names }
  }

  /// The variant that `value` chooses by its "preset".
  private func variant(of value: JSONValue?) throws(ScenarioError) -> PartVariant {
    guard hasPresets, let value, case .object(let members) = value.content,
      let preset = members.first(where: { $0.name == "preset" })
    else { return variants[0] }
    let name = try preset.value.checkChoice(variants.map { $0.preset! })
    return variants.first { $0.preset == name }!
  }
}

/// One shape of a part: the Spec tables that describe it.
struct PartVariant: Sendable {
  /// The name that chooses it; nil when the part has one shape only.
  let preset: String?
  let summary: String
  let tables: [PartTable]

  init(preset: String?, _ summary: String, _ tables: [PartTable]) {
    self.preset = preset
    self.summary = summary
    self.tables = tables
  }

  var fields: [PartTable.Field] { tables.flatMap(\.fields) }

  /// The fields with other defaults than in `standard`, a variant of the same shape.
  func changes(from standard: PartVariant) -> [PartTable.Field] {
    zip(fields, standard.fields).filter { $0.value != $1.value }.map(\.0)
  }

  /// The fields as `system` has them.
  func values(in system: SystemSpec) -> [(name: String, value: SpecValue)] { tables.flatMap { $0.values(system) } }

  /// Applies the overrides of `value`, an object of field names; `what` names the part in messages.
  func apply(_ value: JSONValue, as what: String, to system: inout SystemSpec) throws(ScenarioError) {
    let known = (preset == nil ? [] : ["preset"]) + fields.map(\.name)
    let object = try value.object("an object of \(what) parameters", known: known)
    for table in tables { try table.read(object, &system) }
  }

  /// Checks the rules between fields; `value` is what the scenario says about the part, if anything.
  func validate(
    _ system: SystemSpec, written value: JSONValue?, part: String, in parent: JSONValue
  ) throws(ScenarioError) {
    do throws(SpecError) {
      for table in tables { try table.check(system) }
    } catch {
      let path = JSONValue.path(parent.path(of: part), error.field)
      var offset = value?.offset ?? parent.offset
      if let value, case .object(let members) = value.content {
        offset = members.first { $0.name == error.field }?.value.offset ?? offset
      }
      throw ScenarioError(path: path, offset: offset, found: error.found, expected: error.expected)
    }
  }
}

/// A Spec table at its place in a system, without the Spec's type.
struct PartTable: Sendable {
  struct Field: Sendable {
    let name: String
    let kind: SpecKind
    let summary: String
    /// The default.
    let value: SpecValue
  }

  let fields: [Field]
  /// Stores what an object says; also when it says nothing, so that naming a preset is enough to choose it.
  let read: @Sendable (JSONObject, inout SystemSpec) throws(ScenarioError) -> Void
  let check: @Sendable (SystemSpec) throws(SpecError) -> Void
  let values: @Sendable (SystemSpec) -> [(name: String, value: SpecValue)]

  /// - Parameter preset: what an object overrides; nil for what the system has, which are the defaults or what the
  ///   device's preset made of them
  init<Spec: ComponentSpec>(_ place: WritableKeyPath<SystemSpec, Spec> & Sendable, from preset: Spec? = nil) {
    let defaults = preset ?? Spec()
    fields = Spec.fields.map { Field(name: $0.name, kind: $0.kind, summary: $0.summary, value: $0.get(defaults)) }
    read = { (object, system) throws(ScenarioError) in
      var spec = preset ?? system[keyPath: place]
      for field in Spec.fields { try object[field.name]?.assign(to: field, of: &spec, in: Scope()) }
      system[keyPath: place] = spec
    }
    check = { (system) throws(SpecError) in try system[keyPath: place].validate() }
    values = { $0[keyPath: place].values }
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
