extension ByteBuffer {
  /// Appends `value` as the payload of a change has it.
  ///
  /// - Returns: What was appended. Text is its length in eight bytes, and its bytes.
  mutating func append(_ value: SignalValue, of signal: FSTSignal) -> FSTEntry.Form {
    switch (value, signal.encoding) {
    case (.bits(let bits), .bit), (.bits(let bits), .word), (.bits(let bits), .wide):
      append(words: [bits], width: signal.width)
      return .bytes
    case (.words(let words), .bit), (.words(let words), .word), (.words(let words), .wide):
      append(words: words, width: signal.width)
      return .bytes
    case (.logic(let text), .bit), (.logic(let text), .word), (.logic(let text), .wide):
      let characters = LogicCharacter.extended(text, to: signal.width)
      precondition(
        signal.isLogic || characters.allSatisfy { $0 & ~1 == 0x30 }, "found '\(text)' for a signal of two states")
      append(bytes: characters, count: characters.count)
      return .characters
    case (.real(let real), .real):
      withUnsafeBytes(of: real) { append(bytes: $0.baseAddress!, count: $0.count) }
      return .bytes
    case (.text(let text), .text):
      let bytes = Array(text.utf8)
      append(bigEndian: UInt64(bytes.count))
      append(bytes: bytes, count: bytes.count)
      return .bytes
    case (.bits, .event): return .word
    default:
      preconditionFailure("found the value \(value), which is not of the signal's type")
    }
  }

  /// The low `width` bits of `words`, left-aligned in whole bytes, the highest first.
  private mutating func append(words: [UInt64], width: Int) {
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

  /// The text that was appended at `offset`.
  func text(at offset: Int) -> UnsafeBufferPointer<UInt8> {
    let count = UInt64(bigEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self))
    return UnsafeBufferPointer(start: base + offset + 8, count: Int(count))
  }

  /// The value of at most 64 bits that was appended at `offset`.
  func word(at offset: Int, width: Int, form: FSTEntry.Form) -> UInt64 {
    var value: UInt64 = 0
    if form == .characters {
      for bit in 0..<width { value = value << 1 | UInt64(base[offset + bit] & 1) }
      return value
    }
    let byteCount = (width + 7) / 8
    for byte in 0..<byteCount { value = value << 8 | UInt64(base[offset + byte]) }
    return value >> UInt64(byteCount * 8 - width)
  }
}
