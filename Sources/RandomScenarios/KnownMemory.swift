/// Memory of which some bytes are known: what a scenario may expect to read.
struct KnownMemory {
  private static let pageBytes = 4_096
  private static let unknown: Int16 = -1

  /// Cells by page; a page that is not here holds what all bytes hold at first.
  private var pages: [Int: [Int16]] = [:]
  private var initial: Int16

  /// - Parameter isCleared: whether all bytes are known to be 0 at first
  init(isCleared: Bool) { initial = isCleared ? 0 : Self.unknown }

  /// The bytes at `address`; nil when one of them is not known.
  func bytes(_ count: Int, at address: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for place in address..<address + count {
      let cell = pages[place / Self.pageBytes]?[place % Self.pageBytes] ?? initial
      guard cell != Self.unknown else { return nil }
      bytes.append(UInt8(cell))
    }
    return bytes
  }

  /// A little-endian number of at most 8 bytes.
  func number(_ count: Int, at address: Int) -> UInt64? { bytes(count, at: address).map(littleEndian) }

  mutating func write(_ bytes: [UInt8], at address: Int) {
    for (index, byte) in bytes.enumerated() { set(Int16(byte), at: address + index) }
  }

  mutating func write(_ value: UInt64, bytes count: Int, at address: Int) {
    write((0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }, at: address)
  }

  mutating func forget(_ count: Int, at address: Int) {
    for place in address..<address + count { set(Self.unknown, at: place) }
  }

  mutating func forgetAll() {
    pages = [:]
    initial = Self.unknown
  }

  private mutating func set(_ cell: Int16, at place: Int) {
    let page = place / Self.pageBytes
    pages[page, default: Array(repeating: initial, count: Self.pageBytes)][place % Self.pageBytes] = cell
  }
}

/// The number that `bytes`, at most 8, are.
func littleEndian(_ bytes: [UInt8]) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
