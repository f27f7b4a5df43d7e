/// The value of a signal at some time.
public enum WaveValue: Hashable, Sendable {
  /// Up to 64 bits, each 0 or 1.
  case bits(UInt64, width: Int)
  /// More than 64 bits, each 0 or 1, the most significant first; the last byte is filled up with zeros.
  case wide([UInt8], width: Int)
  /// One character a bit, at least one of them not 0 or 1, in lower case, the most significant first.
  case states(String)
  case real(Double)
  case text([UInt8])

  /// Binary digits or states, a decimal number, or the text.
  public var characters: String {
    switch self {
    case .bits(let bits, let width):
      return String((0..<width).reversed().map { bits >> UInt64($0) & 1 == 0 ? "0" : "1" })
    case .wide(let bytes, let width):
      return String((0..<width).map { bytes[$0 / 8] << UInt8($0 % 8) & 0x80 == 0 ? "0" : "1" })
    case .states(let states): return states
    case .real(let number): return "\(number)"
    case .text(let bytes): return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// As people read it: hexadecimal bits (`0x1f`; a digit of four equal states is that state, one of several is `?`
  /// as long as it is no number, and then the bits follow), a number, or quoted text.
  public var readable: String {
    switch self {
    case .bits(let bits, let width): return width == 1 ? "\(bits)" : "0x" + String(bits, radix: 16)
    case .wide: return "0x" + Self.hexDigits(characters).drop { $0 == "0" }.ifEmpty("0")
    case .states(let states):
      if states.utf8.count == 1 { return states }
      let digits = Self.hexDigits(states)
      return digits.contains("?") ? "0b" + states : "0x" + digits
    case .real(let number): return "\(number)"
    case .text(let bytes): return "\"" + String(decoding: bytes, as: UTF8.self) + "\""
    }
  }

  private static func hexDigits(_ states: String) -> String {
    let states = Array(states.utf8)
    var digits: [UInt8] = []
    var start = 0
    var end = states.count % 4 == 0 ? 4 : states.count % 4
    while start < states.count {
      let group = states[start..<min(end, states.count)]
      if let number = UInt8(String(decoding: group, as: UTF8.self), radix: 2) {
        digits.append(contentsOf: String(number, radix: 16).utf8)
      } else {
        digits.append(group.allSatisfy { $0 == group.first } ? group.first! : UInt8(ascii: "?"))
      }
      (start, end) = (end, end + 4)
    }
    return String(decoding: digits, as: UTF8.self)
  }
}

extension Substring {
  fileprivate func ifEmpty(_ other: String) -> String { isEmpty ? other : String(self) }
}
