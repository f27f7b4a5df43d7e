import SimKernel

/// The table of all Spec parameters, for `specs/parameters.md`.
public enum ParameterTable {
  /// A Markdown page with one row a parameter, made from the Spec tables.
  public static func text() -> String {
    let inside = SystemPart.device.map { ("device.\($0.name)", $0) }
    let beside = SystemPart.surroundings.map { ($0.name, $0) }
    let sections = (inside + beside).map { section($0.0, $0.1) } + TopologyReader.parameterSections
    return """
      # Parameters of a scenario

      Made from the Spec tables of the components; do not edit. A duration, frequency, rate or size is a string with its
      unit, a size also a plain number of bytes; every other number is a JSON number or "0x…".

      `device.preset` is gen1 to gen5 with x1, x2, x4, x8 or x16, as in gen4x16; it sets `link.rate` and `link.lanes`.
      Without one, \(DevicePreset.standard).

      \(sections.joined(separator: "\n"))
      """
  }

  private static func section(_ path: String, _ part: SystemPart) -> String {
    let shapes =
      part.hasPresets && part.hasOneShape
      ? [presets(of: part), table(part.variants[0], path)] : part.variants.map { shape($0, path, of: part) }
    return """
      ## \(path)
      \(part.summary.prefix(1).uppercased() + part.summary.dropFirst()).

      \(shapes.joined(separator: "\n\n"))

      """
  }

  /// The presets of a part with one shape: what each changes in the table of fields.
  private static func presets(of part: SystemPart) -> String {
    let standard = part.variants[0]
    let rows = part.variants.map { variant in
      let changes = variant.changes(from: standard).map { "`\($0.name)` \($0.kind.format($0.value))" }
      let defaults = changes.isEmpty ? "those below" : changes.joined(separator: "; ")
      return "| \(variant.preset!) | \(variant.summary) | \(defaults) |"
    }
    return """
      `preset` sets defaults; the first is the default.

      | preset | meaning | defaults |
      |---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }

  private static func shape(_ variant: PartVariant, _ path: String, of part: SystemPart) -> String {
    guard let preset = variant.preset else { return table(variant, path) }
    let note = preset == part.variants[0].preset ? " (the default)" : ""
    return "### preset \(preset)\(note)\n\(variant.summary.prefix(1).uppercased() + variant.summary.dropFirst()).\n\n"
      + table(variant, path)
  }

  static func table(_ variant: PartVariant, _ path: String) -> String {
    let rows = variant.fields.map { field in
      let kind = field.kind
      let cells = [path, field.name, kind.unit, kind.rangeText, kind.format(field.value), field.summary]
      return "| " + cells.joined(separator: " | ") + " |"
    }
    return """
      | part | key | unit | range | default | meaning |
      |---|---|---|---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }
}

extension SpecKind {
  /// What a value counts, or the units that it may carry.
  var unit: String {
    switch self {
    case .quantity(let quantity, _): quantity.units.map(\.name).joined(separator: ", ")
    case .oneOf(_, of: "transfers/s"): Quantity.transferRate.units.map(\.name).joined(separator: ", ")
    case .count(let unit, _), .oneOf(_, of: let unit): unit
    case .choice: "name"
    case .flag: "true, false"
    case .latency: Quantity.duration.units.map(\.name).joined(separator: ", ")
    }
  }

  /// The legal values.
  var rangeText: String {
    switch self {
    case .quantity(let quantity, let range):
      "\(quantity.format(range.lowerBound)) to \(quantity.format(range.upperBound))"
    case .count(_, let range): "\(range.lowerBound) to \(range.upperBound)"
    case .oneOf(let values, of: "transfers/s"): values.map { Quantity.transferRate.format($0) }.joined(separator: ", ")
    case .oneOf(let values, _): values.map(String.init).joined(separator: ", ")
    case .choice(let names): names.joined(separator: ", ")
    case .flag: "true, false"
    case .latency: "a duration, min to max, or quantiles; at most \(Quantity.duration.format(JSONValue.longestLatency))"
    }
  }

  /// A value of this kind as a scenario may write it, quotes left out.
  func format(_ value: SpecValue) -> String {
    switch (self, value) {
    case (.quantity(let quantity, _), .number(let number)): quantity.format(number)
    case (.oneOf(_, of: "transfers/s"), .number(let number)): Quantity.transferRate.format(number)
    case (_, .text(let text)): text
    default: value.description
    }
  }
}
