import SimKernel

/// What happened in a design or in the model, as a line of a log has it, and how two such lines are compared.
public protocol CheckedRecord {
  associatedtype Rules: Sendable
  /// Records of one stream have an order; those of different streams may interleave as they like.
  associatedtype Stream: CheckedStream

  /// What records are called, as in "3 commits".
  static var plural: String { get }

  func stream(_ rules: Rules) -> Stream
  /// Times are compared from the first record of the stream with this number on.
  var epoch: Int { get }
  /// Which record it is, as in "core0 run0 #41".
  var place: String { get }
  /// What it is in words, when that helps.
  var explanation: String? { get }
  /// The line of a log, without times when there are none.
  var shownLine: String { get }
  /// The same beside some differences, of the model or of a design, without what that side says nothing about.
  func shownLine(beside differences: [FieldDifference], isDesign: Bool, _ rules: Rules) -> String
  /// When it happened; 0 when the log does not say it.
  var instant: Picoseconds { get }

  /// Whether it counts.
  func isCompared(_ rules: Rules) -> Bool

  /// What `design`, which stands in the place of this record of the model, has otherwise.
  func differences(in design: Self, _ rules: Rules) -> [FieldDifference]

  /// The same for the time that has passed since the first records of the epoch.
  func timingDifference(in design: Self, since origin: (model: Self, design: Self), _ rules: Rules) -> FieldDifference?
}

/// What records are compared in the order of.
public protocol CheckedStream: Hashable, Comparable, CustomStringConvertible {
  /// The stream of which this is a part, if it is one: a design that tells of some of that tells of all.
  var whole: Self { get }
}

extension CheckedStream {
  public var whole: Self { self }
}

extension CheckedRecord {
  public func shownLine(beside differences: [FieldDifference], isDesign: Bool, _ rules: Rules) -> String { shownLine }
}

/// A field that two records have differently.
public struct FieldDifference: Equatable, Sendable {
  /// As in "r1" or "addr".
  public let field: String
  /// "nothing" where the field is absent.
  public let model: String
  public let design: String
  /// What the design calls the field, when it has another name for it.
  public let signal: String?

  public init(_ field: String, model: String?, design: String?, signal: String? = nil) {
    self.field = field
    self.signal = signal
    self.model = model ?? "nothing"
    self.design = design ?? "nothing"
  }
}

extension String {
  /// A line of a log up to its semicolon.
  var withoutTiming: String { firstRange(of: " ;").map { String(self[..<$0.lowerBound]) } ?? self }
}
