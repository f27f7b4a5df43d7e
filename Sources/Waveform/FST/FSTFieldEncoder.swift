/// Encodes the changes of one field of a column of words, which is what a dump mostly consists of.
struct FSTFieldEncoder {
  /// An entry has at most five bytes of step difference and eight of value.
  static let entryBound = 13
  /// Eight bytes of value are stored always, which is cheaper than a loop; what is too much gets overwritten.
  static let slack = 8

  private let changes: FSTColumn
  private let firstStep: UInt32
  private let mask: UInt64
  private let shift: UInt64
  private let leftShift: UInt64
  private let byteCount: Int
  private let substitute: WordField.Substitute?
  private let isBit: Bool
  private var old: UInt64
  /// The step of the latest entry.
  private(set) var lastStep: UInt32
  /// Where the next entry goes.
  private(set) var place: UnsafeMutablePointer<UInt8>

  /// - Parameters:
  ///   - word: the column's word before the changes
  ///   - lastStep: the step of the chain's latest entry
  ///   - place: has room for an entry for each change, and `slack`
  init(
    _ field: PlacedField, _ signal: FSTSignal, _ changes: FSTColumn, _ firstStep: UInt32, before word: UInt64,
    lastStep: UInt32, at place: UnsafeMutablePointer<UInt8>
  ) {
    self.changes = changes
    self.firstStep = firstStep
    mask = field.mask
    shift = field.shift
    byteCount = signal.valueBytes
    substitute = field.substitute
    isBit = signal.encoding == .bit
    leftShift = UInt64(64 - signal.width) &- (field.substitute == nil ? field.shift : 0)
    old = field.substitute == nil ? word & field.mask : field.value(in: word)
    self.lastStep = lastStep
    self.place = place
  }

  /// Encodes the changes.
  mutating func encode() {
    let mask = mask, shift = shift
    if isBit {
      encodeBits()
    } else if let substitute {
      encode { substitute.value(of: $0, bits: ($0 & mask) &>> shift) }
    } else {
      encode { $0 & mask }
    }
  }

  private mutating func encodeBits() {
    let mask = mask, shift = shift, changes = changes, firstStep = firstStep
    var last = lastStep, old = old, place = place
    for index in 0..<changes.count {
      let value = changes.values[index] & mask
      if value == old { continue }
      old = value
      let step = firstStep &+ UInt32(changes.steps[index])
      storeVarint((step &- last) &<< 2 | UInt32(truncatingIfNeeded: value &>> shift) &<< 1, at: &place)
      last = step
    }
    (lastStep, self.old, self.place) = (last, old, place)
  }

  @inline(__always)
  private mutating func encode(_ field: (UInt64) -> UInt64) {
    let leftShift = leftShift, byteCount = byteCount, changes = changes, firstStep = firstStep
    var last = lastStep, old = old, place = place
    for index in 0..<changes.count {
      let value = field(changes.values[index])
      if value == old { continue }
      old = value
      let step = firstStep &+ UInt32(changes.steps[index])
      storeVarint((step &- last) &<< 1, at: &place)
      last = step
      UnsafeMutableRawPointer(place).storeBytes(of: (value &<< leftShift).bigEndian, as: UInt64.self)
      place += byteCount
    }
    (lastStep, self.old, self.place) = (last, old, place)
  }
}
