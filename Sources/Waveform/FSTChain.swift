/// The encoded value changes of one signal within one section, and all that encoding needs to know about the signal.
///
/// An entry is a variable-length integer followed by value bytes. Steps count the entries of the section's time table.
/// - one bit: `(steps since the last entry << 2) | (bit << 1)`, no bytes;
/// - wider: `steps << 1`, then the value left-aligned in whole bytes, most significant first.
///
/// Both are produced by the same instructions, without a branch on the width: masks and shifts that differ per signal
/// are stored, and a one-bit signal has zero value bytes. A record is 32 bytes, so that two share a cache line.
@usableFromInline
struct FSTChain {
  /// Where the next entry goes.
  @usableFromInline var cursor: UnsafeMutablePointer<UInt8>
  /// Beyond this the next entry might not fit.
  @usableFromInline var limit: UnsafeMutablePointer<UInt8>
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  /// The step of the latest entry.
  @usableFromInline var lastStep: UInt32 = 0
  /// How far the step difference is shifted.
  @usableFromInline let stepShift: UInt8
  /// The bit of the first byte that holds the value's lowest bit; zero for wide signals.
  @usableFromInline let bitMask: UInt8
  /// How far the value is shifted so that its highest bit is bit 63.
  @usableFromInline let valueShift: UInt8
  /// How many value bytes follow.
  @usableFromInline let byteCount: UInt8

  /// Capacity of a chain that has not grown yet: most signals of a large design rarely change.
  static let initialCapacity = 128
  /// Upper bound for one entry: five bytes of step difference, eight of value; the rest is rounding.
  private static let entryBound = 16

  init(width: Int) {
    let isBit = width == 1
    stepShift = isBit ? 2 : 1
    bitMask = isBit ? 2 : 0
    valueShift = UInt8(64 - width)
    byteCount = isBit ? 0 : UInt8((width + 7) / 8)
    base = .allocate(capacity: Self.initialCapacity)
    cursor = base
    limit = base + (Self.initialCapacity - Self.entryBound)
  }

  var count: Int { cursor - base }
  var capacity: Int { limit - base + Self.entryBound }

  /// Appends an entry. Requires `cursor <= limit`.
  @inlinable @inline(__always)
  mutating func append(_ value: UInt64, step: UInt32) {
    var position = cursor
    let steps = step &- lastStep
    lastStep = step
    var rest = (steps &<< UInt32(stepShift)) | UInt32(UInt8(truncatingIfNeeded: value &<< 1) & bitMask)
    while rest > 0x7F {
      position.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
      position += 1
      rest &>>= 7
    }
    position.pointee = UInt8(truncatingIfNeeded: rest)
    position += 1
    // Always eight bytes: cheaper than a loop, and what is too much gets overwritten by the next entry.
    UnsafeMutableRawPointer(position).storeBytes(of: (value &<< UInt64(valueShift)).bigEndian, as: UInt64.self)
    cursor = position + Int(byteCount)
  }

  /// Doubles the capacity.
  mutating func grow() {
    resize(to: capacity * 2)
  }

  /// Starts again with no entries.
  mutating func removeAll() {
    cursor = base
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
    let used = count
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    moved.update(from: base, count: used)
    base.deallocate()
    base = moved
    cursor = moved + used
    limit = moved + (newCapacity - Self.entryBound)
  }
}
