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
    for digit in first..<digits.count { append(digits[digit]) }
  }

  /// In lower case, without a prefix.
  /// - Parameter digits: at least so many of them, 1...16
  package mutating func append(hex value: UInt64, digits: Int = 1) {
    let significant = (UInt64.bitWidth - value.leadingZeroBitCount + 3) / 4
    var digit = Swift.max(digits, significant)
    while digit > 0 {
      digit -= 1
      let nibble = UInt8(truncatingIfNeeded: value >> (4 * digit)) & 15
      append(nibble + (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
    }
  }
}
