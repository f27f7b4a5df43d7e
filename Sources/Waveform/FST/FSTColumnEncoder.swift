import Glibc

/// Turns columns of changes into chains. Everything that is the same for a whole column stays in registers, and the
/// entries lie one behind the other: that is what makes it quick.
struct FSTColumnEncoder: ~Copyable {
  let signals: UnsafeMutableBufferPointer<FSTSignal>
  /// The chains of the current section, by signal.
  let chains: UnsafeMutablePointer<FSTChain>
  /// The fields of each column.
  private let fields: [[PlacedField]]
  /// The columns that have fields.
  let used: [Int]
  /// The columns that have several.
  private let isMixed: [Bool]
  /// The column and place of each signal that is in a word.
  private let homes: [(column: Int, field: PlacedField)?]
  /// The latest word of each column.
  private let words: UnsafeMutablePointer<UInt64>
  /// The latest value of each signal as a frame has it. Signals that are in words are brought up to date by
  /// ``refreshFrame()``.
  let frame: UnsafeMutableBufferPointer<UInt8>
  /// The latest value of each text.
  private(set) var texts: [[UInt8]]
  private let scratch: UnsafeMutablePointer<UInt8>

  /// - Parameters:
  ///   - columns: The fields of each column; a signal's own column has one field, the whole word.
  ///   - words: The columns' words at the start.
  ///   - initial: The values at the start, of the signals that are not in words.
  init(types: [SignalType], columns: [[PlacedField]], words initialWords: [UInt64], initial: [SignalValue]) {
    var frameBytes = 0
    signals = .allocate(capacity: types.count)
    chains = .allocate(capacity: max(1, types.count))
    for (index, type) in types.enumerated() {
      let signal = FSTSignal(type, frameOffset: frameBytes)
      signals.initializeElement(at: index, to: signal)
      (chains + index).initialize(to: FSTChain())
      frameBytes += signal.frameBytes
    }
    frame = .allocate(capacity: frameBytes)
    frame.initialize(repeating: UInt8(ascii: "0"))
    fields = columns
    used = columns.indices.filter { !columns[$0].isEmpty }
    isMixed = columns.map { $0.count > 1 }
    words = .allocate(capacity: max(1, columns.count))
    for (index, word) in initialWords.enumerated() { (words + index).initialize(to: word) }
    texts = Array(repeating: [], count: types.count)
    scratch = .allocate(capacity: SignalType.widthLimit)
    var homes: [(column: Int, field: PlacedField)?] = Array(repeating: nil, count: types.count)
    for (column, fields) in columns.enumerated() {
      for field in fields where types[field.signal].isWord { homes[field.signal] = (column, field) }
    }
    self.homes = homes
    for (index, value) in initial.enumerated() { setInitial(value, of: index) }
    for index in signals.indices { refreshFrame(index) }
  }

  deinit {
    for index in signals.indices { chains[index].deallocate() }
    chains.deallocate()
    signals.deallocate()
    words.deallocate()
    frame.deallocate()
    scratch.deallocate()
  }

  private mutating func setInitial(_ value: SignalValue, of index: Int) {
    let signal = signals[index]
    if signal.encoding == .event { return }
    if homes[index] != nil {
      var bytes = ByteBuffer(capacity: 64)
      // A word in another form than a number; a number is in the word already.
      if case .bits = value { return }
      let form = bytes.append(value, of: signal)
      words[homes[index]!.column] = bytes.word(at: 0, width: signal.width, form: form)
      return
    }
    var bytes = ByteBuffer(capacity: SignalType.widthLimit)
    let form = bytes.append(value, of: signal)
    if signal.encoding == .text {
      texts[index] = Array(bytes.text(at: 0))
    } else {
      expand(form, bytes.base, signal)
      (frame.baseAddress! + signal.frameOffset).update(from: scratch, count: signal.frameBytes)
    }
  }

  // MARK: - Columns

  /// Appends the changes of `column`, whose steps count from the section's step `firstStep`.
  ///
  /// - Returns: By how many bytes chains have grown.
  mutating func encode(
    _ column: Int, _ entries: UnsafeBufferPointer<FSTEntry>, payload: borrowing ByteBuffer, firstStep: UInt32
  ) -> Int {
    var growth = 0
    let changed = isMixed[column] ? Self.changedBits(entries, from: words[column]) : ~0
    for field in fields[column] where changed & field.mask != 0 || field.substitute != nil {
      let before = chains[field.signal].count
      let signal = signals[field.signal]
      if signal.encoding == .event {
        encodeEvents(field.signal, entries, firstStep)
      } else if homes[field.signal] == nil {
        encodeOthers(field.signal, signal, entries, payload, firstStep)
      } else if let substitute = field.substitute {
        encodeWords(field, substitute, signal, entries, words[column], firstStep)
      } else if signal.encoding == .bit {
        encodeBits(field, entries, words[column], firstStep)
      } else {
        encodeWords(field, signal, entries, words[column], firstStep)
      }
      growth += chains[field.signal].count - before
    }
    words[column] = entries[entries.count - 1].value
    return growth
  }

  /// The bits that are not the same in all `entries` and the word before them.
  private static func changedBits(_ entries: UnsafeBufferPointer<FSTEntry>, from word: UInt64) -> UInt64 {
    var changed: UInt64 = 0
    for entry in entries { changed |= entry.value ^ word }
    return changed
  }

  private func encodeBits(
    _ field: PlacedField, _ entries: UnsafeBufferPointer<FSTEntry>, _ word: UInt64, _ firstStep: UInt32
  ) {
    var chain = chains[field.signal]
    var place = chain.reserve(entries.count * 5)
    var last = chain.lastStep, old = word & field.mask
    for entry in entries {
      let value = entry.value & field.mask
      if value == old { continue }
      old = value
      let step = firstStep &+ entry.step
      storeVarint((step &- last) &<< 2 | UInt32(truncatingIfNeeded: value &>> field.shift) &<< 1, at: &place)
      last = step
    }
    chain.lastStep = last
    chain.commit(place)
    chains[field.signal] = chain
  }

  private func encodeWords(
    _ field: PlacedField, _ signal: FSTSignal, _ entries: UnsafeBufferPointer<FSTEntry>, _ word: UInt64,
    _ firstStep: UInt32
  ) {
    let byteCount = signal.valueBytes, leftShift = UInt64(64 - signal.width) &- field.shift
    var chain = chains[field.signal]
    // Eight bytes are stored always, which is cheaper than a loop; what is too much gets overwritten.
    var place = chain.reserve(entries.count * (5 + byteCount) + 8)
    var last = chain.lastStep, old = word & field.mask
    for entry in entries {
      let value = entry.value & field.mask
      if value == old { continue }
      old = value
      let step = firstStep &+ entry.step
      storeVarint((step &- last) &<< 1, at: &place)
      last = step
      UnsafeMutableRawPointer(place).storeBytes(of: (value &<< leftShift).bigEndian, as: UInt64.self)
      place += byteCount
    }
    chain.lastStep = last
    chain.commit(place)
    chains[field.signal] = chain
  }

  private func encodeWords(
    _ field: PlacedField, _ substitute: WordField.Substitute, _ signal: FSTSignal,
    _ entries: UnsafeBufferPointer<FSTEntry>, _ word: UInt64, _ firstStep: UInt32
  ) {
    let byteCount = signal.valueBytes, leftShift = UInt64(64 - signal.width)
    var chain = chains[field.signal]
    var place = chain.reserve(entries.count * (5 + byteCount) + 8)
    var last = chain.lastStep, old = field.value(in: word)
    for entry in entries {
      let value = substitute.value(of: entry.value, bits: (entry.value & field.mask) &>> field.shift)
      if value == old { continue }
      old = value
      let step = firstStep &+ entry.step
      storeVarint((step &- last) &<< 1, at: &place)
      last = step
      UnsafeMutableRawPointer(place).storeBytes(of: (value &<< leftShift).bigEndian, as: UInt64.self)
      place += byteCount
    }
    chain.lastStep = last
    chain.commit(place)
    chains[field.signal] = chain
  }

  private func encodeEvents(_ index: Int, _ entries: UnsafeBufferPointer<FSTEntry>, _ firstStep: UInt32) {
    var place = chains[index].reserve(entries.count * 5)
    var last = chains[index].lastStep
    for entry in entries {
      let step = firstStep &+ entry.step
      storeVarint((step &- last) &<< 2 | 2, at: &place)
      last = step
    }
    chains[index].lastStep = last
    chains[index].commit(place)
  }

  // MARK: - Other values

  /// Signals of nine states, wide ones, reals and texts.
  private mutating func encodeOthers(
    _ index: Int, _ signal: FSTSignal, _ entries: UnsafeBufferPointer<FSTEntry>, _ payload: borrowing ByteBuffer,
    _ firstStep: UInt32
  ) {
    for entry in entries {
      let step = firstStep &+ entry.step
      if signal.encoding == .text {
        let text = payload.text(at: Int(entry.value))
        if texts[index].elementsEqual(text) { continue }
        texts[index] = Array(text)
      } else {
        if entry.form == .word {
          expand(entry.value, signal)
        } else {
          expand(entry.form, payload.base + Int(entry.value), signal)
        }
        let current = frame.baseAddress! + signal.frameOffset
        if memcmp(scratch, current, signal.frameBytes) == 0 { continue }
        current.update(from: scratch, count: signal.frameBytes)
      }
      _ = appendCurrent(index, step: step)
    }
  }

  /// Puts a value of at most 64 bits into the scratch space, a character a bit.
  private func expand(_ value: UInt64, _ signal: FSTSignal) {
    for bit in 0..<signal.width { scratch[bit] = 0x30 | UInt8(value &>> UInt64(signal.width - 1 - bit) & 1) }
  }

  /// Puts a value of a payload into the scratch space as a frame has it.
  private func expand(_ form: FSTEntry.Form, _ bytes: UnsafePointer<UInt8>, _ signal: FSTSignal) {
    if form == .characters || signal.encoding == .real {
      scratch.update(from: bytes, count: signal.frameBytes)
    } else {
      for bit in 0..<signal.width { scratch[bit] = 0x30 | bytes[bit / 8] >> UInt8(7 - bit % 8) & 1 }
    }
  }

  /// Gives a text signal a value, which ``appendCurrent(_:step:)`` then records.
  mutating func setText(_ index: Int, to text: [UInt8]) { texts[index] = text }

  /// Appends the value that the signal has now to its chain.
  ///
  /// - Returns: By how many bytes that has grown.
  mutating func appendCurrent(_ index: Int, step: UInt32) -> Int {
    let before = chains[index].count, signal = signals[index]
    if signal.encoding == .event { return 0 }
    let current = frame.baseAddress! + signal.frameOffset
    let text = texts[index]
    var place = chains[index].reserve(16 + max(signal.frameBytes, text.count))
    let steps = step &- chains[index].lastStep
    switch signal.encoding {
    case .bit, .event: storeBit(current.pointee, steps, at: &place)
    case .word, .wide: storeVector(current, signal, steps, at: &place)
    case .real:
      storeVarint(steps &<< 1 | 1, at: &place)
      place.update(from: current, count: 8)
      place += 8
    case .text:
      storeVarint(steps &<< 1, at: &place)
      storeVarint(UInt32(text.count), at: &place)
      place.update(from: text, count: text.count)
      place += text.count
    }
    chains[index].lastStep = step
    chains[index].commit(place)
    return chains[index].count - before
  }

  private func storeBit(_ character: UInt8, _ steps: UInt32, at place: inout UnsafeMutablePointer<UInt8>) {
    if let code = LogicCharacter.code(of: character) {
      storeVarint(steps &<< 4 | code &<< 1 | 1, at: &place)
    } else {
      storeVarint(steps &<< 2 | UInt32(character & 1) &<< 1, at: &place)
    }
  }

  private func storeVector(
    _ characters: UnsafePointer<UInt8>, _ signal: FSTSignal, _ steps: UInt32,
    at place: inout UnsafeMutablePointer<UInt8>
  ) {
    let isTwoState = !(0..<signal.width).contains { LogicCharacter.code(of: characters[$0]) != nil }
    storeVarint(steps &<< 1 | (isTwoState ? 0 : 1), at: &place)
    if !isTwoState {
      place.update(from: characters, count: signal.width)
      place += signal.width
      return
    }
    for byte in 0..<signal.valueBytes {
      var bits: UInt8 = 0
      for bit in 8 * byte..<min(8 * byte + 8, signal.width) { bits |= (characters[bit] & 1) << UInt8(7 - bit % 8) }
      place[byte] = bits
    }
    place += signal.valueBytes
  }

  // MARK: - Frame

  /// Brings the frame up to date with the signals that changed in this section.
  func refreshFrame() {
    for index in signals.indices where chains[index].count > 0 { refreshFrame(index) }
  }

  private func refreshFrame(_ index: Int) {
    guard let (column, field) = homes[index] else { return }
    let signal = signals[index], place = frame.baseAddress! + signal.frameOffset
    let value = field.value(in: words[column])
    for bit in 0..<signal.width { place[bit] = 0x30 | UInt8(value &>> UInt64(signal.width - 1 - bit) & 1) }
  }
}

/// The characters of the values of a bit.
enum LogicCharacter {
  /// FST's number of `character`; nil for 0 and 1.
  static func code(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "0"), UInt8(ascii: "1"): nil
    case UInt8(ascii: "x"): 0
    case UInt8(ascii: "z"): 1
    case UInt8(ascii: "h"): 2
    case UInt8(ascii: "u"): 3
    case UInt8(ascii: "w"): 4
    case UInt8(ascii: "l"): 5
    case UInt8(ascii: "-"): 6
    default: 7
    }
  }

  /// The characters of `text` for a vector of `width` bits, the highest bit first, extended as VCD extends short values.
  static func extended(_ text: String, to width: Int) -> [UInt8] {
    var characters = text.utf8.map { $0 == UInt8(ascii: "X") || $0 == UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    precondition(characters.allSatisfy { isValid($0) }, "found '\(text)', expected a value of 0 1 x z h u w l - ?")
    if characters.count > width { characters.removeFirst(characters.count - width) }
    let first = characters.first ?? UInt8(ascii: "0")
    let extends = first == UInt8(ascii: "x") || first == UInt8(ascii: "z")
    return Array(repeating: extends ? first : UInt8(ascii: "0"), count: width - characters.count) + characters
  }

  private static func isValid(_ character: UInt8) -> Bool { "01xzhuwl-?".utf8.contains(character) }
}
