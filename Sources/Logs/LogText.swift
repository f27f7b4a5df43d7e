// Numbers and words as bytes of a log. A string for each would cost more than the simulation of the instruction.
extension [UInt8] {
  @inline(__always) package mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  package mutating func append(decimal value: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = digits.count, rest = value
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest != 0
    digits.span.extracting(first...).withUnsafeBufferPointer { append(contentsOf: $0) }
  }

  /// In lower case, without a prefix.
  /// - Parameter digits: at least so many of them, 1...16
  package mutating func append(hex value: UInt64, digits: Int = 1) {
    var text = InlineArray<16, UInt8>(repeating: 0)
    let significant = (UInt64.bitWidth - value.leadingZeroBitCount + 3) / 4
    let first = text.count - Swift.max(digits, significant)
    var rest = value
    for digit in (first..<text.count).reversed() {
      let nibble = UInt8(truncatingIfNeeded: rest & 15)
      text[digit] = nibble + (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
      rest >>= 4
    }
    text.span.extracting(first...).withUnsafeBufferPointer { append(contentsOf: $0) }
  }

  /// As a JSON string, quotes included.
  package mutating func append(json string: String) {
    append("\"")
    var string = string
    string.withUTF8 { text in
      // Almost always the whole string at once.
      if text.contains(where: { $0.isEscapedInJSON }) {
        for byte in text { append(escaped: byte) }
      } else {
        append(contentsOf: text)
      }
    }
    append("\"")
  }

  private mutating func append(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      append(UInt8(ascii: "\\"))
      append(byte)
    case ..<0x20:
      append("\\u")
      append(hex: UInt64(byte), digits: 4)
    default: append(byte)
    }
  }
}

extension UInt8 {
  fileprivate var isEscapedInJSON: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}
