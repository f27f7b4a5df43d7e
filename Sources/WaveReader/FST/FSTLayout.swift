/// Block types of the FST format.
enum FSTBlock {
  static let header: UInt8 = 0
  static let plainChanges: UInt8 = 1
  static let blackout: UInt8 = 2
  static let geometry: UInt8 = 3
  static let gzipHierarchy: UInt8 = 4
  static let aliasChanges: UInt8 = 5
  static let lz4Hierarchy: UInt8 = 6
  static let lz4TwiceHierarchy: UInt8 = 7
  static let signedAliasChanges: UInt8 = 8
  static let gzipWrapper: UInt8 = 254
  static let unfinished: UInt8 = 255

  static func isChanges(_ type: UInt8) -> Bool {
    type == plainChanges || type == aliasChanges || type == signedAliasChanges
  }

  static func isHierarchy(_ type: UInt8) -> Bool {
    type == gzipHierarchy || type == lz4Hierarchy || type == lz4TwiceHierarchy
  }
}

/// A block of value changes.
struct FSTSectionPlace {
  let type: UInt8
  /// Its contents, behind type and length.
  let range: Range<Int>
  let startTime: UInt64
  let endTime: UInt64
}

/// Where the parts of an FST file are. Finding them reads a few bytes of each block.
struct FSTLayout {
  private(set) var header: FSTHeader
  private(set) var sections: [FSTSectionPlace] = []
  private(set) var geometry: Range<Int>?
  private(set) var hierarchy: (type: UInt8, range: Range<Int>)?
  private(set) var blackouts: [WaveBlackoutEdge] = []
  /// What the file should have had at its end and does not.
  private(set) var loss: String?
  /// The bytes up to the first block that is not whole.
  private(set) var wholeBytes = 0

  /// Type byte and length, which counts itself but not the type.
  private static let prefixSize = 9

  init(_ source: ByteSource) throws(WaveReadError) {
    guard source.size >= Self.prefixSize + FSTHeader.size else {
      throw source.error(at: 0, found: "\(source.size) bytes", expected: "the header of an FST file, 330 bytes")
    }
    header = try FSTHeader(source, at: Self.prefixSize)
    var offset = 0
    while offset < source.size {
      guard let block = try block(source, at: offset) else { break }
      try add(block.type, block.range, source)
      offset = block.range.upperBound
      if loss == nil { wholeBytes = offset }
    }
    if loss == nil && sections.count < header.sectionCount {
      loss = "it has \(sections.count) sections, and should have \(header.sectionCount)"
    }
  }

  /// The block at `offset`; nil when it is not whole.
  private mutating func block(
    _ source: ByteSource, at offset: Int
  ) throws(WaveReadError) -> (type: UInt8, range: Range<Int>)? {
    guard offset + Self.prefixSize <= source.size else {
      loss = "it ends in the middle of a block, at byte \(source.size)"
      return nil
    }
    let prefix = try source.bytes(offset..<offset + Self.prefixSize)
    var reader = ByteReader(prefix.raw)
    guard let type = reader.byte(), let length = reader.word() else { return nil }
    // A block gets its length, or its type, when all of it has been written.
    if type == FSTBlock.unfinished || length == 0 { loss = "the block at byte \(offset) was never finished" }
    if length == 0 { return nil }
    guard length >= 8 else {
      throw source.error(at: offset + 1, found: "block length \(length)", expected: "at least 8")
    }
    guard length <= source.size - offset - 1 else {
      loss = "the block at byte \(offset) should have \(length) bytes, and the file has \(source.size - offset - 1)"
      return nil
    }
    return (type, offset + Self.prefixSize..<offset + 1 + Int(length))
  }

  private mutating func add(_ type: UInt8, _ range: Range<Int>, _ source: ByteSource) throws(WaveReadError) {
    switch type {
    case _ where FSTBlock.isChanges(type):
      guard range.count >= 16 else {
        throw source.error(at: range.lowerBound, found: "\(range.count) bytes", expected: "the times of a section")
      }
      let times = try source.bytes(range.lowerBound..<range.lowerBound + 16)
      var reader = ByteReader(times.raw)
      let start = reader.word() ?? 0, end = reader.word() ?? 0
      guard start <= end, start >= sections.last?.endTime ?? 0 else {
        throw source.error(
          at: range.lowerBound, found: "a section from \(start) to \(end)",
          expected: "one that begins at \(sections.last?.endTime ?? 0) or later and ends after it")
      }
      sections.append(FSTSectionPlace(type: type, range: range, startTime: start, endTime: end))
    case FSTBlock.geometry: geometry = range
    case _ where FSTBlock.isHierarchy(type): hierarchy = (type, range)
    case FSTBlock.blackout: try addBlackouts(range, source)
    default: break
    }
  }

  private mutating func addBlackouts(_ range: Range<Int>, _ source: ByteSource) throws(WaveReadError) {
    let bytes = try source.bytes(range)
    var reader = ByteReader(bytes.raw)
    var edges: [WaveBlackoutEdge] = []
    var time: UInt64 = 0
    for _ in 0..<(reader.varint() ?? 0) {
      guard let isRecording = reader.byte(), let delta = reader.varint() else {
        throw source.error(at: range.lowerBound, found: "a list that ends early", expected: "times of blackouts")
      }
      time &+= delta
      edges.append(WaveBlackoutEdge(time: time, isRecording: isRecording != 0))
    }
    blackouts = edges
  }
}

/// The contents of the block HDR.
struct FSTHeader {
  let startTime: UInt64
  let endTime: UInt64
  /// As many as there are at least, once the writer has finished.
  let sectionCount: UInt64
  /// The byte order of real numbers.
  let isLittleEndian: Bool
  let timescale: Int
  let writer: String
  let date: String
  let timeZero: Int64

  static let size = 321
  /// What the header stores in the writer's own byte order.
  private static let endianTest = 2.7182818284590452354

  init(_ source: ByteSource, at offset: Int) throws(WaveReadError) {
    let prefix = try source.bytes(offset - 9..<offset + Self.size)
    var reader = ByteReader(prefix.raw)
    guard reader.byte() == FSTBlock.header, reader.word() == UInt64(Self.size + 8), let start = reader.word(),
      let end = reader.word(), let test = reader.word(), reader.take(4 * 8) != nil,
      let sections = reader.word(), let timescale = reader.byte(),
      let writer = reader.take(128), let date = reader.take(119), reader.byte() != nil, let timeZero = reader.word()
    else { throw source.error(at: 0, found: "something else", expected: "the header of an FST file") }
    let bits = Self.endianTest.bitPattern
    guard test == bits || test == bits.byteSwapped else {
      throw source.error(at: offset + 16, found: "bytes of no known order", expected: "the number e")
    }
    (startTime, endTime, sectionCount) = (start, end, sections)
    isLittleEndian = test == bits.byteSwapped
    self.timescale = Int(Int8(bitPattern: timescale))
    self.writer = Self.text(writer)
    self.date = Self.text(date)
    self.timeZero = Int64(bitPattern: timeZero)
    guard (-30...6).contains(self.timescale) else {
      throw source.error(at: offset + 64, found: "time scale 10^\(self.timescale) s", expected: "10^-30 s to 10^6 s")
    }
  }

  /// Without the NUL bytes and white space at its end.
  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    let text = bytes.prefix { $0 != 0 }
    return String(decoding: text[..<(text.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? text.startIndex)], as: UTF8.self)
  }
}
