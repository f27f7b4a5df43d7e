/// Packs chains of values that go on as they went some entries before, but for their last bytes: counters, addresses, the
/// operands of a loop. LZ4's own search finds the same, at several times the cost, because every entry is a match of its own.
///
/// It makes blocks of LZ4's format: sequences of a token (the number of literals, and of matching bytes less 4), the
/// literals, and the distance of the match in two bytes. The last sequence has literals only, 5 at least, and the last match
/// begins at least 12 bytes before the end.
struct RowPacker {
  /// An entry with a difference of steps of one byte.
  private let rowBytes: Int
  /// From an entry to the one that it is like.
  private let distance: Int
  private let source: UnsafePointer<UInt8>
  private let count: Int

  /// Entries of the beginning by which a chain is judged, and how far back one is looked for that is like another.
  private static let sampleRows = 64, farthest = 16
  private static let shortestMatch = 4
  /// Bytes at the end that are literals: more than the format asks for, so that whole words can be read.
  private static let tail = 24

  /// Nil for a chain that LZ4 packs well by itself, or that is not of this kind.
  init?(_ chain: FSTChain, _ signal: FSTSignal) {
    guard signal.encoding == .word, signal.valueBytes >= 5 else { return nil }
    rowBytes = 1 + signal.valueBytes
    source = UnsafePointer(chain.base)
    count = chain.count
    guard count >= 4 * Self.sampleRows * rowBytes else { return nil }
    var best = (bytes: 0, whole: 0, rows: 1)
    for rows in 1...Self.farthest {
      let (bytes, whole) = Self.likeness(source, rowBytes, rows)
      if bytes > best.bytes { best = (bytes, whole, rows) }
    }
    let rows = Self.sampleRows
    guard best.bytes >= rows * (rowBytes - 3), best.whole < rows * 3 / 4 else { return nil }
    distance = best.rows * rowBytes
  }

  /// Bytes that entries of the sample share with the ones `rows` before them, and how many are the same altogether.
  private static func likeness(_ source: UnsafePointer<UInt8>, _ rowBytes: Int, _ rows: Int) -> (bytes: Int, whole: Int)
  {
    var bytes = 0, whole = 0
    for index in farthest..<farthest + sampleRows {
      let row = source + index * rowBytes
      let same = sameValueBytes(row, row - rows * rowBytes, rowBytes)
      bytes += same
      if same == rowBytes - 1 && row.pointee == (row - rows * rowBytes).pointee { whole += 1 }
    }
    return (bytes, whole)
  }

  /// Bytes from the first on that the values of two entries share.
  @inline(__always)
  private static func sameValueBytes(_ row: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ rowBytes: Int) -> Int
  {
    let difference =
      UnsafeRawPointer(row + 1).loadUnaligned(as: UInt64.self).littleEndian
      ^ UnsafeRawPointer(other + 1).loadUnaligned(as: UInt64.self).littleEndian
    return min(difference.trailingZeroBitCount / 8, rowBytes - 1)
  }

  /// The bytes that a packed chain has at most, and what is stored beyond its end.
  var bound: Int { count + count / 128 + 64 }

  /// Stores the block from `place` on, where there is room for `bound` bytes.
  ///
  /// - Returns: its bytes
  func pack(to place: UnsafeMutablePointer<UInt8>) -> Int {
    let end = source + count - Self.tail, rowBytes = rowBytes, distance = distance
    var output = Output(place: place, literals: source, distance: distance)
    var row = source
    // Entries before this one have no like.
    var first = source + distance
    while row < end {
      if row.pointee >= 0x80 {
        // A difference of steps that needs more bytes breaks the rhythm. So does a value with bits that are neither 0 nor 1,
        // behind which this may be in the middle of an entry: matches are compared, so that costs room only.
        repeat { row += 1 } while row.pointee >= 0x80 && row < end
        row += rowBytes
        first = row + distance
        continue
      }
      if row >= first {
        let differs = row.pointee == (row - distance).pointee ? 0 : 1
        output.match(row + differs, 1 - differs + Self.sameValueBytes(row, row - distance, rowBytes))
      }
      row += rowBytes
    }
    return output.finish(at: source + count) - place
  }

  /// The sequences so far, and a match that may go on.
  private struct Output {
    var place: UnsafeMutablePointer<UInt8>
    var literals: UnsafePointer<UInt8>
    let distance: Int
    private var start: UnsafePointer<UInt8>
    private var end: UnsafePointer<UInt8>

    init(place: UnsafeMutablePointer<UInt8>, literals: UnsafePointer<UInt8>, distance: Int) {
      self.place = place
      self.literals = literals
      self.distance = distance
      start = literals
      end = literals
    }

    /// The `count` bytes from `first` on are those at the distance.
    @inline(__always) mutating func match(_ first: UnsafePointer<UInt8>, _ count: Int) {
      if first == end && start != end {
        end += count
      } else if count >= RowPacker.shortestMatch {
        if start != end { storeSequence() }
        start = first
        end = first + count
      }
    }

    @inline(__always) private mutating func storeSequence() {
      let literalCount = start - literals, matchCount = end - start - RowPacker.shortestMatch
      if literalCount < 15 && matchCount < 15 {
        place.pointee = UInt8(truncatingIfNeeded: literalCount &<< 4 | matchCount)
        // Always 16 bytes, which is cheaper than a loop; what is too much gets overwritten.
        UnsafeMutableRawPointer(place + 1).storeBytes(
          of: UnsafeRawPointer(literals).loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
        place += 1 + literalCount
        storeDistance()
      } else {
        place.pointee = UInt8(min(literalCount, 15) << 4 | min(matchCount, 15))
        place += 1
        storeLiterals(literalCount)
        storeDistance()
        storeRest(of: matchCount)
      }
      literals = end
    }

    @inline(__always) private mutating func storeDistance() {
      UnsafeMutableRawPointer(place).storeBytes(of: UInt16(truncatingIfNeeded: distance).littleEndian, as: UInt16.self)
      place += 2
    }

    private mutating func storeLiterals(_ count: Int) {
      storeRest(of: count)
      place.update(from: literals, count: count)
      place += count
    }

    /// A number that does not fit in the token's four bits goes on in bytes.
    private mutating func storeRest(of number: Int) {
      if number < 15 { return }
      var rest = number - 15
      while rest >= 255 {
        place.pointee = 255
        place += 1
        rest -= 255
      }
      place.pointee = UInt8(rest)
      place += 1
    }

    /// Stores what is left of a source that ends at `sourceEnd`.
    ///
    /// - Returns: the end of the block
    mutating func finish(at sourceEnd: UnsafePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
      if start != end { storeSequence() }
      let count = sourceEnd - literals
      place.pointee = UInt8(min(count, 15) << 4)
      place += 1
      storeLiterals(count)
      return place
    }
  }
}
