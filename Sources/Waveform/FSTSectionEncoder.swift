import Glibc

/// Turns a section into a VCDATA block (VCDATA_DYN_ALIAS2):
/// start time, end time, bytes a reader needs to unpack all chains; the frame (values at the start as characters);
/// the packed chains; the index that locates them; the time table.
struct FSTSectionEncoder: ~Copyable {
  private let widths: [Int]
  private var block = ByteBuffer(capacity: 1 << 20)
  private var frame = ByteBuffer()
  /// For each signal its chain's offset from the pack type byte; the complement of an earlier signal's index when both
  /// chains are equal; 0 when it has no changes.
  private var positions: [Int]
  /// Chains by their size: only chains of one size can be equal, and few have the same.
  private var chainsBySize: [Int: [Int]] = [:]

  /// Chains up to this size are stored as they are: LZ4 gains little, and unpacking them costs every reader a call.
  private static let rawChainBound = 32

  init(widths: [Int]) {
    self.widths = widths
    positions = Array(repeating: 0, count: widths.count)
  }

  /// Encodes `section` and lends the block out, whose type byte is SKIP: the file shall not seem to contain it before
  /// all of it has been written.
  mutating func encode(_ section: FSTSection, then use: (UnsafePointer<UInt8>, _ count: Int) -> Void) {
    block.truncate(to: 0)
    block.append(FSTFormat.Block.skip)
    block.append(bigEndian: 0)
    block.append(bigEndian: section.startTime)
    block.append(bigEndian: section.endTime)
    block.append(bigEndian: UInt64(section.chainBytes))
    appendFrame(section)
    appendChains(section)
    appendIndex()
    appendTimeTable(section)
    block.replace(at: 1, bigEndian: UInt64(block.count - 1))
    use(block.base, block.count)
  }

  private mutating func appendFrame(_ section: FSTSection) {
    frame.truncate(to: 0)
    for (index, width) in widths.enumerated() {
      let value = section.startValues[index]
      for bit in (0..<UInt64(width)).reversed() { frame.append(0x30 | UInt8(value >> bit & 1)) }
    }
    var packed = ByteBuffer(capacity: frame.count + 64)
    let packedCount = packed.append(zlib: frame.base, count: frame.count)
    block.append(varint: UInt64(frame.count))
    block.append(varint: UInt64(packedCount))
    block.append(varint: UInt64(widths.count))
    block.append(bytes: packed.base, count: packedCount)
  }

  private mutating func appendChains(_ section: FSTSection) {
    block.append(varint: UInt64(widths.count))
    let origin = block.count
    block.append(FSTFormat.lz4Pack)
    chainsBySize.removeAll(keepingCapacity: true)
    for index in widths.indices {
      let chain = section.chains[index]
      if chain.count == 0 {
        positions[index] = 0
        continue
      }
      let alike = chainsBySize[chain.count, default: []]
      if let twin = alike.first(where: { Self.areEqual(section.chains[$0], chain) }) {
        positions[index] = ~twin
        continue
      }
      chainsBySize[chain.count, default: []].append(index)
      positions[index] = block.count - origin
      appendChain(chain)
    }
  }

  /// The original size and the packed bytes, or 0 and the bytes as they are when packing does not help.
  private mutating func appendChain(_ chain: FSTChain) {
    let start = block.count
    if chain.count > Self.rawChainBound {
      block.append(varint: UInt64(chain.count))
      if block.append(lz4: chain.base, count: chain.count) < chain.count { return }
      block.truncate(to: start)
    }
    block.append(varint: 0)
    block.append(bytes: chain.base, count: chain.count)
  }

  /// Signed variable-length integers, one per signal: with bit 0 set, the distance from the previous chain, or the
  /// complement of the aliased signal's index (0 repeats the previous alias); with bit 0 clear, a number of signals
  /// without changes. The byte count follows.
  private mutating func appendIndex() {
    let start = block.count
    var previousPosition = 0
    var previousAlias = 0
    var unchanged = 0
    for position in positions {
      if position == 0 {
        unchanged += 1
        continue
      }
      if unchanged > 0 { block.append(varint: UInt64(unchanged) << 1) }
      unchanged = 0
      if position > 0 {
        block.append(signedVarint: Int64(position - previousPosition) << 1 | 1)
        previousPosition = position
      } else if position != previousAlias {
        block.append(signedVarint: Int64(position) << 1 | 1)
        previousAlias = position
      } else {
        block.append(signedVarint: 1)
      }
    }
    if unchanged > 0 { block.append(varint: UInt64(unchanged) << 1) }
    block.append(bigEndian: UInt64(block.count - start))
  }

  private mutating func appendTimeTable(_ section: FSTSection) {
    let packedCount = block.append(zlib: section.timeTable, count: section.timeTableCount)
    block.append(bigEndian: UInt64(section.timeTableCount))
    block.append(bigEndian: UInt64(packedCount))
    block.append(bigEndian: UInt64(section.stepCount))
  }

  private static func areEqual(_ left: FSTChain, _ right: FSTChain) -> Bool {
    left.count == right.count && memcmp(left.base, right.base, left.count) == 0
  }
}
