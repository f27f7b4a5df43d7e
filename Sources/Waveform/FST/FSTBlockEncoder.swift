import Glibc

/// Turns a section into a VCDATA block (VCDATA_DYN_ALIAS2):
/// start time, end time, bytes a reader needs to unpack all chains; the frame (values at the start as characters);
/// the packed chains; the index that locates them; the time table.
struct FSTBlockEncoder: ~Copyable {
  private let packing: WaveformOptions.Packing
  private var block = ByteBuffer(capacity: 1 << 20)
  /// For each signal its chain's offset from the pack type byte; the complement of an earlier signal's index when both
  /// chains are equal; 0 when it has no changes.
  private var positions: [Int] = []
  /// Chains by their size and a sample of their bytes: few that have both the same are different.
  private var chainsByKey: [UInt64: Int] = [:]

  /// Chains up to this size are stored as they are: packing gains little, and unpacking them costs every reader a call.
  private static let rawChainBound = 32

  init(packing: WaveformOptions.Packing) {
    self.packing = packing
  }

  /// The block that was encoded last; valid until the next one.
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: block.base, count: block.count) }

  /// Encodes `section`.
  mutating func encode(_ section: borrowing FSTSection) {
    block.truncate(to: 0)
    block.append(FSTFormat.Block.valueChanges)
    block.append(bigEndian: 0)
    block.append(bigEndian: section.startTime)
    block.append(bigEndian: section.endTime)
    block.append(bigEndian: UInt64(section.chainBytes))
    appendFrame(section)
    appendChains(section)
    appendIndex()
    appendTimeTable(section)
    block.replace(at: 1, bigEndian: UInt64(block.count - 1))
  }

  private mutating func appendFrame(_ section: borrowing FSTSection) {
    block.append(varint: UInt64(section.columns.frame.count))
    block.append(varint: UInt64(section.packedFrame.count))
    block.append(varint: UInt64(section.signalCount))
    block.append(bytes: section.packedFrame.base, count: section.packedFrame.count)
  }

  private mutating func appendChains(_ section: borrowing FSTSection) {
    block.append(varint: UInt64(section.signalCount))
    let origin = block.count
    block.append(packing == .lz4 ? FSTFormat.lz4Pack : FSTFormat.zlibPack)
    chainsByKey.removeAll(keepingCapacity: true)
    positions.removeAll(keepingCapacity: true)
    for index in 0..<section.signalCount {
      let chain = section.columns.chains[index]
      if chain.count == 0 {
        positions.append(0)
        continue
      }
      let key = Self.key(chain)
      if let twin = chainsByKey[key], Self.areEqual(section.columns.chains[twin], chain) {
        positions.append(~twin)
        continue
      }
      chainsByKey[key] = index
      positions.append(block.count - origin)
      appendChain(chain, section.columns.signals[index])
    }
  }

  /// The original size and the packed bytes, or 0 and the bytes as they are when packing does not help.
  private mutating func appendChain(_ chain: FSTChain, _ signal: FSTSignal) {
    let start = block.count
    if chain.count > Self.rawChainBound {
      block.append(varint: UInt64(chain.count))
      let packed: Int
      switch packing {
      case .lz4:
        if let packer = RowPacker(chain, signal) {
          block.reserve(packer.bound)
          packed = packer.pack(to: block.end)
          block.commit(packed)
        } else {
          packed = block.append(lz4: chain.base, count: chain.count)
        }
      case .zlib(let level): packed = block.append(zlib: chain.base, count: chain.count, level: level)
      }
      if packed < chain.count { return }
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

  private mutating func appendTimeTable(_ section: borrowing FSTSection) {
    let packedCount = block.append(zlib: section.timeTable.base, count: section.timeTable.count, level: 1)
    block.append(bigEndian: UInt64(section.timeTable.count))
    block.append(bigEndian: UInt64(packedCount))
    block.append(bigEndian: UInt64(section.stepCount))
  }

  private static func key(_ chain: FSTChain) -> UInt64 {
    var key = UInt64(chain.count) &* 0x9E37_79B9_7F4A_7C15
    if chain.count < 8 {
      for offset in 0..<chain.count { key = (key ^ UInt64(chain.base[offset])) &* 0x100_0000_01B3 }
      return key
    }
    // A few places tell chains of one size apart.
    for sample in 0..<8 {
      let offset = (chain.count - 8) * sample / 7
      key = (key ^ UnsafeRawPointer(chain.base + offset).loadUnaligned(as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
      key ^= key >> 32
    }
    return key
  }

  private static func areEqual(_ left: FSTChain, _ right: FSTChain) -> Bool {
    left.count == right.count && memcmp(left.base, right.base, left.count) == 0
  }
}
