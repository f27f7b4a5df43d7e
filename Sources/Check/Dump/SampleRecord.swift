import SimKernel

/// What counts when samples of a channel are compared.
struct SampleRules: Sendable {
  struct Field: Sendable {
    /// As each side calls it.
    let model: String
    let design: String
    let mask: UInt64
    /// How many cycles later the design has it; in the first ones of a window nothing is compared.
    let late: Int
    /// Whether a side says when it counts.
    let modelDecides: Bool
    let designDecides: Bool
  }

  let fields: [Field]
  /// How many cycles may be more or less between the first sample and each other one; nil when time is free.
  let cycleTolerance: UInt64?
  /// What ends a window on each side; nil for nothing.
  let until: (model: String, design: String)?
}

/// The channel that a sample belongs to.
struct SampleStream: CheckedStream {
  let index: Int
  let name: String
  var description: String { name }
  static func == (left: SampleStream, right: SampleStream) -> Bool { left.index == right.index }
  static func < (left: SampleStream, right: SampleStream) -> Bool { left.index < right.index }
  func hash(into hasher: inout Hasher) { hasher.combine(index) }
}

/// The values of a channel's fields at an edge of one side's clock.
struct SampleRecord: CheckedRecord {
  let channel: SampleStream
  /// As this side calls the fields.
  let names: [String]
  /// Nil where the side says that the field does not count.
  let values: [Sample?]
  /// Samples before this one.
  let number: Int
  /// Windows before this one, and samples of this window before.
  let window: Int
  let placeInWindow: Int
  let isLast: Bool
  let cycle: UInt64
  let instant: Picoseconds

  static var plural: String { "samples" }
  func stream(_ rules: SampleRules) -> SampleStream { channel }
  var epoch: Int { window }
  var place: String { "\(channel) #\(number)" }
  var explanation: String? { nil }

  var shownLine: String { shownLine { _ in true } }

  func shownLine(beside differences: [FieldDifference], isDesign: Bool, _ rules: SampleRules) -> String {
    // Many fields would hide the one that matters.
    let names = Set(differences.compactMap { isDesign ? $0.signal : $0.field }).intersection(names)
    return shownLine { values.count <= Self.shownFields || names.isEmpty || names.contains($0) }
  }

  private static let shownFields = 6

  private func shownLine(_ isShown: (String) -> Bool) -> String {
    let texts = zip(names, values).filter { isShown($0.0) }.map { name, value in
      switch value {
      case .bits(let bits): "\(name)=\(SampleRecord.hex(bits))"
      case .unknown: "\(name)=x"
      case nil: "\(name)=-"
      }
    }
    return "\(place) \(texts.joined(separator: " ")) ; c=\(cycle) t=\(instant)ps"
  }

  func isCompared(_ rules: SampleRules) -> Bool { true }

  /// Whether both sides let the field count, or their disagreement does.
  func counts(_ index: Int, beside design: SampleRecord, _ field: SampleRules.Field) -> Bool {
    if placeInWindow < field.late { return false }
    return switch (values[index] != nil, design.values[index] != nil) {
    case (true, true): true
    case (false, false): false
    default: field.modelDecides && field.designDecides
    }
  }

  func differences(in design: SampleRecord, _ rules: SampleRules) -> [FieldDifference] {
    if let until = rules.until, isLast != design.isLast {
      return [
        FieldDifference(
          until.model, model: isLast ? "true" : "false", design: design.isLast ? "true" : "false", signal: until.design)
      ]
    }
    var found: [FieldDifference] = []
    for (index, field) in rules.fields.enumerated() where counts(index, beside: design, field) {
      let model = values[index]?.masked(field.mask), other = design.values[index]?.masked(field.mask)
      if model == other { continue }
      found.append(
        FieldDifference(
          field.model, model: model.map(SampleRecord.hex), design: other.map(SampleRecord.hex), signal: field.design))
    }
    return found
  }

  func timingDifference(
    in design: SampleRecord, since origin: (model: SampleRecord, design: SampleRecord), _ rules: SampleRules
  ) -> FieldDifference? {
    guard let tolerance = rules.cycleTolerance else { return nil }
    let model = cycle &- origin.model.cycle, other = design.cycle &- origin.design.cycle
    if (model > other ? model - other : other - model) <= tolerance { return nil }
    return FieldDifference("cycles since #\(origin.model.number)", model: "\(model)", design: "\(other)")
  }

  private static func hex(_ bits: UInt64) -> String { "0x" + String(bits, radix: 16) }
}

extension Sample {
  /// Nil for unknown bits.
  fileprivate func masked(_ mask: UInt64) -> UInt64? {
    guard case .bits(let bits) = self else { return nil }
    return bits & mask
  }
}
