import TestSupport

/// Corrupts ELF objects: blindly, and field by field with the values that break readers.
struct ObjectMutator {
  /// A number in the file: its first byte and its width.
  typealias Field = (offset: Int, width: Int)

  private let image: [UInt8]
  private let fields: [Field]

  /// Finds the fields of the header, the section headers, the symbols and the relocations of a sound object.
  init(_ image: [UInt8]) {
    self.image = image
    var fields = Self.fields(from: 0, [1, 1, 1, 1, 1, 1, 1, 1, 8, 2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2])
    let table = Self.read(image, (40, 8)), count = Self.read(image, (60, 2))
    for section in 0..<count {
      let header = table + section * 64
      fields += Self.fields(from: header, [4, 4, 8, 8, 8, 8, 4, 4, 8, 8])
      let (start, size) = (Self.read(image, (header + 24, 8)), Self.read(image, (header + 32, 8)))
      let entry: [Int]? = [2: [4, 1, 1, 2, 8, 8], 4: [4, 4, 8, 8], 9: [8, 4, 4]][Self.read(image, (header + 4, 4))]
      guard let entry else { continue }
      let length = entry.reduce(0, +)
      for index in 0..<size / length { fields += Self.fields(from: start + index * length, entry) }
    }
    self.fields = fields
  }

  /// One to four corruptions.
  func mutated(_ random: inout SeededRandom) -> [UInt8] {
    var bytes = image
    for _ in 0...random.below(4) {
      guard !bytes.isEmpty else { break }
      switch random.below(8) {
      case 0: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
      case 1: bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      case 2: bytes.removeLast(random.below(random.flag() ? bytes.count : 80) % bytes.count)
      default: corrupt(random.pick(fields), in: &bytes, &random)
      }
    }
    return bytes
  }

  private func corrupt(_ field: Field, in bytes: inout [UInt8], _ random: inout SeededRandom) {
    guard field.offset + field.width <= bytes.count else { return }
    let old = UInt64(truncatingIfNeeded: Self.read(bytes, field)), size = UInt64(bytes.count)
    let other = UInt64(truncatingIfNeeded: Self.read(image, random.pick(fields)))
    let near = random.pick([0, .max, old, size, 1 << 31, 1 << 32, 1 << 63, 16 << 20, 0xff00, 0xfff1, other])
    let value = random.below(8) == 0 ? random.next() : near &+ UInt64(random.below(33)) &- 16
    for byte in 0..<field.width {
      bytes[field.offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte)))
    }
  }

  private static func fields(from start: Int, _ widths: [Int]) -> [Field] {
    var offset = start
    return widths.map { width in
      defer { offset += width }
      return (offset, width)
    }
  }

  private static func read(_ bytes: [UInt8], _ field: Field) -> Int {
    let value = bytes[field.offset..<field.offset + field.width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(truncatingIfNeeded: value)
  }
}
