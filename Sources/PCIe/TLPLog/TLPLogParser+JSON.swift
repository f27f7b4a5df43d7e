import Logs

// The JSON form: an object of strings, numbers and flags, which holds one more object, the timing. Strings have no
// escapes: nothing that a log names needs any.
extension TLPLogParser {
  mutating func scanObject() throws(LogLineError) {
    var scanner = JSONScanner(line: line)
    try scan(&scanner, isTiming: false)
    try scanner.expectEnd()
  }

  private mutating func scan(_ scanner: inout JSONScanner, isTiming: Bool) throws(LogLineError) {
    try scanner.expect("{")
    if scanner.accept("}") { return }
    repeat {
      let name = try scanner.string()
      try scanner.expect(":")
      if !isTiming && name.spells("timing") {
        try scan(&scanner, isTiming: true)
        continue
      }
      let value = try scanner.value()
      if let key = TLPLogKey.allCases.first(where: { $0.isTiming == isTiming && $0.isNamed(name, in: .jsonLines) }) {
        try note(key, value)
      } else if !isTiming {
        throw line.refused(name, TLPLogParser.jsonKeys)
      }
    } while scanner.accept(",")
    try scanner.expect("}")
  }

  private static let jsonKeys =
    "one of "
    + TLPLogKey.allCases.filter { !$0.isTiming }.map { $0.name(in: .jsonLines) }.joined(separator: " ")
    + " \"timing\""
}

private struct JSONScanner {
  let line: LogLine
  private var next: Int

  init(line: LogLine) {
    self.line = line
    next = line.text.startIndex
  }

  mutating func accept(_ mark: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next < line.text.endIndex, line.text[next] == UInt8(ascii: mark) else { return false }
    next += 1
    return true
  }

  mutating func expect(_ mark: Unicode.Scalar) throws(LogLineError) {
    guard accept(mark) else { throw unexpected("'\(mark)'") }
  }

  mutating func expectEnd() throws(LogLineError) {
    skipBlanks()
    guard next == line.text.endIndex else { throw unexpected("the end of the line") }
  }

  /// What stands between quotes.
  mutating func string() throws(LogLineError) -> LogLine.Token {
    try expect("\"")
    let start = next
    while next < line.text.endIndex, line.text[next] != UInt8(ascii: "\"") {
      guard line.text[next] != UInt8(ascii: "\\") else { throw unexpected("no escapes") }
      next += 1
    }
    guard next < line.text.endIndex else { throw line.missing("'\"'") }
    next += 1
    return line.text[start..<next - 1]
  }

  mutating func value() throws(LogLineError) -> LogLine.Token {
    skipBlanks()
    if next < line.text.endIndex, line.text[next] == UInt8(ascii: "\"") { return try string() }
    let word = rest
    guard word.allSatisfy({ $0.isWordByte }), !word.isEmpty else {
      throw unexpected("a string, a number, true or false")
    }
    next = word.endIndex
    return word
  }

  /// Up to where a value can end.
  private var rest: LogLine.Token {
    line.text[next...].prefix { !$0.isBlank && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
  }

  private mutating func skipBlanks() {
    while next < line.text.endIndex, line.text[next].isBlank { next += 1 }
  }

  private func unexpected(_ expected: String) -> LogLineError {
    if next == line.text.endIndex { return line.missing(expected) }
    return line.refused(rest.isEmpty ? line.text[next..<next + 1] : rest, expected)
  }
}

extension UInt8 {
  /// Of a number, `true` or `false`.
  fileprivate var isWordByte: Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
  }
}
