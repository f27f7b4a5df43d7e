import Logs

/// Reads the records of a commit log, one after the other. Empty lines and those that begin with `#` are comments.
public struct CommitLogReader {
  private var lines: LogLines
  /// The line that was read last, from 1; 0 at the start.
  public var line: Int { lines.number }

  /// - Parameter text: the bytes of the whole log
  public init(_ text: [UInt8]) { lines = LogLines(text) }

  /// The next record, nil at the end of the log.
  /// - Throws: `LogLineError` for a line that is neither a record nor a comment; reading can go on behind it.
  public mutating func record() throws(LogLineError) -> CommitRecord? {
    guard let bytes = lines.line() else { return nil }
    var parser = CommitLineParser(bytes, line: line)
    return try parser.record()
  }
}
