/// Nearest-name suggestions.
enum Spelling {
  /// The known name within a few typing errors of `word`, or nil.
  static func nearest(to word: String, in known: [String]) -> String? {
    let typed = Array(word.lowercased().utf8)
    // Nobody mistypes a name this long; the bound keeps the quadratic search small for hostile input.
    guard (1...64).contains(typed.count) else { return nil }
    let ranked = known.map { (name: $0, distance: distance(typed, Array($0.lowercased().utf8))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, typed.count / 3) ? best.name : nil
  }

  /// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}

extension String {
  /// Quoted as JSON, on one line, cut after 60 characters: for messages.
  var quoted: String { "\"" + oneLine + "\"" }

  /// Control characters and quotes escaped, cut after 60 characters: for messages and paths.
  var oneLine: String { escaped(limit: 60, quotes: true) }

  /// Control characters escaped, cut after 400 characters: for messages that others wrote.
  var oneMessage: String { escaped(limit: 400, quotes: false) }

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
