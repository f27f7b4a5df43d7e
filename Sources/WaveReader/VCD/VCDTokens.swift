/// The words of a text file, read in pieces.
struct VCDTokens: ~Copyable {
  private let source: ByteSource
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity = Self.pieceSize
  /// Bytes of `buffer` that come from the file; one more, a space, ends every word.
  private var filled = 0
  /// Where `buffer` begins in the file.
  private var fileOffset: Int
  /// Where the search for the next word begins.
  private var position = 0
  private var isAtEnd = false
  /// What has to stay in `buffer` when more is read: the start of an earlier word, if it is still wanted.
  private var anchor = Int.max
  /// Whether the last word of the file has no white space behind it, so that it may be the first half of one. Such a
  /// word is not given out.
  private(set) var isCut = false

  private static let pieceSize = 1 << 18
  /// Longer words are not waveforms.
  private static let wordLimit = 1 << 26

  init(_ source: ByteSource, at offset: Int) {
    self.source = source
    fileOffset = offset
    buffer = .allocate(capacity: capacity + 1)
    buffer[0] = 0x20
  }

  deinit { buffer.deallocate() }

  /// Where the next word is searched, in the file.
  var offset: Int { fileOffset + position }

  /// The bytes of a word; valid until the next one is read.
  @inline(__always)
  subscript(start: Int) -> UnsafeMutablePointer<UInt8> { buffer + start }

  /// The next word as a range of positions; nil at the end.
  @inline(__always)
  mutating func next() throws(WaveReadError) -> Range<Int>? {
    while true {
      var start = position
      while start < filled, buffer[start] <= 0x20 { start += 1 }
      var end = start
      while buffer[end] > 0x20 { end += 1 }
      position = start
      if end < filled {
        position = end
        return start..<end
      }
      if isAtEnd {
        isCut = start < end
        return nil
      }
      try fill()
    }
  }

  /// The next word, with the one before it, which began at `previous`, kept where it says.
  @inline(__always)
  mutating func next(after previous: Int) throws(WaveReadError) -> (previous: Int, word: Range<Int>)? {
    anchor = previous
    defer { anchor = .max }
    guard let word = try next() else { return nil }
    return (anchor, word)
  }

  func text(_ word: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(start: buffer + word.lowerBound, count: word.count), as: UTF8.self)
  }

  /// Whether the word is the ASCII text `known`.
  func matches(_ word: Range<Int>, _ known: StaticString) -> Bool {
    guard word.count == known.utf8CodeUnitCount else { return false }
    return word.indices.allSatisfy { buffer[$0] == known.utf8Start[$0 - word.lowerBound] }
  }

  /// Moves what is still wanted to the front and reads more behind it.
  private mutating func fill() throws(WaveReadError) {
    let kept = min(anchor, position)
    let count = filled - kept
    if count * 2 > capacity {
      guard capacity < Self.wordLimit else { throw error("a word of \(count) characters", "a value or a name") }
      let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2 + 1)
      grown.update(from: buffer + kept, count: count)
      buffer.deallocate()
      buffer = grown
      capacity *= 2
    } else {
      buffer.update(from: buffer + kept, count: count)
    }
    fileOffset += kept
    position -= kept
    if anchor != .max { anchor -= kept }
    let room = UnsafeMutableRawBufferPointer(start: buffer + count, count: capacity - count)
    let more = try source.read(into: room, at: fileOffset + count)
    filled = count + more
    isAtEnd = more < room.count
    buffer[filled] = 0x20
  }

  /// An error in the line of the latest word.
  func error(_ found: String, _ expected: String) -> WaveReadError {
    WaveReadError(path: source.path, place: .line(lineNumber), found: found, expected: expected)
  }

  /// Counted only when it is wanted, by reading the file again.
  var lineNumber: Int {
    let end = fileOffset + position
    let piece = Bytes(count: Self.pieceSize)
    var line = 1
    var offset = 0
    while offset < end, let count = try? source.read(into: piece.mutable, at: offset), count > 0 {
      line += piece.raw.prefix(min(count, end - offset)).count { $0 == 0x0A }
      offset += count
    }
    return line
  }
}
