// Pieces of a line as numbers and words.
extension UInt8 {
  /// Carriage returns count: some benches end their lines with one.
  package var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r") }
}

extension ArraySlice<UInt8> {
  package func starts(with prefix: StaticString) -> Bool {
    prefix.withUTF8Buffer { starts(with: $0) }
  }

  package func spells(_ word: StaticString) -> Bool { count == word.utf8CodeUnitCount && starts(with: word) }

  /// Nil for anything but 64 bits of decimal digits.
  package var decimal: UInt64? {
    if isEmpty { return nil }
    var value: UInt64 = 0
    for byte in self {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
      guard !overflow && !carry else { return nil }
      value = sum
    }
    return value
  }

  /// Nil for anything but `0x` and 1 to 16 digits.
  package var hexadecimal: UInt64? {
    starts(with: "0x") || starts(with: "0X") ? dropFirst(2).hexDigits : nil
  }

  /// Nil for anything but 1 to 16 hexadecimal digits.
  package var hexDigits: UInt64? {
    guard (1...16).contains(count) else { return nil }
    var value: UInt64 = 0
    for byte in self {
      let decimal = byte &- UInt8(ascii: "0"), letter = (byte | 0x20) &- UInt8(ascii: "a")
      guard decimal < 10 || letter < 6 else { return nil }
      value = value << 4 | UInt64(decimal < 10 ? decimal : letter + 10)
    }
    return value
  }
}
