/// Reads one instruction from the tokens of its line, in either syntax; the rules are in the extensions.
struct LineParser {
  /// The slots of an instruction; what a label stands for is still missing.
  struct Parsed {
    var instruction: Instruction
    /// The immediate of the second slot of an LDDW.
    var upper: Int32?
    /// The label that a jump or call goes to.
    var label: Token?

    init(_ instruction: Instruction, upper: Int32? = nil, label: Token? = nil) {
      self.instruction = instruction
      self.upper = upper
      self.label = label
    }
  }

  /// A register as written: `w3` is the low half of `r3`, and selects an operation of 32 bits.
  struct Register: Equatable {
    let number: UInt8
    let isNarrow: Bool
  }

  /// Numbers are read in more bits than any field has, so that each range check sees the true value.
  typealias Number = Int128

  static let immediates: ClosedRange<Number> = -0x8000_0000...0xffff_ffff
  static let wideImmediates: ClosedRange<Number> = -0x8000_0000_0000_0000...0xffff_ffff_ffff_ffff
  static let offsets: ClosedRange<Number> = -0x8000...0x7fff
  static let distances: ClosedRange<Number> = -0x8000_0000...0x7fff_ffff
  static let helpers: ClosedRange<Number> = 0...0x7fff_ffff

  private let tokens: [Token]
  private var index = 0

  init(_ tokens: [Token]) { self.tokens = tokens }

  // MARK: Tokens

  /// The token to read next; the end of the line stays.
  var current: Token { tokens[index] }
  var following: Token { tokens[min(index + 1, tokens.count - 1)] }
  var isAtEnd: Bool { current.kind == .endOfLine }

  @discardableResult mutating func next() -> Token {
    defer { index = min(index + 1, tokens.count - 1) }
    return current
  }

  mutating func accept(_ symbol: String) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    next()
    return true
  }

  mutating func expect(_ symbols: String...) throws(AssemblyError) {
    for symbol in symbols where !accept(symbol) { throw unexpected("'\(symbol)'") }
  }

  mutating func expectEnd() throws(AssemblyError) {
    if !isAtEnd { throw unexpected("the end of the instruction") }
  }

  func unexpected(_ expected: String, hint: String? = nil) -> AssemblyError {
    AssemblyError(at: current.offset, found: current.shown, expected: expected, hint: hint)
  }

  // MARK: Registers

  /// Whether the token is `r` or `w` with a number, existing or not, so that it cannot be a label.
  static func isRegister(_ token: Token) -> Bool {
    let name = token.text.utf8.drop { $0 == UInt8(ascii: "%") }
    return token.kind == .word && (name.first == UInt8(ascii: "r") || name.first == UInt8(ascii: "w"))
      && name.count > 1 && name.dropFirst().allSatisfy(\.isDigit)
  }

  mutating func register(_ expected: String = "a register") throws(AssemblyError) -> Register {
    guard Self.isRegister(current) else { throw unexpected(expected) }
    let name = current.text.drop { $0 == "%" }
    guard let number = UInt8(name.dropFirst()), number <= 10, name.count == (number == 10 ? 3 : 2) else {
      throw unexpected("a register, r0...r10 or w0...w10")
    }
    next()
    return Register(number: number, isNarrow: name.first == "w")
  }

  mutating func register(isNarrow: Bool) throws(AssemblyError) -> UInt8 {
    let expected = isNarrow ? "a register, w0...w10" : "a register, r0...r10"
    let token = current
    let register = try register(expected)
    guard register.isNarrow == isNarrow else {
      throw AssemblyError(at: token.offset, found: token.shown, expected: expected)
    }
    return register.number
  }

  /// The register that an instruction has to name twice.
  mutating func repeated(_ register: Register) throws(AssemblyError) {
    let token = current
    let name = "\(register.isNarrow ? "w" : "r")\(register.number)"
    guard try self.register("'\(name)'") == register else {
      throw AssemblyError(at: token.offset, found: token.shown, expected: "'\(name)'")
    }
  }

  // MARK: Numbers

  var isAtNumber: Bool {
    current.kind == .number || ((current.isSymbol("-") || current.isSymbol("+")) && following.kind == .number)
  }

  /// A number with or without a sign; `what` says what it is good for.
  mutating func number(_ what: String, in range: ClosedRange<Number>) throws(AssemblyError) -> Number {
    let start = current
    guard isAtNumber else { throw unexpected(what) }
    let sign = start.kind == .symbol ? next().text : ""
    let digits = current
    let magnitude = try magnitude()
    let value = sign == "-" ? -magnitude : magnitude
    guard range.contains(value) else {
      throw AssemblyError(
        .outOfRange, at: start.offset, found: "'\(sign)\(digits.text)'",
        expected: "\(what), \(range.lowerBound)...\(range.upperBound)")
    }
    return value
  }

  private mutating func magnitude() throws(AssemblyError) -> Number {
    let token = current
    let isHexadecimal = token.text.hasPrefix("0x")
    let digits = isHexadecimal ? token.text.dropFirst(2) : token.text[...]
    let isPlain = isHexadecimal ? digits.utf8.allSatisfy(\.isHexDigit) : digits.utf8.allSatisfy(\.isDigit)
    // Some assemblers read 010 as octal.
    guard isPlain, !digits.isEmpty, isHexadecimal || digits == "0" || digits.first != "0" else {
      throw unexpected("a number, decimal without leading zeros or hexadecimal with 0x")
    }
    guard let value = UInt64(digits, radix: isHexadecimal ? 16 : 10) else {
      throw AssemblyError(.outOfRange, at: token.offset, found: token.shown, expected: "a number of at most 64 bits")
    }
    next()
    return Number(value)
  }

  mutating func immediate() throws(AssemblyError) -> Int32 {
    Int32(truncatingIfNeeded: try number("an immediate", in: Self.immediates))
  }

  /// The offset behind a base register: nothing, or a number with its sign.
  mutating func offset() throws(AssemblyError) -> Int16 {
    guard current.isSymbol("+") || current.isSymbol("-") else { return 0 }
    return Int16(truncatingIfNeeded: try number("an offset", in: Self.offsets))
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }
}
