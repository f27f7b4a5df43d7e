import Logs

/// Reads the line of one record.
///
/// It takes what test benches write: keys in any order, hexadecimal digits in either case, usual values named or left
/// out, no timing, and behind the semicolon what it does not know. Widths are checked, the rules of 2.2 are not: a
/// comparison is to show what a design sent.
struct TLPLogParser {
  typealias Token = LogLine.Token

  var line: LogLine
  let form: TLPLogForm
  /// Where the value of each key stands; nil where there is none, and where it was read.
  private var places = [Range<Int>?](repeating: nil, count: TLPLogKey.allCases.count)

  /// - Parameters:
  ///   - text: without a line feed
  ///   - number: of the line in the log, for errors
  init(_ text: ArraySlice<UInt8>, number: Int) {
    form = text.first { !$0.isBlank } == UInt8(ascii: "{") ? .jsonLines : .text
    line = LogLine(text, number: number, isDivided: form == .text)
  }

  mutating func record() throws(LogLineError) -> TLPLogRecord {
    switch form {
    case .text: try scanPacket()
    case .jsonLines: try scanObject()
    }
    let link = try word(.link), direction = try choice(.direction, of: LinkDirection.allCases, \.logName)
    var packet = try packet()
    let ecrc = try ecrc(&packet)
    var record = TLPLogRecord(
      link: link, direction: direction, packet: packet, prefixes: try prefixes(), hasWrongECRC: ecrc == .wrong,
      payload: try payload(), isReplay: try flag(.replay),
      fate: try choice(.fate, of: LinkFate.allCases, \.logName, unless: .delivered))
    if let key = TLPLogKey.allCases.first(where: { !$0.isTiming && places[Int($0.rawValue)] != nil }),
      let token = take(key)
    {
      throw line.refused(token, "no \(key.name(in: form)) in such a packet")
    }
    if form == .text { try scanTiming() }
    record.sequence = UInt16(try number(.sequence, in: 0...0xfff, unless: 0))
    record.wireBytes = Int(try number(.wireBytes, in: 0...UInt64(Int.max), unless: 0))
    record.start = try number(.start, in: 0...(.max), unless: 0)
    record.end = try number(.end, in: 0...(.max), unless: 0)
    record.arrival = try number(.arrival, in: 0...(.max), unless: 0)
    return record
  }

  /// Remembers where the value of `key` stands.
  mutating func note(_ key: TLPLogKey, _ value: Token) throws(LogLineError) {
    guard places[Int(key.rawValue)] == nil else { throw line.refused(value, "\(key.name(in: form)) once") }
    places[Int(key.rawValue)] = value.startIndex..<value.endIndex
  }
}

// The text form: keys and values to their places.
extension TLPLogParser {
  private mutating func scanPacket() throws(LogLineError) {
    for key in TLPLogKey.allCases where key.hasPlace {
      guard let token = line.token() else { throw line.missing(key.name(in: form)) }
      try note(key, token)
    }
    while let token = line.token() {
      let equals = token.firstIndex(of: UInt8(ascii: "="))
      let name = token[..<(equals ?? token.endIndex)]
      guard
        let key = TLPLogKey.allCases.first(where: {
          $0.isFlag == (equals == nil) && !$0.hasPlace && !$0.isTiming && $0.isNamed(name, in: .text)
        })
      else { throw line.refused(token, TLPLogParser.packetKeys) }
      try note(key, equals.map { token[($0 + 1)...] } ?? token)
    }
  }

  private mutating func scanTiming() throws(LogLineError) {
    line.enterTiming()
    while let token = line.token() {
      guard let equals = token.firstIndex(of: UInt8(ascii: "=")) else { throw line.refused(token, "KEY=VALUE") }
      guard let key = TLPLogKey.allCases.first(where: { $0.isTiming && $0.isNamed(token[..<equals], in: .text) })
      else { continue }
      try note(key, token[(equals + 1)...])
    }
  }

  private static let packetKeys =
    "one of "
    + TLPLogKey.allCases.filter { !$0.hasPlace && !$0.isTiming }.map { $0.name(in: .text) }.joined(separator: " ")
}

extension TLPLogKey {
  func isNamed(_ name: ArraySlice<UInt8>, in form: TLPLogForm) -> Bool {
    let (decorated, before, after) = form == .text ? (text, 1, isFlag ? 0 : 1) : (json, 2, 2)
    guard name.count == decorated.utf8CodeUnitCount - before - after else { return false }
    return decorated.withUTF8Buffer { $0.dropFirst(before).starts(with: name) }
  }
}

// Values.
extension TLPLogParser {
  /// The value of `key`, which counts as read.
  mutating func take(_ key: TLPLogKey) -> Token? {
    guard let place = places[Int(key.rawValue)] else { return nil }
    places[Int(key.rawValue)] = nil
    return line.text[place]
  }

  func has(_ key: TLPLogKey) -> Bool { places[Int(key.rawValue)] != nil }

  mutating func require(_ key: TLPLogKey) throws(LogLineError) -> Token {
    guard let token = take(key) else { throw line.missing(key.name(in: form)) }
    return token
  }

  /// - Parameter usual: the value that may be left out
  mutating func number(_ key: TLPLogKey, in range: ClosedRange<UInt64>, unless usual: UInt64? = nil)
    throws(LogLineError) -> UInt64
  {
    if let usual, !has(key) { return usual }
    let token = try require(key), unit: StaticString = form == .text ? key.unit : ""
    guard token.suffix(unit.utf8CodeUnitCount).spells(unit),
      let value = token.dropLast(unit.utf8CodeUnitCount).decimal, range.contains(value)
    else { throw line.refused(token, "\(range.lowerBound)\(unit) to \(range.upperBound)\(unit)") }
    return value
  }

  mutating func hex(_ key: TLPLogKey, bits: Int, unless usual: UInt64? = nil) throws(LogLineError) -> UInt64 {
    if let usual, !has(key) { return usual }
    return try hex(try require(key), bits: bits)
  }

  func hex(_ token: Token, bits: Int) throws(LogLineError) -> UInt64 {
    guard let value = token.hexadecimal, bits == 64 || value >> UInt64(bits) == 0 else {
      throw line.refused(token, "0x and hexadecimal digits, \(bits) bits")
    }
    return value
  }

  mutating func flag(_ key: TLPLogKey) throws(LogLineError) -> Bool {
    guard let token = take(key) else { return false }
    if form == .text || token.spells("true") { return true }
    guard token.spells("false") else { throw line.refused(token, "true or false") }
    return false
  }

  /// A name: of a link, or of a reason.
  mutating func word(_ key: TLPLogKey) throws(LogLineError) -> String {
    let token = try require(key)
    guard TLPLogRecord.isWord(token) else {
      throw line.refused(token, "a letter, then letters, digits, '.', '_', '-', '[' and ']'")
    }
    return String(decoding: token, as: UTF8.self)
  }

  mutating func id(_ key: TLPLogKey) throws(LogLineError) -> DeviceID {
    let token = try require(key)
    let parts = token.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let rest = parts.last!.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, rest.count == 2, let bus = parts[0].hexDigits, bus <= 0xff,
      let device = rest[0].hexDigits, device <= 0x1f, let function = rest[1].hexDigits, function <= 7
    else { throw line.refused(token, "BUS:DEVICE.FUNCTION in hexadecimal, as in 01:00.0") }
    return DeviceID(bus: UInt8(bus), device: UInt8(device), function: UInt8(function))
  }

  mutating func choice<Value>(
    _ key: TLPLogKey, of values: [Value], _ name: (Value) -> StaticString, unless usual: Value? = nil
  ) throws(LogLineError) -> Value {
    if let usual, !has(key) { return usual }
    let token = try require(key)
    guard let value = values.first(where: { token.spells(name($0)) }) else {
      throw line.refused(token, "one of " + values.map { "\(name($0))" }.joined(separator: " "))
    }
    return value
  }
}

extension TLPLogRecord {
  /// Whether `name` can stand in a log of either form.
  static func isWord(_ name: some Collection<UInt8>) -> Bool {
    func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
    guard let first = name.first, isLetter(first) else { return false }
    return name.allSatisfy { byte in
      isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "._-[]".utf8.contains(byte)
    }
  }
}
