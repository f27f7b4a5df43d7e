/// A name both formats can carry: VCD separates words by white space, FST ends names with a NUL byte, so these and
/// other control characters become `_`, and an empty name becomes one `_`.
func printableName(_ name: String) -> String {
  if name.isEmpty { return "_" }
  return String(decoding: name.utf8.map { $0 > 0x20 && $0 != 0x7F ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
}

/// Text both formats can carry in a comment: one line, without control characters.
func oneLine(_ text: String) -> String {
  String(decoding: text.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : UInt8(ascii: " ") }, as: UTF8.self)
}

/// The name of a variable as viewers expect it: vectors carry their bit range.
func variableName(_ name: String, width: Int) -> String {
  let name = printableName(name)
  return width <= 1 ? name : "\(name) [\(width - 1):0]"
}

/// The `width` low bits set; `width` is 1...64.
func bitMask(width: Int) -> UInt64 {
  UInt64.max >> UInt64(64 - width)
}

/// The `width` low bits of `value` as '0' and '1', most significant first.
func binaryDigits(_ value: UInt64, width: Int) -> String {
  String((0..<width).reversed().map { $0 < 64 && value >> UInt64($0) & 1 != 0 ? "1" : "0" })
}
