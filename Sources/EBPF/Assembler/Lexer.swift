import Diagnostics

/// Cuts a source into tokens, line by line. Comments run from `#`, `;` or `//` to the end of the line, or between
/// `/*` and `*/`.
struct Lexer {
  struct Line {
    /// At least one: the last is the end of the line.
    var tokens: [Token] = []
    /// Where the text behind a `;` begins.
    var remark: Int?
  }

  /// Longest first, so that `s>>=` is not taken for `s>`.
  private static let operators: [[UInt8]] = [
    "s>>=", "<<=", ">>=", "s/=", "s%=", "s>=", "s<=", "s>", "s<", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "==",
    "!=", ">=", "<=", "=", "+", "-", "*", "&", "|", "<", ">", "(", ")", "[", "]", ",", ":",
  ].map { Array($0.utf8) }

  private let source: [UInt8]
  private var offset: Int

  init(_ source: [UInt8], from offset: Int = 0) {
    self.source = source
    self.offset = offset
  }

  /// The next line, nil behind the last.
  mutating func line() throws(AssemblyError) -> Line? {
    guard offset < source.count else { return nil }
    var line = Line()
    while let byte = peek(), byte != UInt8(ascii: "\n") {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
      case UInt8(ascii: ";"):
        line.tokens.append(endOfLine)
        line.remark = offset + 1
        skipLine()
        return line
      case UInt8(ascii: "#"),
        UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
        line.tokens.append(endOfLine)
        skipLine()
        return line
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): try skipBlockComment()
      default: line.tokens.append(try token(byte))
      }
    }
    line.tokens.append(endOfLine)
    offset += 1
    return line
  }

  private var endOfLine: Token { Token(kind: .endOfLine, text: "", offset: offset) }

  private func peek(_ distance: Int = 0) -> UInt8? {
    source.indices.contains(offset + distance) ? source[offset + distance] : nil
  }

  private mutating func skipLine() {
    while let byte = peek(), byte != UInt8(ascii: "\n") { offset += 1 }
    offset += 1
  }

  /// The line goes on behind the comment, even when that is further down.
  private mutating func skipBlockComment() throws(AssemblyError) {
    let start = offset
    offset += 2
    while peek() != UInt8(ascii: "*") || peek(1) != UInt8(ascii: "/") {
      guard peek() != nil else {
        throw AssemblyError(at: start, found: "a comment without end", expected: "'*/' behind it")
      }
      offset += 1
    }
    offset += 2
  }

  private mutating func token(_ first: UInt8) throws(AssemblyError) -> Token {
    if first == UInt8(ascii: "s") || !first.isWordByte,
      let symbol = Self.operators.first(where: { source[offset...].starts(with: $0) })
    {
      return take(symbol.count, .symbol)
    }
    // `%r1` is a register.
    let start = first == UInt8(ascii: "%") ? 1 : 0
    let length = start + source[(offset + start)...].prefix { $0.isWordByte }.count
    if length > start { return take(length, first.isDigit ? .number : .word) }
    if first == UInt8(ascii: "\"") { return try string() }
    let character = String(decoding: source[offset...].prefix(4), as: UTF8.self).prefix(1)
    throw AssemblyError(
      at: offset, found: "'\(String(character).oneLine)'", expected: "an instruction, label or directive")
  }

  private mutating func take(_ length: Int, _ kind: Token.Kind) -> Token {
    defer { offset += length }
    return Token(kind: kind, text: String(decoding: source[offset..<offset + length], as: UTF8.self), offset: offset)
  }

  private mutating func string() throws(AssemblyError) -> Token {
    let start = offset
    offset += 1
    while let byte = peek(), byte != UInt8(ascii: "\"") {
      guard byte != UInt8(ascii: "\n") else { break }
      offset += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard peek() == UInt8(ascii: "\"") else {
      throw AssemblyError(at: start, found: "a text without end", expected: "'\"' behind it, on the same line")
    }
    offset += 1
    return Token(
      kind: .string, text: String(decoding: source[(start + 1)..<(offset - 1)], as: UTF8.self), offset: start)
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  /// A byte of a name, number or directive.
  var isWordByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: "$"), UInt8(ascii: "@"):
      true
    default: isDigit
    }
  }
}
