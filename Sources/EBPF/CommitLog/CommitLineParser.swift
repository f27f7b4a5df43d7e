/// Reads the line of one record from left to right.
///
/// It takes what test benches write: registers in any order, hexadecimal digits in either case, no timing, and behind
/// the semicolon what it does not know.
struct CommitLineParser {
  /// The bytes between blanks.
  typealias Token = ArraySlice<UInt8>

  private let text: ArraySlice<UInt8>
  private let line: Int
  /// The next byte to read, and where the part that is being read ends.
  private var next: Int
  private var end: Int
  private var pc: Int?
  private var instruction: UInt64?
  private var fault: String?
  private var writes: [CommitRecord.RegisterWrite] = []
  private var accesses: [CommitRecord.MemoryAccess] = []
  private var cycle: UInt64 = 0
  private var time: UInt64 = 0

  /// - Parameters:
  ///   - text: without a line feed
  ///   - line: its number in the log, for errors
  init(_ text: ArraySlice<UInt8>, line: Int) {
    self.text = text
    self.line = line
    next = text.startIndex
    end = text.firstIndex(of: UInt8(ascii: ";")) ?? text.endIndex
  }

  mutating func record() throws(CommitLogError) -> CommitRecord {
    let core = try ordinal(after: "core"), run = try ordinal(after: "run"), order = try ordinal(after: "#")
    while let token = token() { try architecture(token) }
    guard let pc else { throw missing("pc=") }
    guard let instruction else { throw missing("insn=") }
    next = min(end + 1, text.endIndex)
    end = text.endIndex
    while let token = token() { try timing(token) }
    writes.sort { $0.register < $1.register }
    return CommitRecord(
      core: try int(core.value, core.token), run: try int(run.value, run.token), order: order.value, pc: pc,
      instruction: instruction, writes: writes, accesses: accesses, fault: fault, cycle: cycle, time: time)
  }
}

// What stands before the semicolon.
extension CommitLineParser {
  private mutating func architecture(_ token: Token) throws(CommitLogError) {
    guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else { return try access(token) }
    let key = token[..<equals], value = token[(equals + 1)...]
    if key.spells("pc") {
      guard pc == nil else { throw refused(token, "one pc=") }
      pc = try int(try hex(value), value)
    } else if key.spells("insn") {
      guard instruction == nil else { throw refused(token, "one insn=") }
      instruction = try hex(value)
    } else if key.spells("fault") {
      guard fault == nil, !value.isEmpty else { throw refused(token, "one fault=NAME") }
      fault = String(decoding: value, as: UTF8.self)
    } else {
      try write(token, key, value)
    }
  }

  /// `rN=0x…`
  private mutating func write(_ token: Token, _ key: Token, _ value: Token) throws(CommitLogError) {
    guard key.first == UInt8(ascii: "r"), let register = key.dropFirst().decimal, register <= 10 else {
      throw refused(token, "pc=, insn=, fault=, r0= to r10=, ldS ADDR=VALUE or stS ADDR=VALUE")
    }
    guard !writes.contains(where: { $0.register == register }) else { throw refused(token, "each register once") }
    writes.append(.init(register: UInt8(register), value: try hex(value)))
  }

  /// `ldS ADDR=VALUE` or `stS ADDR=VALUE`, the first of the two tokens being `name`.
  private mutating func access(_ name: Token) throws(CommitLogError) {
    let kind = name.prefix(2), size = name.dropFirst(2).decimal ?? 0
    guard kind.spells("ld") || kind.spells("st"), [1, 2, 4, 8].contains(size) else {
      throw refused(name, "pc=, insn=, fault=, rN=, or ld or st and 1, 2, 4 or 8")
    }
    guard let token = token() else { throw missing("ADDR=VALUE") }
    guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else { throw refused(token, "ADDR=VALUE") }
    let value = token[(equals + 1)...], bytes = try hex(value)
    guard size == 8 || bytes >> (8 * size) == 0 else { throw refused(value, "a value of \(8 * size) bits") }
    accesses.append(
      .init(kind.spells("ld") ? .load : .store, size: Int(size), address: try hex(token[..<equals]), value: bytes))
  }
}

// What stands behind the semicolon, and the pieces of both.
extension CommitLineParser {
  private mutating func timing(_ token: Token) throws(CommitLogError) {
    guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else { throw refused(token, "KEY=VALUE") }
    let key = token[..<equals], value = token[(equals + 1)...]
    if key.spells("c") {
      guard let number = value.decimal else { throw refused(value, "a decimal number of 64 bits") }
      cycle = number
    } else if key.spells("t") {
      guard value.suffix(2).spells("ps"), let number = value.dropLast(2).decimal else {
        throw refused(value, "picoseconds, as in 2060000ps")
      }
      time = number
    }
  }

  private mutating func token() -> Token? {
    while next < end, text[next].isBlank { next += 1 }
    let start = next
    while next < end, !text[next].isBlank { next += 1 }
    return start == next ? nil : text[start..<next]
  }

  /// The decimal number that follows `prefix` in the next token.
  private mutating func ordinal(after prefix: StaticString) throws(CommitLogError) -> (value: UInt64, token: Token) {
    guard let token = token() else { throw missing("\(prefix)N") }
    guard token.starts(with: prefix), let value = token.dropFirst(prefix.utf8CodeUnitCount).decimal else {
      throw refused(token, "\(prefix)N, N being a decimal number of 64 bits")
    }
    return (value, token)
  }

  private func hex(_ digits: Token) throws(CommitLogError) -> UInt64 {
    guard let value = digits.hexadecimal else { throw refused(digits, "0x and 1 to 16 hexadecimal digits") }
    return value
  }

  private func int(_ value: UInt64, _ token: Token) throws(CommitLogError) -> Int {
    guard let int = Int(exactly: value) else { throw refused(token, "a number of 63 bits") }
    return int
  }

  private func refused(_ token: Token, _ expected: String) -> CommitLogError {
    let shown = token.prefix(40).map { (0x20..<0x7f).contains($0) ? Character(Unicode.Scalar($0)) : "?" }
    return CommitLogError(
      line: line, column: token.startIndex - text.startIndex + 1,
      found: token.isEmpty ? "nothing" : "'\(String(shown))'", expected: expected)
  }

  /// Nothing more stands in the part that is being read.
  private func missing(_ expected: String) -> CommitLogError {
    CommitLogError(
      line: line, column: end - text.startIndex + 1, found: end == text.endIndex ? "the end of the line" : "';'",
      expected: expected)
  }
}

extension UInt8 {
  /// Carriage returns count: some benches end their lines with one.
  var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r") }
}

extension ArraySlice<UInt8> {
  fileprivate func starts(with prefix: StaticString) -> Bool {
    prefix.withUTF8Buffer { starts(with: $0) }
  }

  fileprivate func spells(_ word: StaticString) -> Bool { count == word.utf8CodeUnitCount && starts(with: word) }

  /// Nil for anything but 64 bits of decimal digits.
  fileprivate var decimal: UInt64? {
    if isEmpty { return nil }
    var value: UInt64 = 0
    for byte in self {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
      guard !overflow && !carry else { return nil }
      value = sum
    }
    return value
  }

  /// Nil for anything but `0x` and 1 to 16 digits.
  fileprivate var hexadecimal: UInt64? {
    let digits = dropFirst(2)
    guard starts(with: "0x") || starts(with: "0X"), (1...16).contains(digits.count) else { return nil }
    var value: UInt64 = 0
    for byte in digits {
      let decimal = byte &- UInt8(ascii: "0"), letter = (byte | 0x20) &- UInt8(ascii: "a")
      guard decimal < 10 || letter < 6 else { return nil }
      value = value << 4 | UInt64(decimal < 10 ? decimal : letter + 10)
    }
    return value
  }
}
