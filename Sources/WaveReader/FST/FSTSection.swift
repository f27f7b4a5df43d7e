/// One block of value changes, unpacked: the values at its start, the times of its steps, and a chain of entries for
/// each signal that changes.
struct FSTSection {
  /// Where the entries of one signal are in `arena`.
  struct Chain {
    let handle: Int
    let range: Range<Int>
  }

  let place: FSTSectionPlace
  /// Characters of all values at the start, in the order of handles; reals are eight bytes.
  private(set) var frame: Bytes
  private(set) var times: [UInt64] = []
  private(set) var chains: [Chain] = []
  private(set) var arena = Bytes(count: 0)
  /// How chains are packed, if they are.
  private(set) var packing = Packing.zlib
  /// Handles that the frame covers.
  private(set) var frameHandleCount = 0

  private let source: ByteSource

  init(_ place: FSTSectionPlace, wanted: [Bool], _ source: ByteSource) throws(WaveReadError) {
    self.place = place
    self.source = source
    frame = Bytes(count: 0)
    let block = try source.bytes(place.range)
    guard block.count >= 24 + 32 else { throw damage("\(block.count) bytes", "a section") }
    let timesEnd = try readTimes(block.raw)
    var reader = ByteReader(UnsafeRawBufferPointer(rebasing: block.raw[..<timesEnd]))
    // The times of the section, and how much memory libfst wants.
    _ = reader.take(24)
    try readFrame(&reader)
    try readChains(&reader, wanted: wanted)
  }

  private func damage(_ found: String, _ expected: String) -> WaveReadError {
    source.error(at: place.range.lowerBound, found: found, expected: expected)
  }

  // MARK: - Times and frame

  /// Reads the time table, which ends the block, and says where it begins.
  private mutating func readTimes(_ block: UnsafeRawBufferPointer) throws(WaveReadError) -> Int {
    var sizes = ByteReader(UnsafeRawBufferPointer(rebasing: block[(block.count - 24)...]))
    guard let size = sizes.count(), let packedSize = sizes.count(), let count = sizes.count(),
      packedSize <= block.count - 24 - 24, count <= size
    else { throw damage("sizes that do not fit", "the time table of a section") }
    let start = block.count - 24 - packedSize
    let packed = UnsafeRawBufferPointer(rebasing: block[start..<start + packedSize])
    guard let bytes = Packing.unpackUnlessStored(packed, count: size) else {
      throw damage("damaged bytes", "the time table of a section")
    }
    var reader = ByteReader(bytes.raw)
    times.reserveCapacity(count)
    var time: UInt64 = 0
    for _ in 0..<count {
      guard let delta = reader.varint() else { throw damage("a time table that ends early", "\(count) times") }
      let (sum, overflow) = time.addingReportingOverflow(delta)
      guard !overflow else { throw damage("a time of more than 64 bits", "times of a section") }
      time = sum
      times.append(time)
    }
    guard times.first ?? place.startTime >= place.startTime, time <= place.endTime || times.isEmpty else {
      throw damage(
        "times from \(times.first ?? 0) to \(time)", "times from \(place.startTime) to \(place.endTime)")
    }
    return start
  }

  private mutating func readFrame(_ reader: inout ByteReader) throws(WaveReadError) {
    guard let size = reader.size(), let packedSize = reader.size(), let count = reader.size(),
      let packed = reader.take(packedSize), let bytes = Packing.unpackUnlessStored(packed, count: size)
    else { throw damage("damaged bytes", "the values at the start of a section") }
    frame = bytes
    frameHandleCount = count
  }

  // MARK: - Chains

  private mutating func readChains(_ reader: inout ByteReader, wanted: [Bool]) throws(WaveReadError) {
    let expected = "the changes of a section"
    guard let chainCount = reader.size(), let part = reader.take(reader.remaining), part.count >= 9 else {
      throw damage("damaged bytes", expected)
    }
    var end = ByteReader(UnsafeRawBufferPointer(rebasing: part[(part.count - 8)...]))
    guard let indexSize = end.count(), indexSize <= part.count - 9 else {
      throw damage("a size that does not fit", "the index of a section")
    }
    let indexStart = part.count - 8 - indexSize
    // The first byte names the packing; old files have '!' for zlib.
    guard let packing = part[0] == UInt8(ascii: "!") ? .zlib : Packing(rawValue: part[0]) else {
      throw damage("packing \(part[0])", "'4' (LZ4), 'F' (FastLZ) or 'Z' (zlib)")
    }
    self.packing = packing
    var index = FSTChainIndex(end: indexStart, limit: chainCount, wanted: wanted)
    let bytes = UnsafeRawBufferPointer(rebasing: part[indexStart..<indexStart + indexSize])
    guard index.read(bytes, isSigned: place.type == FSTBlock.signedAliasChanges) else {
      throw damage("damaged bytes", "the index of a section")
    }
    try unpack(index, part, packing)
  }

  /// Unpacks each chain that is wanted once, whatever the number of signals that share it.
  private mutating func unpack(
    _ index: FSTChainIndex, _ part: UnsafeRawBufferPointer, _ packing: Packing
  ) throws(WaveReadError) {
    var isUsed = [Bool](repeating: false, count: index.chains.count)
    for use in index.uses { isUsed[use.chain] = true }
    var stored: [(packed: UnsafeRawBufferPointer, isPacked: Bool, range: Range<Int>)] = []
    stored.reserveCapacity(index.chains.count)
    var total = 0
    for (number, chain) in index.chains.enumerated() {
      guard isUsed[number] else {
        stored.append((UnsafeRawBufferPointer(start: nil, count: 0), false, total..<total))
        continue
      }
      var reader = ByteReader(UnsafeRawBufferPointer(rebasing: part[chain]))
      // Size 0 says that the chain is stored as it is.
      guard let size = reader.size(), let packed = reader.take(reader.remaining),
        size == 0 || packing.canUnpack(packed.count, to: size)
      else { throw damage("a size that does not fit", "the changes of a signal") }
      let count = size == 0 ? packed.count : size
      stored.append((packed, size != 0, total..<total + count))
      total += count
    }
    arena = Bytes(count: total)
    for (packed, isPacked, range) in stored where !range.isEmpty {
      let target = UnsafeMutableRawBufferPointer(rebasing: arena.mutable[range])
      if !isPacked {
        target.copyMemory(from: packed)
      } else if !packing.unpack(packed, to: target) {
        throw damage("damaged bytes", "the changes of a signal")
      }
    }
    chains = index.uses.compactMap { use in
      let range = stored[use.chain].range
      return range.isEmpty ? nil : Chain(handle: use.handle, range: range)
    }
  }
}

/// The index of a section: which signals have changes, and where.
struct FSTChainIndex {
  /// The stored chains, as ranges from the byte that names the packing.
  private(set) var chains: [Range<Int>] = []
  /// Which of them belong to which handles, by handle.
  private(set) var uses: [(handle: Int, chain: Int)] = []

  private let end: Int
  private let limit: Int
  private let wanted: [Bool]
  private var starts: [Int] = []
  private var handle = 0
  /// The chain of the handle that later ones name as their model.
  private var chainByHandle: [Int: Int] = [:]

  /// Chains end where the index begins, at `end`. There are `limit` handles; uses are listed for those that are `wanted`.
  init(end: Int, limit: Int, wanted: [Bool]) {
    self.end = end
    self.limit = limit
    self.wanted = wanted
  }

  /// Reads the entries and says whether they make sense.
  mutating func read(_ bytes: UnsafeRawBufferPointer, isSigned: Bool) -> Bool {
    var reader = ByteReader(bytes)
    var previousAlias = 0
    while !reader.isAtEnd {
      // The two alias formats differ in how the model is named: an even number is a run of silent signals in both.
      if isSigned && bytes[reader.position] & 1 == 1 {
        guard let entry = reader.signedVarint() else { return false }
        let value = Int(entry >> 1)
        if value < 0 { previousAlias = value }
        guard value > 0 ? addChain(value) : addAlias(~previousAlias) else { return false }
      } else {
        guard let entry = reader.size() else { return false }
        if entry & 1 == 1 {
          guard addChain(entry >> 1) else { return false }
        } else if entry == 0 && !isSigned {
          guard let model = reader.size(), addAlias(model - 1) else { return false }
        } else {
          let (next, overflow) = handle.addingReportingOverflow(entry >> 1)
          if overflow { return false }
          handle = next
        }
      }
    }
    chains = starts.indices.map { starts[$0]..<($0 + 1 < starts.count ? starts[$0 + 1] : end) }
    return true
  }

  private mutating func addChain(_ distance: Int) -> Bool {
    let (start, overflow) = (starts.last ?? 0).addingReportingOverflow(distance)
    guard distance > 0, !overflow, start < end else { return false }
    starts.append(start)
    return use(starts.count - 1)
  }

  private mutating func addAlias(_ model: Int) -> Bool {
    guard model >= 0, model < handle, let chain = chainByHandle[model] else { return false }
    return use(chain)
  }

  private mutating func use(_ chain: Int) -> Bool {
    guard handle < limit else { return false }
    chainByHandle[handle] = chain
    if handle < wanted.count && wanted[handle] { uses.append((handle, chain)) }
    handle += 1
    return true
  }
}
