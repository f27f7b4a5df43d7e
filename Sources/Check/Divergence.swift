import SimKernel

/// What the places in what a design wrote are counted in.
public enum DesignUnit: Sendable {
  /// Lines of a log.
  case line
  /// Edges of the clock in a dump.
  case cycle
}

/// Where a design and the model part for the first time.
public struct Divergence: Sendable {
  /// As in "commits".
  public let kind: String
  /// Which record it is, as in "core0 run0 #41".
  public let place: String
  /// What the model does there, in words, when that helps.
  public let explanation: String?
  /// When it happened in the model; nil when the model had ended.
  public let time: Picoseconds?
  /// The line of the design's log, or the cycle of its dump; nil when that had ended.
  public let line: Int?
  /// When it happened in the design, as far as that says it; nil when it had ended.
  public let designTime: Picoseconds?
  /// When both did the same at last: the difference itself, or what was before one side ended. Picoseconds.
  public let meeting: (model: Picoseconds, design: Picoseconds)?
  /// What differs; nothing when one side has ended.
  public let differences: [FieldDifference]
  /// The lines of both sides; nil for one that has ended.
  public let model: String?
  public let design: String?
  /// The lines before them, oldest first.
  public let modelBefore: [String]
  public let designBefore: [String]

  /// What differs, in words.
  /// - Parameters:
  ///   - log: the name of the design's log, or of its dump
  ///   - unit: what `line` counts
  public func summary(log: String, unit: DesignUnit = .line) -> String {
    let place = self.place + (explanation.map { " (\($0))" } ?? "")
    guard model != nil else { return "\(log) goes on with \(place) in \(position(unit)), where the model has ended" }
    guard design != nil else { return "\(log) ends before \(place), with which the model goes on" }
    let fields = differences.map {
      "\($0.field) is \($0.model) in the model, \($0.design) in the design\($0.signal.map { " (\($0))" } ?? "")"
    }
    return "\(place) differs in \(position(unit)) of \(log): \(fields.joined(separator: "; "))"
  }

  private func position(_ unit: DesignUnit) -> String {
    switch unit {
    case .line: "line \(line ?? 0)"
    case .cycle: "cycle \(line ?? 0) (\((designTime ?? 0).readable))"
    }
  }
}
