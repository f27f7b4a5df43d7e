/// The atomic read-modify-write operations (RFC 9669 section 5.3), selected by the immediate of an atomic store.
///
/// Order of one instruction: read `old` (zero-extended), write ``newValue(operation:old:source:r0:size:)``, then give
/// `old` to ``fetchRegister(operation:source:)`` when the operation fetches. CMPXCHG writes memory in either outcome:
/// when the comparison fails it writes `old` back.
public enum AtomicOperation {
  @inlinable public static var fetch: Int32 { 0x01 }
  @inlinable public static var add: Int32 { 0x00 }
  @inlinable public static var or: Int32 { 0x40 }
  @inlinable public static var and: Int32 { 0x50 }
  @inlinable public static var xor: Int32 { 0xa0 }
  @inlinable public static var exchange: Int32 { 0xe1 }
  @inlinable public static var compareExchange: Int32 { 0xf1 }

  /// Whether section 5.3 defines the operation: ADD, OR, AND, XOR with or without FETCH, XCHG and CMPXCHG.
  @inlinable public static func isValid(_ operation: Int32) -> Bool {
    switch operation {
    case 0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, exchange, compareExchange: true
    default: false
    }
  }

  /// Whether the old value goes to a register.
  @inlinable public static func isFetch(_ operation: Int32) -> Bool { operation & fetch != 0 }
  @inlinable public static func isExchange(_ operation: Int32) -> Bool { operation == exchange }
  @inlinable public static func isCompareExchange(_ operation: Int32) -> Bool { operation == compareExchange }

  /// The register that receives the old value: r0 for CMPXCHG, the source for the other fetching operations, nil
  /// for those that do not fetch.
  @inlinable public static func fetchRegister(operation: Int32, source: UInt8) -> UInt8? {
    guard isFetch(operation) else { return nil }
    return isCompareExchange(operation) ? 0 : source
  }

  /// The value to store. For `size` 4 only the low 32 bits of every operand count and the result is zero-extended.
  /// An undefined operation returns `old`.
  @inlinable public static func newValue(
    operation: Int32, old: UInt64, source: UInt64, r0: UInt64, size: Int
  ) -> UInt64 {
    let mask: UInt64 = size == 4 ? 0xffff_ffff : .max
    let value =
      switch operation {
      case 0x00, 0x01: old &+ source
      case 0x40, 0x41: old | source
      case 0x50, 0x51: old & source
      case 0xa0, 0xa1: old ^ source
      case exchange: source
      case compareExchange: (old ^ r0) & mask == 0 ? source : old
      default: old
      }
    return value & mask
  }
}
