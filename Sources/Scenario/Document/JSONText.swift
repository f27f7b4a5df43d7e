import Measure

/// A JSON text to write: keys stay in the order given, so that generated files are the same every time.
indirect enum JSONText {
  case flag(Bool)
  case number(UInt64)
  /// Finite; written with six decimals.
  case real(Double)
  case text(String)
  case list([JSONText])
  case object([(String, JSONText)])

  /// The text, indented by two spaces a level; lists of plain values stay on one line.
  func formatted(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .flag(let flag): return "\(flag)"
    case .number(let number): return "\(number)"
    case .real(let real): return real.fixed(6)
    case .text(let text): return JSONText.quote(text)
    case .list(let items) where items.allSatisfy(\.isPlain):
      return "[" + items.map { $0.formatted() }.joined(separator: ", ") + "]"
    case .list(let items):
      return "[\n" + items.map { inner + $0.formatted(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let members) where members.isEmpty: return "{}"
    case .object(let members):
      let lines = members.map { inner + JSONText.quote($0.0) + ": " + $0.1.formatted(indent: inner) }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
  }

  private var isPlain: Bool {
    switch self {
    case .list, .object: false
    default: true
    }
  }

  private static func quote(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\" + String(scalar)
      case "\n": quoted += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension JSONText: ExpressibleByStringLiteral {
  init(stringLiteral text: String) { self = .text(text) }
}

extension JSONText: ExpressibleByDictionaryLiteral {
  init(dictionaryLiteral members: (String, JSONText)...) { self = .object(members) }
}

extension JSONText: ExpressibleByArrayLiteral {
  init(arrayLiteral items: JSONText...) { self = .list(items) }
}
