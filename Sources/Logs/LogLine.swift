/// A line of a log that is read from left to right: first what happened, then, behind a semicolon, when.
package struct LogLine {
  /// The bytes between blanks.
  package typealias Token = ArraySlice<UInt8>

  package let text: ArraySlice<UInt8>
  private let number: Int
  /// The next byte to read, and where the part that is being read ends.
  package private(set) var next: Int
  package private(set) var end: Int

  /// - Parameters:
  ///   - text: without a line feed
  ///   - number: of the line in the log, for errors
  ///   - isDivided: whether a semicolon has a meaning
  package init(_ text: ArraySlice<UInt8>, number: Int, isDivided: Bool = true) {
    self.text = text
    self.number = number
    next = text.startIndex
    end = isDivided ? text.firstIndex(of: UInt8(ascii: ";")) ?? text.endIndex : text.endIndex
  }

  /// The next token, nil at the end of the part.
  package mutating func token() -> Token? {
    while next < end, text[next].isBlank { next += 1 }
    let start = next
    while next < end, !text[next].isBlank { next += 1 }
    return start == next ? nil : text[start..<next]
  }

  /// Goes on behind the semicolon.
  package mutating func enterTiming() {
    next = min(end + 1, text.endIndex)
    end = text.endIndex
  }

  package func refused(_ token: Token, _ expected: String) -> LogLineError {
    let shown = token.prefix(40).map { (0x20..<0x7f).contains($0) ? Character(Unicode.Scalar($0)) : "?" }
    return LogLineError(
      line: number, column: token.startIndex - text.startIndex + 1,
      found: token.isEmpty ? "nothing" : "'\(String(shown))'", expected: expected)
  }

  /// Nothing more stands in the part that is being read.
  package func missing(_ expected: String) -> LogLineError {
    LogLineError(
      line: number, column: end - text.startIndex + 1, found: end == text.endIndex ? "the end of the line" : "';'",
      expected: expected)
  }
}

/// The lines of a log without the empty ones and those that begin with `#`, which are comments.
package struct LogLines {
  private let text: [UInt8]
  private var next = 0
  /// The line that was read last, from 1; 0 at the start.
  package private(set) var number = 0

  package init(_ text: [UInt8]) { self.text = text }

  /// Nil at the end of the log.
  package mutating func line() -> ArraySlice<UInt8>? {
    while next < text.count {
      let end = text[next...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
      let bytes = text[next..<end]
      next = end + 1
      number += 1
      if let first = bytes.first(where: { !$0.isBlank }), first != UInt8(ascii: "#") { return bytes }
    }
    return nil
  }
}
