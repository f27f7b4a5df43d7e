/// A small FST file, block by block, for what writers of today do not write.
struct FSTBytes {
  var bytes: [UInt8] = []

  static func word(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }

  static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  /// An LZ4 block without references.
  static func lz4(_ contents: [UInt8]) -> [UInt8] {
    var rest = contents.count - 15
    if rest < 0 { return [UInt8(contents.count) << 4] + contents }
    var lengths: [UInt8] = []
    while rest >= 255 {
      lengths.append(255)
      rest -= 255
    }
    return [0xF0] + lengths + [UInt8(rest)] + contents
  }

  mutating func add(_ type: UInt8, _ contents: [UInt8]) {
    bytes += [type] + Self.word(UInt64(contents.count + 8)) + contents
  }

  mutating func addHeader(start: UInt64 = 0, end: UInt64, bigEndian: Bool = false, timescale: Int8 = -12) {
    let order = bigEndian ? 2.7182818284590452354.bitPattern : 2.7182818284590452354.bitPattern.byteSwapped
    func text(_ text: String, _ size: Int) -> [UInt8] {
      Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count)
    }
    let counts = [0, 0, 0, 0, 0].flatMap { Self.word($0) }
    add(
      0,
      Self.word(start) + Self.word(end) + Self.word(order) + counts + [UInt8(bitPattern: timescale)]
        + text("hand", 128) + text("today", 119) + [0] + Self.word(0))
  }

  /// Widths as the format counts them: 0 for a real.
  mutating func addGeometry(_ widths: [UInt64]) {
    let contents = widths.flatMap { Self.varint($0) }
    add(3, Self.word(UInt64(contents.count)) + Self.word(UInt64(widths.count)) + contents)
  }

  /// A scope `top` with a variable for each width.
  static func hierarchy(_ widths: [UInt64]) -> [UInt8] {
    var items: [UInt8] = [254, 0] + Array("top".utf8) + [0, 0]
    for (index, width) in widths.enumerated() {
      items += [width == 0 ? 3 : 16, 0] + Array("s\(index)".utf8) + [0] + varint(width == 0 ? 8 : width) + [0]
    }
    return items + [255]
  }

  mutating func addHierarchy(_ widths: [UInt64]) {
    let items = Self.hierarchy(widths)
    add(6, Self.word(UInt64(items.count)) + Self.lz4(items))
  }

  /// A section whose parts are stored as they are; `index` locates the chains, each of which begins with a 0.
  mutating func addSection(
    type: UInt8, start: UInt64, end: UInt64, frame: [UInt8], handles: UInt64, packing: UInt8 = UInt8(ascii: "4"),
    chains: [[UInt8]], index: [UInt8], times: [UInt8]
  ) {
    let size = Self.varint(UInt64(frame.count))
    var contents = Self.word(start) + Self.word(end) + Self.word(100) + size + size + Self.varint(handles) + frame
    contents += Self.varint(handles) + [packing] + chains.flatMap { [0] + $0 } + index
    contents += Self.word(UInt64(index.count)) + times
    contents += Self.word(UInt64(times.count)) + Self.word(UInt64(times.count)) + Self.word(UInt64(times.count))
    add(type, contents)
  }
}
