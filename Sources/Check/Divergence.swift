import SimKernel

/// Where a design and the model part for the first time.
public struct Divergence: Equatable, Sendable {
  /// As in "commits".
  public let kind: String
  /// Which record it is, as in "core0 run0 #41".
  public let place: String
  /// What the model does there, in words, when that helps.
  public let explanation: String?
  /// When it happened in the model; nil when the model had ended.
  public let time: Picoseconds?
  /// The line of the design's log; nil when the log had ended.
  public let line: Int?
  /// What differs; nothing when one side has ended.
  public let differences: [FieldDifference]
  /// The lines of both sides; nil for one that has ended.
  public let model: String?
  public let design: String?
  /// The lines before them, oldest first.
  public let modelBefore: [String]
  public let designBefore: [String]

  /// What differs, in words.
  /// - Parameter log: the name of the design's log
  public func summary(log: String) -> String {
    let place = self.place + (explanation.map { " (\($0))" } ?? "")
    guard model != nil else { return "\(log) goes on with \(place) in line \(line ?? 0), where the model has ended" }
    guard design != nil else { return "\(log) ends before \(place), with which the model goes on" }
    let fields = differences.map { "\($0.field) is \($0.model) in the model, \($0.design) in the design" }
    return "\(place) differs in line \(line ?? 0) of \(log): \(fields.joined(separator: "; "))"
  }
}
