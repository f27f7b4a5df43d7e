import Logs

/// Reads the records of a TLP log of either form, one after the other. Empty lines, those that begin with `#` and the
/// object at the head of JSON lines are comments.
public struct TLPLogReader {
  private var lines: LogLines
  /// The line that was read last, from 1; 0 at the start.
  public var line: Int { lines.number }

  /// - Parameter text: the bytes of the whole log
  public init(_ text: [UInt8]) { lines = LogLines(text) }

  /// The next record, nil at the end of the log.
  /// - Throws: `LogLineError` for a line that is neither a record nor a comment; reading can go on behind it.
  public mutating func record() throws(LogLineError) -> TLPLogRecord? {
    while let bytes = lines.line() {
      if bytes.starts(with: "{\"log\":") { continue }
      var parser = TLPLogParser(bytes, number: line)
      return try parser.record()
    }
    return nil
  }
}

extension TLPLogRecord {
  /// Reads one line of a TLP log, of either form. A line without timing gives zeros.
  /// - Parameter number: of the line in its log, for errors
  /// - Throws: `LogLineError`, which says in which line and column, what was found and what was expected
  public init(line: String, number: Int = 1) throws(LogLineError) {
    var parser = TLPLogParser(Array(line.utf8)[...], number: number)
    self = try parser.record()
  }
}
