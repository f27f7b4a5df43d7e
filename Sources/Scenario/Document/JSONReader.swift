import Diagnostics

/// A strict JSON reader (RFC 8259) for scenario texts.
///
/// Why our own: the positions and paths of values are the user interface of every later message, numbers must stay
/// exact beyond 2^53, and duplicate keys must be refused. Foundation's readers lose all three, and cost more time to
/// load than a whole scenario takes to read.
package struct JSONReader {
  /// Far more than a scenario needs, and far less than the stack holds.
  static let depthLimit = 64

  private let bytes: [UInt8]
  private var at = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads one JSON text.
  package static func read(_ bytes: [UInt8]) throws(ScenarioError) -> JSONValue {
    if let bad = firstInvalidUTF8(bytes) {
      throw ScenarioError(path: nil, offset: bad, found: "a byte that is not UTF-8", expected: "JSON text in UTF-8")
    }
    var reader = JSONReader(bytes)
    // A byte order mark is noise that some editors leave.
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { reader.at = 3 }
    let value = try reader.value(path: "$", depth: 0)
    reader.skipSpace()
    guard reader.at == bytes.count else { throw reader.unexpected("the end of the text") }
    return value
  }

  private static func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    var decoder = UTF8()
    var source = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&source) { offset += UTF8.width(scalar) }
    return offset
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
  }

  /// Takes `character` when it is next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  /// A syntax error here; a word or one character is what was found.
  private func unexpected(_ expected: String) -> ScenarioError {
    guard at < bytes.count else {
      return ScenarioError(path: nil, offset: at, found: "the end of the text", expected: expected)
    }
    let word = bytes[at...].prefix(40).prefix { $0.isNameByte }
    let found =
      word.isEmpty
      ? String(String(decoding: bytes[at...].prefix(8), as: UTF8.self).unicodeScalars.first!)
      : String(decoding: word, as: UTF8.self)
    return ScenarioError(path: nil, offset: at, found: found.quoted, expected: expected)
  }

  private mutating func value(path: String, depth: Int) throws(ScenarioError) -> JSONValue {
    skipSpace()
    let start = at
    guard depth < JSONReader.depthLimit else {
      throw ScenarioError(
        path: nil, offset: at, found: "a value nested \(depth + 1) deep",
        expected: "at most \(JSONReader.depthLimit) levels")
    }
    let content: JSONValue.Content
    switch peek {
    case UInt8(ascii: "{"): content = try object(path: path, depth: depth)
    case UInt8(ascii: "["): content = try list(path: path, depth: depth)
    case UInt8(ascii: "\""): content = .text(try string())
    case let byte? where byte.isDigit || byte == UInt8(ascii: "-"): content = .number(try number())
    default: content = try word()
    }
    return JSONValue(content: content, path: path, offset: start)
  }

  private mutating func word() throws(ScenarioError) -> JSONValue.Content {
    let word = bytes[at...].prefix(8).prefix { $0.isNameByte }
    let content: JSONValue.Content
    switch String(decoding: word, as: UTF8.self) {
    case "true": content = .flag(true)
    case "false": content = .flag(false)
    case "null": content = .null
    default: throw unexpected("a JSON value")
    }
    at += word.count
    return content
  }

  private mutating func object(path: String, depth: Int) throws(ScenarioError) -> JSONValue.Content {
    at += 1
    var members: [JSONMember] = []
    var names: Set<String> = []
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      let start = at
      guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
      let name = try string()
      guard names.insert(name).inserted else {
        throw ScenarioError(
          path: JSONValue.path(path, name), offset: start, found: "the key \(name.quoted) a second time",
          expected: "each key once")
      }
      skipSpace()
      guard take(":") else { throw unexpected("\":\" after the key") }
      members.append(
        JSONMember(name: name, offset: start, value: try value(path: JSONValue.path(path, name), depth: depth + 1)))
      skipSpace()
    } while take(",")
    guard take("}") else { throw unexpected("\",\" or \"}\"") }
    return .object(members)
  }

  private mutating func list(path: String, depth: Int) throws(ScenarioError) -> JSONValue.Content {
    at += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .list([]) }
    repeat {
      values.append(try value(path: "\(path)[\(values.count)]", depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw unexpected("\",\" or \"]\"") }
    return .list(values)
  }

  private mutating func number() throws(ScenarioError) -> String {
    let start = at
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    if let byte = peek, byte.isNameByte || byte == UInt8(ascii: ".") { throw unexpected("the end of the number") }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func digits() throws(ScenarioError) {
    guard let byte = peek, byte.isDigit else { throw unexpected("a digit") }
    while let byte = peek, byte.isDigit { at += 1 }
  }

  private mutating func string() throws(ScenarioError) -> String {
    let start = at
    at += 1
    var text: [UInt8] = []
    while true {
      let run = bytes[at...].prefix { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      text.append(contentsOf: run)
      at += run.count
      if take("\"") { return String(decoding: text, as: UTF8.self) }
      guard take("\\") else {
        guard peek == nil else { throw unexpected("control characters in a string written as \\n or \\u000a") }
        throw ScenarioError(
          path: nil, offset: start, found: "a string without its end", expected: "a closing double quote")
      }
      text.append(contentsOf: String(try escape()).utf8)
    }
  }

  private mutating func escape() throws(ScenarioError) -> Unicode.Scalar {
    let simple: [UInt8: Unicode.Scalar] = [
      UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
      UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]
    if take("u") { return try unicodeEscape() }
    guard let byte = peek, let scalar = simple[byte] else {
      throw unexpected("one of \" \\ / b f n r t u after a backslash")
    }
    at += 1
    return scalar
  }

  private mutating func unicodeEscape() throws(ScenarioError) -> Unicode.Scalar {
    let start = at - 2
    let unit = try hexUnit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if (0xd800..<0xdc00).contains(unit), take("\\"), take("u") {
      let low = try hexUnit()
      if (0xdc00..<0xe000).contains(low), let pair = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + low - 0xdc00) {
        return pair
      }
    }
    throw ScenarioError(path: nil, offset: start, found: "half of a surrogate pair", expected: "both halves")
  }

  private mutating func hexUnit() throws(ScenarioError) -> UInt32 {
    let digits = bytes[at...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ $0.isDigit || $0.isLetter }),
      let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw unexpected("four hexadecimal digits") }
    at += 4
    return unit
  }
}
