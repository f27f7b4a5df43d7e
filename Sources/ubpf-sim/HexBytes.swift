/// Bytes as pairs of hexadecimal digits, with white space between them or not.
enum HexBytes {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static func parse(_ text: String, what: String) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for (place, character) in text.enumerated() where !character.isWhitespace {
      guard character.isASCII, let digit = character.hexDigitValue.map(UInt8.init) else {
        let found = character.isASCII ? "\"\(character)\"" : "a character"
        throw Failure(description: "\(what): found \(found) at character \(place + 1), expected hexadecimal bytes")
      }
      if let first = high { bytes.append(first << 4 | digit) }
      high = high == nil ? digit : nil
    }
    guard high == nil else {
      throw Failure(description: "\(what): found an odd number of digits, expected hexadecimal bytes")
    }
    return bytes
  }
}
