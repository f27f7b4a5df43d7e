/// A signal's latest value, and how VCD writes it.
struct VCDSignal {
  let type: SignalType
  let identifier: String
  /// What follows the value: a space after all but scalars, the identifier and a line feed, the first byte lowest.
  private let suffix: UInt64
  private let suffixCount: Int
  /// The value of a signal of two states and at most 64 bits.
  private var word: UInt64 = 0
  /// The characters of any other value.
  private var characters: [UInt8] = []

  init(_ type: SignalType, identifier: String) {
    self.type = type
    self.identifier = identifier
    let bytes = Array(((type.width == 1 ? "" : " ") + identifier + "\n").utf8)
    suffix = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    suffixCount = bytes.count
  }

  /// The type of variable in a declaration.
  var keyword: String {
    switch type {
    case .bits, .logic: "reg"
    case .event: "event"
    case .real: "real"
    case .text: "string"
    }
  }

  /// The size in a declaration.
  var declaredWidth: Int { type == .real ? 64 : type.width }

  // MARK: - Values

  /// - Returns: Whether that is a change.
  mutating func set(_ value: UInt64) -> Bool {
    if type == .event { return value & 1 != 0 }
    if !type.isWord { return set(.bits(value)) }
    let bits = value & bitMask(width: type.width)
    if bits == word { return false }
    word = bits
    return true
  }

  /// - Returns: Whether that is a change.
  @discardableResult
  mutating func set(_ value: SignalValue) -> Bool {
    switch (value, type) {
    case (.bits(let bits), .bits), (.bits(let bits), .logic):
      if type.isWord { return set(bits) }
      return set(characters: digits(of: [bits]))
    case (.words(let words), .bits), (.words(let words), .logic):
      if type.isWord { return set(words.first ?? 0) }
      return set(characters: digits(of: words))
    case (.logic(let text), .bits), (.logic(let text), .logic):
      let digits = LogicCharacter.extended(text, to: type.width)
      if !type.isWord { return set(characters: digits) }
      return set(digits.reduce(0) { $0 << 1 | UInt64($1 & 1) })
    case (.real(let real), .real): return set(characters: Array("\(real)".utf8))
    case (.bits(let bits), .event): return bits & 1 != 0
    case (.text(let text), .text): return set(characters: Array(text.utf8))
    default: preconditionFailure("found the value \(value), which is not of the signal's type")
    }
  }

  private mutating func set(characters new: [UInt8]) -> Bool {
    if new == characters { return false }
    characters = new
    return true
  }

  private func digits(of words: [UInt64]) -> [UInt8] {
    (0..<type.width).reversed().map { bit in
      bit / 64 < words.count ? 0x30 | UInt8(words[bit / 64] >> UInt64(bit % 64) & 1) : 0x30
    }
  }

  // MARK: - Text

  /// Appends the value as a line.
  func append(to text: inout ByteBuffer) {
    if type.isWord {
      appendWord(to: &text)
      return
    }
    switch type {
    case .event: text.append(UInt8(ascii: "1"))
    case .bits, .logic: if type.width > 1 { text.append(UInt8(ascii: "b")) }
    case .real: text.append(UInt8(ascii: "r"))
    case .text: text.append(UInt8(ascii: "s"))
    }
    if type == .text { appendEscaped(to: &text) } else { text.append(bytes: characters, count: characters.count) }
    appendSuffix(to: &text)
  }

  /// Appends the value that a vector has while nothing is recorded.
  func appendUnknown(to text: inout ByteBuffer) {
    text.append(text: type.width == 1 ? "x" : "bx")
    appendSuffix(to: &text)
  }

  /// White space ends a text: what is not a plain character is written as C does, which GTKWave reads.
  private func appendEscaped(to text: inout ByteBuffer) {
    for byte in characters {
      if let letter = Self.escapes[byte] {
        text.append(text: "\\\(letter)")
      } else if byte > 0x20 && byte < 0x7F {
        text.append(byte)
      } else {
        text.append(text: "\\\(byte >> 6)\(byte >> 3 & 7)\(byte & 7)")
      }
    }
  }

  private static let escapes: [UInt8: Character] = [
    7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", UInt8(ascii: "\""): "\"", UInt8(ascii: "'"): "'",
    UInt8(ascii: "?"): "?", UInt8(ascii: "\\"): "\\",
  ]

  private func appendSuffix(to text: inout ByteBuffer) {
    text.reserve(8)
    UnsafeMutableRawPointer(text.end).storeBytes(of: suffix.littleEndian, as: UInt64.self)
    text.commit(suffixCount)
  }

  private func appendWord(to text: inout ByteBuffer) {
    text.reserve(Self.changeBound)
    let start = text.end
    var position = start
    if type.width > 1 {
      position.pointee = UInt8(ascii: "b")
      position = Self.storeDigits(word, at: position + 1)
    } else {
      position.pointee = 0x30 | UInt8(truncatingIfNeeded: word)
      position += 1
    }
    text.commit(position - start)
    appendSuffix(to: &text)
  }

  /// A `b`, 64 digits and eight bytes of suffix.
  private static let changeBound = 1 + 64 + 8

  /// Stores `bits` as binary digits without leading zeros, which readers restore.
  ///
  /// - Returns: Where the digits end.
  private static func storeDigits(
    _ bits: UInt64, at start: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    let count = max(1, 64 - bits.leadingZeroBitCount)
    let leftAligned = bits << UInt64(64 - count)
    for group in 0..<(count + 7) / 8 {
      // Copies eight bits into all eight bytes, keeps another one in each, and moves it to the bottom.
      let copies = (leftAligned >> UInt64(56 - 8 * group) & 0xFF) &* 0x0101_0101_0101_0101
      let carried = (copies & 0x0102_0408_1020_4080) &+ 0x7F7E_7C78_7060_4000
      let digits = (carried >> 7 & 0x0101_0101_0101_0101) | 0x3030_3030_3030_3030
      UnsafeMutableRawPointer(start + 8 * group).storeBytes(of: digits.littleEndian, as: UInt64.self)
    }
    return start + count
  }
}
