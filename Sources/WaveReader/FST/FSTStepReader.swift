/// Walks through the sections of an FST file, time step by time step.
///
/// Each signal's chain of entries waits in the list of the step at which its next entry happens, so that a step costs
/// what happens in it and nothing else. Memory: one unpacked section.
final class FSTStepReader {
  /// What reading the entries of one signal needs.
  private struct Chain {
    var cursor: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    /// The number in front of the entry that is next.
    var code: UInt32
    /// The one behind this in the list of its step, from 1; 0 for none.
    var next: UInt32
    let handle: UInt32
    let layout: Layout
    /// Bits of a word.
    let width: UInt8
  }

  /// How entries look. All of them begin with a number that holds the steps since the last one.
  private enum Layout: UInt8 {
    /// The bit is in the number.
    case bit
    /// Up to 64 bits.
    case word
    case wide
    case real
    case text
  }

  private let source: ByteSource
  private let handles: [WaveHandle]
  private let isLittleEndian: Bool
  private let places: ArraySlice<FSTSectionPlace>
  private let blackouts: [WaveBlackoutEdge]
  private let wanted: [Bool]

  private var nextPlace: Int
  private var nextBlackout = 0
  private var section: FSTSection?
  private var isFrameDue: Bool
  private var step = 0
  /// The first chain of each step, from 1; 0 for none.
  private var heads: [UInt32] = []
  private var chains: [Chain] = []

  /// Begins with the last section that does not begin after `time`; tells the changes of handles that are `wanted`.
  init(_ source: ByteSource, _ layout: FSTLayout, _ handles: [WaveHandle], from time: UInt64, wanted: [Bool]) {
    self.source = source
    self.wanted = wanted
    self.handles = handles
    isLittleEndian = layout.header.isLittleEndian
    blackouts = layout.blackouts
    // Text is the one kind whose value at the start of a section is not stored.
    let canSkip = !handles.contains { $0.kind == .text }
    let first = canSkip ? layout.sections.lastIndex { $0.startTime <= time } : nil
    places = layout.sections[(first ?? layout.sections.startIndex)...]
    nextPlace = places.startIndex
    isFrameDue = true
  }

  /// Reads the next step into `buffer`; false after the last one.
  func next(into buffer: StepBuffer) throws(WaveReadError) -> Bool {
    while true {
      if let section {
        if step < section.times.count {
          buffer.removeAll()
          setTime(section.times[step], buffer)
          buffer.isInitial = false
          buffer.pool = section.arena.base
          try readStep(into: buffer)
          step += 1
          return true
        }
        self.section = nil
      }
      guard nextPlace < places.endIndex else { return false }
      try load(places[nextPlace])
      nextPlace += 1
      // Later frames repeat what the changes said.
      if isFrameDue {
        isFrameDue = false
        try readFrame(into: buffer)
        return true
      }
    }
  }

  private func setTime(_ time: UInt64, _ buffer: StepBuffer) {
    buffer.time = time
    while nextBlackout < blackouts.count, blackouts[nextBlackout].time <= time {
      buffer.isBlackout = !blackouts[nextBlackout].isRecording
      nextBlackout += 1
    }
  }

  private func damage(_ found: String, _ expected: String) -> WaveReadError {
    source.error(at: section?.place.range.lowerBound ?? 0, found: found, expected: expected)
  }

  // MARK: - Sections

  private func load(_ place: FSTSectionPlace) throws(WaveReadError) {
    // The memory of the section before is free before there is a new one.
    section = nil
    let section = try FSTSection(place, wanted: wanted, source)
    self.section = section
    step = 0
    heads.removeAll(keepingCapacity: true)
    heads.append(contentsOf: repeatElement(0, count: section.times.count))
    chains.removeAll(keepingCapacity: true)
    chains.reserveCapacity(section.chains.count)
    for chain in section.chains {
      let handle = handles[chain.handle]
      chains.append(
        Chain(
          cursor: section.arena.base + chain.range.lowerBound, end: section.arena.base + chain.range.upperBound,
          code: 0, next: 0, handle: UInt32(chain.handle), layout: Self.layout(handle),
          width: UInt8(min(handle.width, 64))))
      let isScheduled = chains.withUnsafeMutableBufferPointer { chains in
        heads.withUnsafeMutableBufferPointer { heads in
          Self.schedule(chains.count - 1, chains.baseAddress!, heads, from: 0)
        }
      }
      guard isScheduled else { throw damage("an entry of a step that is not there", "the changes of a signal") }
    }
  }

  private static func layout(_ handle: WaveHandle) -> Layout {
    switch handle.kind {
    case .real: .real
    case .text: .text
    case .bits: handle.width == 1 ? .bit : handle.width <= 64 ? .word : .wide
    }
  }

  // MARK: - Frame

  /// All values at the start of the first section.
  private func readFrame(into buffer: StepBuffer) throws(WaveReadError) {
    guard let section else { return }
    buffer.removeAll()
    setTime(section.place.startTime, buffer)
    buffer.isInitial = true
    buffer.pool = section.frame.base
    var offset = 0
    for (index, handle) in handles.prefix(section.frameHandleCount).enumerated() where handle.kind != .text {
      let size = handle.kind == .real ? 8 : handle.width
      guard size <= section.frame.count - offset else {
        throw damage("\(section.frame.count) bytes", "the values of \(handles.count) signals at the start of a section")
      }
      if handle.kind == .real {
        buffer.append(real(section.frame.base + offset, UInt32(index)))
      } else {
        let change = Digits.change(
          UInt32(index), section.frame.mutableBase + offset, size, width: size, offset: offset)
        guard let change else { throw damage("other characters", "values of bits, 01xzhuwl-") }
        buffer.append(change)
      }
      offset += size
    }
  }

  private func real(_ bytes: UnsafePointer<UInt8>, _ handle: UInt32) -> WaveChange {
    let word = UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
    return WaveChange(
      handle: handle, form: .real, payload: isLittleEndian ? UInt64(littleEndian: word) : UInt64(bigEndian: word))
  }

  // MARK: - Steps

  private func readStep(into buffer: StepBuffer) throws(WaveReadError) {
    let step = step
    let isGood = chains.withUnsafeMutableBufferPointer { chains in
      heads.withUnsafeMutableBufferPointer { heads in
        while heads[step] != 0 {
          let index = Int(heads[step]) - 1
          let chain = chains.baseAddress! + index
          heads[step] = chain.pointee.next
          guard readEntry(chain, into: buffer) else { return false }
          if chain.pointee.cursor == chain.pointee.end { continue }
          guard Self.schedule(index, chains.baseAddress!, heads, from: step) else { return false }
        }
        return true
      }
    }
    guard isGood else { throw damage("a damaged entry", "the changes of a signal") }
  }

  /// Reads the number of the next entry and puts the chain into the list of that entry's step.
  @inline(__always)
  private static func schedule(
    _ index: Int, _ chains: UnsafeMutablePointer<Chain>, _ heads: UnsafeMutableBufferPointer<UInt32>, from step: Int
  ) -> Bool {
    let chain = chains + index
    var cursor = chain.pointee.cursor
    let end = chain.pointee.end
    guard cursor < end else { return false }
    var byte = cursor.pointee
    var code = UInt32(byte & 0x7F)
    cursor += 1
    var shift: UInt32 = 7
    while byte & 0x80 != 0 {
      guard cursor < end, shift < 32 else { return false }
      byte = cursor.pointee
      code |= UInt32(byte & 0x7F) &<< shift
      cursor += 1
      shift += 7
    }
    let steps = chain.pointee.layout == .bit ? code >> (code & 1 == 0 ? 2 : 4) : code >> 1
    let target = step + Int(steps)
    guard target < heads.count else { return false }
    chain.pointee.cursor = cursor
    chain.pointee.code = code
    chain.pointee.next = heads[target]
    heads[target] = UInt32(index + 1)
    return true
  }

  /// Appends the change that the entry at the cursor says, and moves behind it; false when it is damaged.
  @inline(__always)
  private func readEntry(_ chain: UnsafeMutablePointer<Chain>, into buffer: StepBuffer) -> Bool {
    let code = chain.pointee.code
    let handle = chain.pointee.handle
    switch chain.pointee.layout {
    case .bit:
      let isState = code & 1 != 0
      buffer.append(
        WaveChange(
          handle: handle, form: isState ? .state : .bits,
          payload: isState ? Self.state(code >> 1 & 7) : UInt64(code >> 1 & 1)))
      return true
    case .word where code & 1 == 0:
      let width = Int(chain.pointee.width)
      let size = (width + 7) / 8
      guard chain.pointee.end - chain.pointee.cursor >= size else { return false }
      // Eight bytes at once: behind the arena there is room for that.
      let word = UInt64(bigEndian: UnsafeRawPointer(chain.pointee.cursor).loadUnaligned(as: UInt64.self))
      buffer.append(WaveChange(handle: handle, form: .bits, payload: word &>> UInt64(64 - width)))
      chain.pointee.cursor += size
      return true
    default: return readLargeEntry(chain, into: buffer)
    }
  }

  /// The character of one of the states besides 0 and 1.
  private static func state(_ number: UInt32) -> UInt64 {
    // x z h u w l - ? from the lowest byte on.
    0x3F2D_6C77_7568_7A78 >> UInt64(number * 8) & 0xFF
  }

  private func readLargeEntry(_ chain: UnsafeMutablePointer<Chain>, into buffer: StepBuffer) -> Bool {
    let index = chain.pointee.handle
    let cursor = chain.pointee.cursor
    let room = chain.pointee.end - cursor
    let width = handles[Int(index)].width
    let offset = cursor - buffer.pool
    let isPacked = chain.pointee.code & 1 == 0
    switch chain.pointee.layout {
    case .real:
      // A writer may pack eight characters that are 0 or 1, since it does not look at the kind.
      guard room >= (isPacked ? 1 : 8) else { return false }
      if isPacked {
        var bytes = (0..<8).map { cursor.pointee << UInt8($0) & 0x80 == 0 ? UInt8(ascii: "0") : UInt8(ascii: "1") }
        buffer.append(real(&bytes, index))
      } else {
        buffer.append(real(cursor, index))
      }
      chain.pointee.cursor += isPacked ? 1 : 8
    case .text:
      var reader = ByteReader(UnsafeRawBufferPointer(start: cursor, count: room))
      guard let count = reader.size(), count <= UInt32.max, reader.take(count) != nil else { return false }
      let start = offset + reader.position - count
      buffer.append(WaveChange(handle: index, form: .text, payload: UInt64(start), length: UInt32(count)))
      chain.pointee.cursor += reader.position
    case .wide where isPacked:
      guard room >= (width + 7) / 8 else { return false }
      buffer.append(WaveChange(handle: index, form: .wide, payload: UInt64(offset)))
      chain.pointee.cursor += (width + 7) / 8
    default:
      guard room >= width,
        let change = Digits.change(index, UnsafeMutablePointer(mutating: cursor), width, width: width, offset: offset)
      else { return false }
      buffer.append(change)
      chain.pointee.cursor += width
    }
    return true
  }
}
