import Glibc

/// Turns columns of changes into chains. Everything that is the same for a whole column stays in registers, and the
/// entries lie one behind the other: that is what makes it quick.
struct FSTColumnEncoder: ~Copyable {
  let signals: UnsafeMutableBufferPointer<FSTSignal>
  /// The chains of the current section, by signal.
  let chains: UnsafeMutablePointer<FSTChain>
  /// The fields of each column.
  private let fields: [[PlacedField]]
  /// The columns that have several, and those of words.
  private let isMixed: [Bool]
  private let isWord: [Bool]
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
    isMixed = columns.map { $0.count > 1 }
    isWord = columns.map { $0.allSatisfy { types[$0.signal].isWord } }
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

  /// A number that is a word needs nothing: the word is there.
  private mutating func setInitial(_ value: SignalValue, of index: Int) {
    let signal = signals[index]
    var bytes = ByteBuffer(capacity: SignalType.widthLimit)
    if signal.encoding == .event { return }
    if let (column, _) = homes[index] {
      if case .bits = value { return }
      bytes.append(value, of: signal)
      words[column] = bytes.word(at: 0, width: signal.width)
    } else {
      bytes.append(value, of: signal)
      _ = take(bytes, at: 0, for: index)
    }
  }

  // MARK: - Columns

  /// Appends the changes of `column`, whose steps count from the section's step `firstStep`.
  ///
  /// - Returns: By how many bytes chains have grown.
  mutating func encode(
    _ column: Int, _ changes: FSTColumn, payload: borrowing ByteBuffer, firstStep: UInt32
  ) -> Int {
    var growth = 0
    let changed = isMixed[column] ? Self.changedBits(changes, from: words[column]) : ~0
    for field in fields[column] where changed & field.mask != 0 || field.substitute != nil {
      let before = chains[field.signal].count
      if signals[field.signal].encoding == .event {
        encodeEvents(field.signal, changes, firstStep)
      } else if isWord[column] {
        encodeWord(field, changes, before: words[column], firstStep)
      } else {
        encodeOthers(field.signal, changes, payload, firstStep)
      }
      growth += chains[field.signal].count - before
    }
    words[column] = changes.values[changes.count - 1]
    return growth
  }

  /// The bits that are not the same in all of `changes` and the word before them.
  private static func changedBits(_ changes: FSTColumn, from word: UInt64) -> UInt64 {
    var changed: UInt64 = 0
    for index in 0..<changes.count { changed |= changes.values[index] ^ word }
    return changed
  }

  private func encodeWord(_ field: PlacedField, _ changes: FSTColumn, before word: UInt64, _ firstStep: UInt32) {
    var chain = chains[field.signal]
    var encoder = FSTFieldEncoder(
      field, signals[field.signal], changes, firstStep, before: word, lastStep: chain.lastStep,
      at: chain.reserve(changes.count * FSTFieldEncoder.entryBound + FSTFieldEncoder.slack))
    encoder.encode()
    chain.lastStep = encoder.lastStep
    chain.commit(encoder.place)
    chains[field.signal] = chain
  }

  private func encodeEvents(_ index: Int, _ changes: FSTColumn, _ firstStep: UInt32) {
    var place = chains[index].reserve(changes.count * 5)
    var last = chains[index].lastStep
    for index in 0..<changes.count {
      let step = firstStep &+ UInt32(changes.steps[index])
      storeVarint((step &- last) &<< 2 | 2, at: &place)
      last = step
    }
    chains[index].lastStep = last
    chains[index].commit(place)
  }

  // MARK: - Other values

  /// Signals of nine states, wide ones, reals and texts.
  private mutating func encodeOthers(
    _ signal: Int, _ changes: FSTColumn, _ payload: borrowing ByteBuffer, _ firstStep: UInt32
  ) {
    for index in 0..<changes.count where take(payload, at: Int(changes.values[index]), for: signal) {
      _ = appendCurrent(signal, step: firstStep &+ UInt32(changes.steps[index]))
    }
  }

  /// Makes the value at `offset` of a payload the current one.
  ///
  /// - Returns: Whether that is a change.
  private mutating func take(_ payload: borrowing ByteBuffer, at offset: Int, for index: Int) -> Bool {
    let signal = signals[index]
    if signal.encoding == .text {
      let text = payload.text(at: offset)
      if texts[index].elementsEqual(text) { return false }
      texts[index] = Array(text)
      return true
    }
    let (form, value) = payload.value(at: offset)
    expand(form, value, signal)
    let current = frame.baseAddress! + signal.frameOffset
    if memcmp(scratch, current, signal.frameBytes) == 0 { return false }
    current.update(from: scratch, count: signal.frameBytes)
    return true
  }

  /// Puts a value of a payload into the scratch space as a frame has it.
  private func expand(_ form: ValueForm, _ bytes: UnsafePointer<UInt8>, _ signal: FSTSignal) {
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
