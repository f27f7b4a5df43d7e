import Diagnostics

/// A word of the source, and where it begins.
struct Token: Hashable {
  enum Kind {
    /// A name, register, mnemonic or directive.
    case word
    /// Whatever begins with a digit.
    case number
    /// Text in double quotes, which `text` leaves out.
    case string
    /// An operator or bracket.
    case symbol
    case endOfLine
  }

  let kind: Kind
  let text: String
  /// Bytes of the source before it.
  let offset: Int

  func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
  func isWord(_ word: String) -> Bool { kind == .word && text == word }

  /// As error messages show it.
  var shown: String {
    switch kind {
    case .endOfLine: "the end of the line"
    case .string: text.quoted
    default: "'\(text.oneLine)'"
    }
  }
}
