extension String {
  /// Quoted as JSON, on one line, cut after 60 characters: for messages.
  public var quoted: String { "\"" + oneLine + "\"" }

  /// Control characters and quotes escaped, cut after 60 characters: for messages and paths.
  public var oneLine: String { escaped(limit: 60, quotes: true) }

  /// Control characters escaped, cut after 400 characters: for messages that others wrote.
  public var oneMessage: String { escaped(limit: 400, quotes: false) }

  private func escaped(limit: Int, quotes: Bool) -> String {
    var text = ""
    var count = 0
    for scalar in unicodeScalars {
      guard count < limit else { return text + "…" }
      count += 1
      switch scalar {
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\"" where quotes, "\\" where quotes: text += "\\" + String(scalar)
      case _
      where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .lineSeparator
        || scalar.properties.generalCategory == .paragraphSeparator:
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
