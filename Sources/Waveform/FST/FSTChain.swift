/// The encoded value changes of one signal within one section, in the form that the file has them before packing.
///
/// An entry is a variable-length integer followed by value bytes. Steps count the entries of the section's time table.
/// - one bit: `(steps since the last entry << 2) | (bit << 1)`, no bytes; for a bit that is neither 0 nor 1,
///   `(steps << 4) | (code << 1) | 1`;
/// - wider: `steps << 1`, then the value left-aligned in whole bytes, most significant first; for a value with bits that
///   are neither 0 nor 1, `(steps << 1) | 1`, then a character for each bit;
/// - real: `(steps << 1) | 1`, then eight bytes in the writer's order;
/// - text: `steps << 1`, its length as a variable-length integer, then the text.
struct FSTChain {
  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private(set) var capacity: Int
  /// The step of the latest entry.
  var lastStep: UInt32 = 0

  /// Most signals of a large design rarely change.
  private static let initialCapacity = 64

  init() {
    capacity = Self.initialCapacity
    base = .allocate(capacity: capacity)
  }

  /// Where the next entry goes, with room for `bytes` more.
  mutating func reserve(_ bytes: Int) -> UnsafeMutablePointer<UInt8> {
    if count + bytes > capacity { resize(to: max(capacity * 2, count + bytes)) }
    return base + count
  }

  /// Ends at `end`, which is behind the entries that were stored.
  mutating func commit(_ end: UnsafeMutablePointer<UInt8>) {
    count = end - base
  }

  /// Starts again with no entries.
  mutating func removeAll() {
    count = 0
    lastStep = 0
  }

  /// Gives back the memory of an empty chain.
  mutating func shrink() {
    if capacity > Self.initialCapacity { resize(to: Self.initialCapacity) }
  }

  func deallocate() {
    base.deallocate()
  }

  private mutating func resize(to newCapacity: Int) {
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    moved.update(from: base, count: count)
    base.deallocate()
    base = moved
    capacity = newCapacity
  }
}

/// Stores `value` as unsigned LEB128 in up to five bytes at `position`, and moves it behind them.
@inline(__always)
func storeVarint(_ value: UInt32, at position: inout UnsafeMutablePointer<UInt8>) {
  var rest = value
  while rest > 0x7F {
    position.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
    position += 1
    rest &>>= 7
  }
  position.pointee = UInt8(truncatingIfNeeded: rest)
  position += 1
}
