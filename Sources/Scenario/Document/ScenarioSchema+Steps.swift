/// The schema of steps, made from the table of their keys.
extension ScenarioSchema {
  static var steps: JSONText {
    let kinds = StepKind.allCases.map { ($0.rawValue, described($0.summary, schema(of: $0))) }
    let step: JSONText = [
      "type": "object", "minProperties": .number(1), "maxProperties": .number(1),
      "additionalProperties": .flag(false), "properties": .object(kinds),
    ]
    return ["type": "array", "items": step]
  }

  private static func schema(of kind: StepKind) -> JSONText {
    var object = object(kind.keys)
    if kind.takesBytes, case .object(let members) = object {
      let sources: [JSONText] = StepKey.bytes.map { ["required": .list([.text($0.name)])] }
      object = .object(members + [("oneOf", .list(sources))])
    }
    return kind == .wait ? anyOf([schema(of: StepForm.wait), object]) : object
  }

  static func object(_ keys: [StepKey]) -> JSONText {
    let properties = keys.map { ($0.name, described($0.summary, schema(of: $0.form))) }
    return closedObject(properties, required: keys.filter(\.isRequired).map(\.name))
  }

  private static func schema(of form: StepForm) -> JSONText {
    switch form {
    case .spec(let kind): schema(of: kind)
    case .register(_, let range): number(range)
    case .text, .file: nonEmptyText
    case .hex: reference("hex")
    case .program:
      anyOf([
        pattern("a file beside the scenario", "\\.(c|o|s|bin)$"),
        closedObject([("hex", reference("hex"))], required: ["hex"]),
      ])
    case .steps: ["$ref": "#/$defs/steps", "minItems": .number(1)]
    case .object(let keys): object(keys)
    case .either(let first, let second): anyOf([schema(of: first), schema(of: second)])
    }
  }
}
