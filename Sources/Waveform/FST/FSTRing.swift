/// The VCDATA blocks of the last so many picoseconds, in memory.
struct FSTRing {
  private struct Block {
    let bytes: [UInt8]
    let startTime: UInt64
    let endTime: UInt64
  }

  private let duration: UInt64
  private var blocks: [Block] = []
  /// Blocks before this one are given up.
  private var first = 0

  init(lastPicoseconds: UInt64) {
    duration = lastPicoseconds
  }

  /// How long a section may be, so that no more than an eighth more than asked for is kept.
  var sectionDuration: UInt64 { max(1, duration / 8) }

  var startTime: UInt64 { first < blocks.count ? blocks[first].startTime : 0 }

  /// Keeps a block, and gives up those that ended long enough before.
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, from startTime: UInt64, to endTime: UInt64) {
    blocks.append(Block(bytes: Array(bytes), startTime: startTime, endTime: endTime))
    while blocks[first].endTime + duration <= endTime && first + 1 < blocks.count { first += 1 }
    if first > blocks.count / 2 {
      blocks.removeFirst(first)
      first = 0
    }
  }

  /// Calls `body` with each block that is kept: its bytes, its start and end time.
  func forEach(_ body: (UnsafeBufferPointer<UInt8>, UInt64, UInt64) -> Void) {
    for block in blocks[first...] {
      block.bytes.withUnsafeBufferPointer { body($0, block.startTime, block.endTime) }
    }
  }
}
