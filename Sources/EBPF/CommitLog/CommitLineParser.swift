import Logs

/// Reads the line of one record from left to right.
///
/// It takes what test benches write: registers in any order, hexadecimal digits in either case, no timing, and behind
/// the semicolon what it does not know.
struct CommitLineParser {
  private typealias Token = LogLine.Token

  private var line: LogLine
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
  init(_ text: ArraySlice<UInt8>, line: Int) { self.line = LogLine(text, number: line) }

  mutating func record() throws(LogLineError) -> CommitRecord {
    let core = try ordinal(after: "core"), run = try ordinal(after: "run"), order = try ordinal(after: "#")
    while let token = line.token() { try architecture(token) }
    guard let pc else { throw line.missing("pc=") }
    guard let instruction else { throw line.missing("insn=") }
    line.enterTiming()
    while let token = line.token() { try timing(token) }
    writes.sort { $0.register < $1.register }
    return CommitRecord(
      core: try int(core.value, core.token), run: try int(run.value, run.token), order: order.value, pc: pc,
      instruction: instruction, writes: writes, accesses: accesses, fault: fault, cycle: cycle, time: time)
  }
}

// What stands before the semicolon.
extension CommitLineParser {
  private mutating func architecture(_ token: Token) throws(LogLineError) {
    guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else { return try access(token) }
    let key = token[..<equals], value = token[(equals + 1)...]
    if key.spells("pc") {
      guard pc == nil else { throw line.refused(token, "one pc=") }
      pc = try int(try hex(value), value)
    } else if key.spells("insn") {
      guard instruction == nil else { throw line.refused(token, "one insn=") }
      instruction = try hex(value)
    } else if key.spells("fault") {
      guard fault == nil, !value.isEmpty else { throw line.refused(token, "one fault=NAME") }
      fault = String(decoding: value, as: UTF8.self)
    } else {
      try write(token, key, value)
    }
  }

  /// `rN=0x…`
  private mutating func write(_ token: Token, _ key: Token, _ value: Token) throws(LogLineError) {
    guard key.first == UInt8(ascii: "r"), let register = key.dropFirst().decimal, register <= 10 else {
      throw line.refused(token, "pc=, insn=, fault=, r0= to r10=, ldS ADDR=VALUE or stS ADDR=VALUE")
    }
    guard !writes.contains(where: { $0.register == register }) else { throw line.refused(token, "each register once") }
    writes.append(.init(register: UInt8(register), value: try hex(value)))
  }

  /// `ldS ADDR=VALUE` or `stS ADDR=VALUE`, the first of the two tokens being `name`.
  private mutating func access(_ name: Token) throws(LogLineError) {
    let kind = name.prefix(2), size = name.dropFirst(2).decimal ?? 0
    guard kind.spells("ld") || kind.spells("st"), [1, 2, 4, 8].contains(size) else {
      throw line.refused(name, "pc=, insn=, fault=, rN=, or ld or st and 1, 2, 4 or 8")
    }
    guard let token = line.token() else { throw line.missing("ADDR=VALUE") }
    guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else { throw line.refused(token, "ADDR=VALUE") }
    let value = token[(equals + 1)...], bytes = try hex(value)
    guard size == 8 || bytes >> (8 * size) == 0 else { throw line.refused(value, "a value of \(8 * size) bits") }
    accesses.append(
      .init(kind.spells("ld") ? .load : .store, size: Int(size), address: try hex(token[..<equals]), value: bytes))
  }
}

// What stands behind the semicolon, and the pieces of both.
extension CommitLineParser {
  private mutating func timing(_ token: Token) throws(LogLineError) {
    guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else { throw line.refused(token, "KEY=VALUE") }
    let key = token[..<equals], value = token[(equals + 1)...]
    if key.spells("c") {
      guard let number = value.decimal else { throw line.refused(value, "a decimal number of 64 bits") }
      cycle = number
    } else if key.spells("t") {
      guard value.suffix(2).spells("ps"), let number = value.dropLast(2).decimal else {
        throw line.refused(value, "picoseconds, as in 2060000ps")
      }
      time = number
    }
  }

  /// The decimal number that follows `prefix` in the next token.
  private mutating func ordinal(after prefix: StaticString) throws(LogLineError) -> (value: UInt64, token: Token) {
    guard let token = line.token() else { throw line.missing("\(prefix)N") }
    guard token.starts(with: prefix), let value = token.dropFirst(prefix.utf8CodeUnitCount).decimal else {
      throw line.refused(token, "\(prefix)N, N being a decimal number of 64 bits")
    }
    return (value, token)
  }

  private func hex(_ digits: Token) throws(LogLineError) -> UInt64 {
    guard let value = digits.hexadecimal else { throw line.refused(digits, "0x and 1 to 16 hexadecimal digits") }
    return value
  }

  private func int(_ value: UInt64, _ token: Token) throws(LogLineError) -> Int {
    guard let int = Int(exactly: value) else { throw line.refused(token, "a number of 63 bits") }
    return int
  }
}
