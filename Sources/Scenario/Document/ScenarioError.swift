import Diagnostics

/// A refused scenario: where, what was found, and what was expected. Its description is one line.
public struct ScenarioError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The scenario file as the caller named it.
  public internal(set) var file: String = ""
  /// Line and column, both from 1; nil when the file as a whole is refused.
  public internal(set) var line: Int?
  public internal(set) var column: Int?
  /// The JSON path of the refused value, as in `$.steps[2].load_data`; nil for syntax errors.
  public let path: String?
  public let found: String
  public let expected: String
  /// Advice, as in `did you mean "page_size"?`.
  public let hint: String?
  /// Bytes before the refused value; `located` turns it into line and column.
  var offset: Int?
  private let isUnknownKey: Bool

  init(path: String?, offset: Int?, found: String, expected: String, hint: String? = nil) {
    self.path = path
    self.offset = offset
    self.found = found
    self.expected = expected
    self.hint = hint
    isUnknownKey = false
  }

  /// A key that its object does not know.
  init(unknownKey key: String, path: String, offset: Int, known: [String]) {
    self.path = path
    self.offset = offset
    found = "unknown key \(key.quoted)"
    expected = "known keys: " + (known.isEmpty ? "none" : known.joined(separator: ", "))
    hint = Spelling.nearest(to: key, in: known).map { "did you mean \"\($0)\"?" }
    isUnknownKey = true
  }

  /// The same error with its file, and with line and column (in Unicode scalars) counted in `text`.
  package func located(in file: String, text: [UInt8] = []) -> ScenarioError {
    var error = self
    error.file = file
    guard let offset else { return error }
    let before = text.prefix(offset)
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    error.line = before.count { $0 == UInt8(ascii: "\n") } + 1
    error.column = before[lineStart...].count { $0 & 0xc0 != 0x80 } + 1
    error.offset = nil
    return error
  }

  /// Found, expected and hint, without the place.
  public var message: String {
    guard isUnknownKey else { return "found \(found), expected \(expected)" + (hint.map { "; \($0)" } ?? "") }
    return "\(found); " + (hint.map { "\($0) " } ?? "") + expected
  }

  public var description: String {
    let position = line.map { ":\($0):\(column ?? 1)" } ?? ""
    return file.oneMessage + position + ": " + (path.map { $0 + ": " } ?? "") + message
  }
}
