/// First and last DW byte enables, 4 bits each (PCI Express Base Specification 2.2.5). Bit n enables byte n of the
/// dword, counted from its lowest address.
public struct ByteEnables: Hashable, Sendable {
  public var first: UInt8
  /// Zero when the request is a single dword; its enables are then merged into `first`.
  public var last: UInt8

  @inlinable
  public init(first: UInt8, last: UInt8) {
    self.first = first
    self.last = last
  }

  /// The enables of `length` contiguous bytes at `address`. Length 0 gives no enables at all.
  @inlinable
  public static func of(address: UInt64, length: Int) -> ByteEnables {
    guard length > 0 else { return ByteEnables(first: 0, last: 0) }
    let offset = Int(address & 3)
    let end = offset + length
    let fromOffset = UInt8(truncatingIfNeeded: 0xf << offset) & 0xf
    let toEnd = UInt8(0xf) >> UInt8(3 - (end - 1) & 3)
    return end <= 4
      ? ByteEnables(first: fromOffset & toEnd, last: 0) : ByteEnables(first: fromOffset, last: toEnd)
  }

  /// Dwords that `length` bytes at `address` touch; 1 for a zero-length request.
  @inlinable
  public static func lengthDW(address: UInt64, length: Int) -> Int {
    max(1, (Int(address & 3) + length + 3) / 4)
  }

  /// Offset of the first enabled byte in the first dword, 0...3; 0 when none is (2.3.1.1, Lower Address table).
  @inlinable
  public static func firstByteOffset(fromFirst first: UInt8) -> Int {
    first & 0xf == 0 ? 0 : first.trailingZeroBitCount
  }

  /// Bytes from the first to the last enabled one, gaps included, and 1 when none is enabled (2.3.1.1, table
  /// "Calculating Byte Count from Length and Byte Enables").
  @inlinable
  public static func byteCount(fromFirst first: UInt8, last: UInt8, lengthDW: Int) -> Int {
    let final = lengthDW == 1 ? first & 0xf : last & 0xf
    if lengthDW == 1 && final == 0 { return 1 }
    let unusedAtEnd = final == 0 ? 0 : (final << 4).leadingZeroBitCount
    return lengthDW * 4 - firstByteOffset(fromFirst: first) - unusedAtEnd
  }

  /// Whether a memory request of `lengthDW` at `address` may carry `first` and `last`: one dword has no last enables
  /// and any first ones; two dwords in one aligned quadword may have gaps; all others enable a contiguous run (2.2.5).
  @inlinable
  public static func areLegal(first: UInt8, last: UInt8, lengthDW: Int, address: UInt64) -> Bool {
    if lengthDW == 1 { return last == 0 }
    if first == 0 || last == 0 { return false }
    if lengthDW == 2 && address & 7 == 0 { return true }
    // A run that reaches the upper end of the first dword, and one that starts at the lower end of the last.
    return (first | first << 1) & 0xf == first && last & (last &+ 1) == 0
  }
}
