import SimKernel

/// The JSON schema of scenarios, for `specs/scenario.schema.json`.
///
/// Made from the tables that the reader follows, so that editors and the reader agree on keys, units and ranges.
public enum ScenarioSchema {
  /// A JSON Schema (2020-12) text.
  public static func text() -> String { root.formatted() + "\n" }

  private static var root: JSONText {
    [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "ubpf-sim scenario",
      "type": "object",
      "required": ["steps"],
      "additionalProperties": .flag(false),
      "properties": .object(properties),
      "$defs": .object(definitions),
    ]
  }

  private static var properties: [(String, JSONText)] {
    let before: [(String, JSONText)] = [
      ("name", described("name in reports; default the file's name without its extension", nonEmptyText)),
      ("description", ["description": "what the scenario shows", "type": "string"]),
      ("seed", described("seed of every random stream; default 1", number(0...UInt64.max))),
      ("device", device),
    ]
    let surroundings = SystemPart.surroundings.map { ($0.name, part($0)) } + topology
    return before + surroundings + [("steps", described("what the host does, in order", reference("steps")))]
  }

  static var linkPreset: JSONText {
    described(
      "link generation and width; default \(DevicePreset.standard)", oneOf(DevicePreset.all.map(\.name)))
  }

  static var deviceParts: [(String, JSONText)] {
    [("preset", linkPreset)]
      + SystemPart.device.map { ($0.name, described($0.summary, reference("device_\($0.name)"))) }
  }

  private static var device: JSONText {
    let preset = oneOf(DevicePreset.all.map(\.name))
    let parts = deviceParts + [("helpers", helpers)]
    return described("the device: a preset, or a preset with overrides by part", anyOf([preset, closedObject(parts)]))
  }

  private static var helpers: JSONText {
    let sources: [JSONText] = ["function", "program"].map { ["required": .list([.text($0)])] }
    guard case .object(let members) = object(HelperReader.keys) else { return [:] }
    let entry = JSONText.object(members + [("oneOf", .list(sources))])
    return described("helper functions beside the standard ones", ["type": "array", "items": entry])
  }

  private static func part(_ part: SystemPart) -> JSONText {
    let shapes = part.hasOneShape ? [oneShape(of: part)] : part.variants.map { shape($0, of: part) }
    let object = shapes.count == 1 ? shapes[0] : anyOf(shapes)
    return described(part.summary, object)
  }

  /// A part whose presets, if it has any, share their fields.
  private static func oneShape(of part: SystemPart) -> JSONText {
    let standard = part.variants[0]
    let changed = Set(part.variants.flatMap { $0.changes(from: standard).map(\.name) })
    let fields = properties(of: standard, changedByPresets: changed)
    guard part.hasPresets else { return closedObject(fields) }
    let meanings = part.variants.map { "\($0.preset!): \($0.summary)" }.joined(separator: "; ")
    let preset = described(
      "which defaults the other keys have, \(standard.preset!) when absent; \(meanings)",
      oneOf(part.variants.map { $0.preset! }))
    return closedObject([("preset", preset)] + fields)
  }

  static func properties(
    of variant: PartVariant, changedByPresets changed: Set<String> = []
  ) -> [(String, JSONText)] {
    variant.fields.map { field in
      let kind = field.kind
      let standard = "default \(kind.format(field.value))" + (changed.contains(field.name) ? ", or the preset's" : "")
      let detail = [field.summary, kind.unit, kind.rangeText, standard]
      return (field.name, described(detail.joined(separator: "; "), schema(of: kind)))
    }
  }

  /// One shape of a part with several. Only the default may go without its preset.
  private static func shape(_ variant: PartVariant, of part: SystemPart) -> JSONText {
    let name = variant.preset!, fields = properties(of: variant)
    let isDefault = name == part.variants[0].preset
    let preset = described(variant.summary + (isDefault ? "; the default" : ""), oneOf([name]))
    return closedObject([("preset", preset)] + fields, required: isDefault ? [] : ["preset"])
  }

  private static var definitions: [(String, JSONText)] {
    [
      ("expression", pattern("arithmetic over repeat indices, as in ${i * 4096}", "^\\$\\{[^}]+\\}$")),
      ("hexadecimal", pattern("a whole number", "^0[xX][0-9a-fA-F]+$")),
      ("duration", quantity(.duration)),
      ("frequency", quantity(.frequency)),
      ("rate", quantity(.transferRate)),
      ("size", quantity(.size)),
      ("latency", latency),
      ("hex", pattern("pairs of hexadecimal digits", "^[ \\t\\n]*([0-9a-fA-F]{2}[ \\t\\n]*)+$")),
      ("steps", steps),
      ("link", link),
      ("node", node),
    ] + SystemPart.device.map { ("device_\($0.name)", part($0)) }
  }

  private static func quantity(_ quantity: Quantity) -> JSONText {
    let units = quantity.units.map(\.name).joined(separator: "|")
    return pattern(quantity.expectation, "^([0-9]+(\\.[0-9]+)?|\\$\\{[^}]+\\}) *(\(units))$")
  }

  private static var latency: JSONText {
    let corner: JSONText = [
      "type": "array", "prefixItems": .list([number(0...1000), reference("duration")]), "minItems": .number(2),
      "maxItems": .number(2),
    ]
    let range = closedObject(
      [("min", reference("duration")), ("max", reference("duration"))], required: ["min", "max"])
    let corners: JSONText = [
      "description": "[permille, duration] corners, rising from permille 0 to 1000", "type": "array",
      "items": corner, "minItems": .number(2),
    ]
    return anyOf([reference("duration"), range, closedObject([("quantiles", corners)], required: ["quantiles"])])
  }
}

/// Pieces of schemas.
extension ScenarioSchema {
  static func reference(_ name: String) -> JSONText { ["$ref": .text("#/$defs/\(name)")] }

  static func anyOf(_ schemas: [JSONText]) -> JSONText { ["anyOf": .list(schemas)] }

  static func oneOf(_ names: [String]) -> JSONText { ["enum": .list(names.map { .text($0) })] }

  static var nonEmptyText: JSONText { ["type": "string", "minLength": .number(1)] }

  static func pattern(_ summary: String, _ pattern: String) -> JSONText {
    ["description": .text(summary), "type": "string", "pattern": .text(pattern)]
  }

  /// `schema` with a description in front.
  static func described(_ summary: String, _ schema: JSONText) -> JSONText {
    guard case .object(let members) = schema else { return schema }
    return .object([("description", .text(summary))] + members.filter { $0.0 != "description" })
  }

  static func closedObject(_ properties: [(String, JSONText)], required: [String] = []) -> JSONText {
    let names: [(String, JSONText)] = required.isEmpty ? [] : [("required", .list(required.map { .text($0) }))]
    return .object(
      [("type", "object")] + names + [
        ("additionalProperties", .flag(false)), ("properties", .object(properties)),
      ])
  }

  /// A JSON number of that range, "0x…", or an expression.
  static func number(_ range: ClosedRange<UInt64>) -> JSONText {
    anyOf([integer(range), reference("hexadecimal"), reference("expression")])
  }

  private static func integer(_ range: ClosedRange<UInt64>) -> JSONText {
    ["type": "integer", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
  }

  static func schema(of kind: SpecKind) -> JSONText {
    switch kind {
    case .quantity(.duration, _): reference("duration")
    case .quantity(.frequency, _): reference("frequency")
    case .quantity(.transferRate, _), .oneOf(_, of: "transfers/s"): reference("rate")
    case .quantity(.size, let range):
      anyOf([integer(range), reference("size"), reference("hexadecimal"), reference("expression")])
    case .count(_, let range): number(range)
    case .oneOf(let values, _):
      anyOf([["enum": .list(values.map { .number($0) })], reference("hexadecimal"), reference("expression")])
    case .choice(let names): oneOf(names)
    case .flag: ["type": "boolean"]
    case .latency: reference("latency")
    }
  }
}
