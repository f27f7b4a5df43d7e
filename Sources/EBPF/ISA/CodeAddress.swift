/// Addresses of instructions, as programs hold them in registers and data: what a pointer to a function is.
///
/// Code lies outside of every memory that a program may load from or store to; CALLX alone follows such an address.
public enum CodeAddress {
  /// The address of slot 0 of the text.
  public static let base: UInt64 = 0x0400_0000

  public static func address(ofSlot slot: Int) -> UInt64 { base &+ 8 &* UInt64(slot) }

  /// The slot at `address`, or nil when it is not that of one of the `count` slots of a text.
  public static func slot(at address: UInt64, count: Int) -> Int? {
    let offset = address &- base
    guard offset % 8 == 0, offset / 8 < UInt64(count) else { return nil }
    return Int(offset / 8)
  }
}
