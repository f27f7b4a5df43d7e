/// How a payload has a value.
enum ValueForm: UInt8 {
  /// Bits, left-aligned in whole bytes; or eight bytes of a real; or text after its length in eight bytes.
  case bytes
  /// A character for each bit.
  case characters
}

// Payloads: a byte of form, then the value.
extension ByteBuffer {
  /// Appends `value`, which must be of the signal's type.
  mutating func append(_ value: SignalValue, of signal: FSTSignal) {
    switch (value, signal.encoding) {
    case (.bits(let bits), .bit), (.bits(let bits), .word), (.bits(let bits), .wide):
      append(words: [bits], width: signal.width)
    case (.words(let words), .bit), (.words(let words), .word), (.words(let words), .wide):
      append(words: words, width: signal.width)
    case (.logic(let text), .bit), (.logic(let text), .word), (.logic(let text), .wide):
      append(characters: text, of: signal)
    case (.real(let real), .real):
      append(ValueForm.bytes.rawValue)
      withUnsafeBytes(of: real) { append(bytes: $0.baseAddress!, count: $0.count) }
    case (.text(let text), .text):
      let bytes = Array(text.utf8)
      append(ValueForm.bytes.rawValue)
      append(bigEndian: UInt64(bytes.count))
      append(bytes: bytes, count: bytes.count)
    default:
      preconditionFailure("found the value \(value), which is not of the signal's type")
    }
  }

  /// The low `width` bits of `words`, left-aligned in whole bytes, the highest first.
  private mutating func append(words: [UInt64], width: Int) {
    append(ValueForm.bytes.rawValue)
    let byteCount = (width + 7) / 8, padding = byteCount * 8 - width
    func byte(_ index: Int) -> UInt64 {
      guard index >= 0, index / 8 < words.count else { return 0 }
      return words[index / 8] >> UInt64(index % 8 * 8) & 0xFF
    }
    for index in (0..<byteCount).reversed() {
      // The byte's bits, counted in the left-aligned value, begin `padding` bits lower in the words.
      let bits = ((byte(index) << 8 | byte(index - 1)) << UInt64(padding)) >> 8
      append(UInt8(truncatingIfNeeded: bits))
    }
  }

  private mutating func append(characters text: String, of signal: FSTSignal) {
    let characters = LogicCharacter.extended(text, to: signal.width)
    precondition(
      signal.isLogic || characters.allSatisfy { $0 & ~1 == 0x30 }, "found '\(text)' for a signal of two states")
    append(ValueForm.characters.rawValue)
    append(bytes: characters, count: characters.count)
  }

  /// The value that was appended at `offset`.
  func value(at offset: Int) -> (form: ValueForm, bytes: UnsafePointer<UInt8>) {
    (base[offset] == 0 ? .bytes : .characters, UnsafePointer(base + offset + 1))
  }

  /// The text that was appended at `offset`.
  func text(at offset: Int) -> UnsafeBufferPointer<UInt8> {
    let count = UInt64(bigEndian: UnsafeRawPointer(base + offset + 1).loadUnaligned(as: UInt64.self))
    return UnsafeBufferPointer(start: base + offset + 9, count: Int(count))
  }

  /// The value of at most 64 bits, each 0 or 1, that was appended at `offset`.
  func word(at offset: Int, width: Int) -> UInt64 {
    let (form, bytes) = value(at: offset)
    var word: UInt64 = 0
    if form == .characters {
      for bit in 0..<width { word = word << 1 | UInt64(bytes[bit] & 1) }
      return word
    }
    let byteCount = (width + 7) / 8
    for byte in 0..<byteCount { word = word << 8 | UInt64(bytes[byte]) }
    return word >> UInt64(byteCount * 8 - width)
  }
}
