/// Reads the records of a commit log, one after the other. Empty lines and those that begin with `#` are comments.
public struct CommitLogReader {
  private let text: [UInt8]
  private var next = 0
  /// The line that was read last, from 1; 0 at the start.
  public private(set) var line = 0

  /// - Parameter text: the bytes of the whole log
  public init(_ text: [UInt8]) { self.text = text }

  /// The next record, nil at the end of the log.
  /// - Throws: `CommitLogError` for a line that is neither a record nor a comment; reading can go on behind it.
  public mutating func record() throws(CommitLogError) -> CommitRecord? {
    while next < text.count {
      let end = text[next...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
      let bytes = text[next..<end]
      next = end + 1
      line += 1
      guard let first = bytes.first(where: { !$0.isBlank }), first != UInt8(ascii: "#") else { continue }
      var parser = CommitLineParser(bytes, line: line)
      return try parser.record()
    }
    return nil
  }
}
