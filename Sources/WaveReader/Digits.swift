/// Values that are stored as characters, one a bit. There may be fewer than the signal has bits: then the first one goes
/// on to the left, except that 0 stands left of 1 (IEEE 1800-2017, 21.7.2.1).
enum Digits {
  /// The change that `count` characters say, which are `offset` into the pool; upper case becomes lower case there. Nil
  /// when they are not states of bits. Characters of more than 64 bits may all be 0 or 1.
  @inline(__always)
  static func change(
    _ handle: UInt32, _ characters: UnsafeMutablePointer<UInt8>, _ count: Int, width: Int, offset: Int
  ) -> WaveChange? {
    var bits: UInt64 = 0
    var others: UInt8 = 0
    for index in 0..<count {
      bits = bits &<< 1 | UInt64(characters[index] & 1)
      others |= characters[index] ^ UInt8(ascii: "0")
    }
    if others & 0xFE == 0 && width <= 64 { return WaveChange(handle: handle, form: .bits, payload: bits) }
    return largeChange(handle, characters, count, width: width, offset: offset)
  }

  private static func largeChange(
    _ handle: UInt32, _ characters: UnsafeMutablePointer<UInt8>, _ count: Int, width: Int, offset: Int
  ) -> WaveChange? {
    guard count > 0 else { return nil }
    for index in 0..<count {
      if characters[index] & 0xFE == UInt8(ascii: "0") { continue }
      guard let state = state(characters[index]) else { return nil }
      characters[index] = state
    }
    if width == 1 { return WaveChange(handle: handle, form: .state, payload: UInt64(characters[0])) }
    return WaveChange(handle: handle, form: .states, payload: UInt64(offset), length: UInt32(count))
  }

  /// All characters of a value of `width` bits.
  static func extended(_ characters: UnsafeBufferPointer<UInt8>, to width: Int) -> [UInt8] {
    guard let first = characters.first, characters.count < width else { return Array(characters) }
    let filler = first == UInt8(ascii: "1") ? UInt8(ascii: "0") : first
    return Array(repeatElement(filler, count: width - characters.count)) + characters
  }

  /// Eight bits a byte, the first character highest; nil when one of them is not 0 or 1.
  static func packed(_ characters: [UInt8]) -> [UInt8]? {
    guard characters.allSatisfy({ $0 & 0xFE == UInt8(ascii: "0") }) else { return nil }
    var bytes = [UInt8](repeating: 0, count: (characters.count + 7) / 8)
    for (index, character) in characters.enumerated() { bytes[index / 8] |= (character & 1) << UInt8(7 - index % 8) }
    return bytes
  }

  /// The lower-case character of a state besides 0 and 1.
  static func state(_ character: UInt8) -> UInt8? {
    switch character | 0x20 {
    case UInt8(ascii: "x"), UInt8(ascii: "z"), UInt8(ascii: "h"), UInt8(ascii: "u"), UInt8(ascii: "w"),
      UInt8(ascii: "l"):
      return character | 0x20
    // These two are no letters.
    case UInt8(ascii: "-") where character == UInt8(ascii: "-"), UInt8(ascii: "?") where character == UInt8(ascii: "?"):
      return character
    default: return nil
    }
  }
}
