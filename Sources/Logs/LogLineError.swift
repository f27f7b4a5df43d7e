/// A line of a log that cannot be read: where, what was found, and what was expected.
public struct LogLineError: Error, Equatable, Sendable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  /// In bytes, from 1; one past the last of the line when something is missing there.
  public let column: Int
  public let found: String
  public let expected: String

  public var description: String { "\(line):\(column): found \(found), expected \(expected)" }
}
