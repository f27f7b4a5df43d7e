import Diagnostics

/// Why a source was refused: where, what was found, what was expected. Its description is one line.
public struct AssemblyError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: UInt8, Sendable, CaseIterable {
    /// Text that no rule of the grammar takes.
    case syntax
    /// A number or a distance that its field cannot hold.
    case outOfRange
    /// A label that is missing, or is there twice.
    case badLabel
    /// Data, several sections, or whatever else only a full toolchain assembles; no fault of the source.
    case needsObjectFile
  }

  public let code: Code
  /// Line and column of the offending token, both from 1; columns count Unicode scalars.
  public private(set) var line = 1
  public private(set) var column = 1
  public let found: String
  public let expected: String
  /// The nearest known word.
  public let hint: String?
  /// Bytes before the offending token; `located` turns it into line and column.
  private let offset: Int

  init(_ code: Code = .syntax, at offset: Int, found: String, expected: String, hint: String? = nil) {
    self.code = code
    self.offset = offset
    self.found = found
    self.expected = expected
    self.hint = hint
  }

  static func needsObjectFile(_ what: Token) -> AssemblyError {
    AssemblyError(
      .needsObjectFile, at: what.offset, found: what.shown,
      expected: "instructions of one section (data and more sections take an object file, as clang makes it)")
  }

  func located(in source: [UInt8]) -> AssemblyError {
    var error = self
    let before = source.prefix(offset)
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    error.line = before.count { $0 == UInt8(ascii: "\n") } + 1
    error.column = before[lineStart...].count { $0 & 0xc0 != 0x80 } + 1
    return error
  }

  /// Found, expected and hint, without the place.
  public var message: String {
    "found \(found), expected \(expected)" + (hint.map { "; did you mean '\($0)'?" } ?? "")
  }

  public var description: String { "\(line):\(column): \(message)" }
}
