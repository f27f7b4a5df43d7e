import Diagnostics

/// The declarations of a VCD file, up to `$enddefinitions`.
struct VCDHeader {
  private(set) var hierarchy = WaveHierarchy()
  /// Files without `$timescale` count nanoseconds, as viewers assume.
  private(set) var timescale = -9
  private(set) var timeZero: Int64 = 0
  private(set) var writer = ""
  private(set) var date = ""
  private(set) var codes = VCDCodes()
  /// Where the value changes begin.
  private(set) var bodyOffset = 0

  private var openScopes: [Int] = []
  private var firstSignals: [Int] = []

  /// The widest vector. Larger numbers are damage.
  static let widthLimit = 1 << 20

  init(_ source: ByteSource) throws(WaveReadError) {
    var tokens = VCDTokens(source, at: 0)
    while true {
      guard let word = try tokens.next() else { throw tokens.error("the end of the file", "$enddefinitions") }
      guard tokens[word.lowerBound].pointee == UInt8(ascii: "$") else {
        let place =
          bodyOffset == 0 && hierarchy.scopes.isEmpty ? "FST, or VCD, which begins with a $ command" : "a $ command"
        throw tokens.error(tokens.text(word).quoted, place)
      }
      let keyword = tokens.text(word)
      let arguments = try Self.arguments(of: keyword, &tokens)
      if keyword == "$enddefinitions" { break }
      try read(keyword, arguments, tokens)
    }
    bodyOffset = tokens.offset
  }

  /// The words up to `$end`.
  private static func arguments(of keyword: String, _ tokens: inout VCDTokens) throws(WaveReadError) -> [String] {
    var words: [String] = []
    while let word = try tokens.next() {
      if tokens.matches(word, "$end") { return words }
      words.append(tokens.text(word))
    }
    throw tokens.error("the end of the file", "the $end of \(keyword.oneLine)")
  }

  private mutating func read(
    _ keyword: String, _ arguments: [String], _ tokens: borrowing VCDTokens
  ) throws(WaveReadError) {
    switch keyword {
    case "$date": date = arguments.joined(separator: " ")
    case "$version": writer = arguments.joined(separator: " ")
    case "$timescale":
      guard let exponent = Self.timescale(arguments.joined()) else {
        throw tokens.error(arguments.joined(separator: " ").quoted, "1, 10 or 100 of s, ms, us, ns, ps or fs")
      }
      timescale = exponent
    case "$timezero":
      guard let offset = Int64(arguments.joined()) else {
        throw tokens.error(arguments.joined(separator: " ").quoted, "a whole number")
      }
      timeZero = offset
    case "$scope":
      guard arguments.count >= 2, openScopes.count < WaveHierarchy.depthLimit else {
        throw tokens.error(
          arguments.joined(separator: " ").quoted,
          "type and name of a scope, at most \(WaveHierarchy.depthLimit) inside each other")
      }
      let name = arguments[1...].joined(separator: " ")
      hierarchy.scopes.append(WaveScope(name: name, type: arguments[0], component: "", parent: openScopes.last))
      openScopes.append(hierarchy.scopes.count - 1)
    case "$upscope":
      guard openScopes.popLast() != nil else { throw tokens.error("$upscope", "a scope that it ends") }
    case "$var": try readVariable(arguments, tokens)
    // Comments, and what other tools add.
    default: break
    }
  }

  private mutating func readVariable(
    _ words: [String], _ tokens: borrowing VCDTokens
  ) throws(WaveReadError) {
    guard words.first != "port" else {
      throw tokens.error("a port of an extended VCD ($dumpports)", "a variable of a four-state VCD")
    }
    guard words.count >= 4, let width = Int(words[1]), (0...Self.widthLimit).contains(width) else {
      throw tokens.error("$var \(words.joined(separator: " "))".quoted, "type, width, code and name of a variable")
    }
    let layout = Self.layout(type: words[0], width: width)
    let code = Array(words[2].utf8)
    var handle = hierarchy.handles.count
    var aliasOf: Int?
    if let known = codes[code] {
      guard hierarchy.handles[known] == layout else {
        throw tokens.error(
          "code \(words[2].quoted) for \(width) bits",
          "the \(hierarchy.handles[known].width) bits that it has for \(hierarchy.path(of: firstSignals[known]).quoted)"
        )
      }
      handle = known
      aliasOf = firstSignals[known]
    } else {
      codes.add(code, handle)
      hierarchy.handles.append(layout)
      firstSignals.append(hierarchy.signals.count)
    }
    hierarchy.signals.append(
      WaveSignal(
        name: words[3...].joined(separator: " "), scope: openScopes.last, handle: handle, type: words[0],
        direction: "implicit", enumTable: nil, aliasOf: aliasOf))
  }

  private static func layout(type: String, width: Int) -> WaveHandle {
    switch type {
    case "real", "realtime", "shortreal", "real_parameter": WaveHandle(kind: .real, width: 64)
    case "string": WaveHandle(kind: .text, width: 0)
    default: width == 0 ? WaveHandle(kind: .text, width: 0) : WaveHandle(kind: .bits, width: width)
    }
  }

  /// The power of ten that `10ns` and the like are, in seconds.
  private static func timescale(_ text: String) -> Int? {
    let numbers = ["1": 0, "10": 1, "100": 2]
    let units = ["s": 0, "ms": -3, "us": -6, "ns": -9, "ps": -12, "fs": -15]
    let digits = text.prefix { $0.isNumber }
    guard let number = numbers[String(digits)], let unit = units[String(text.dropFirst(digits.count))] else {
      return nil
    }
    return number + unit
  }
}

/// Which handle an identifier code stands for.
struct VCDCodes {
  /// For codes of up to three printable characters, as nearly all are: the handle at the code's number.
  private var short: [Int32] = []
  private var long: [[UInt8]: Int] = [:]

  subscript(code: [UInt8]) -> Int? {
    code.withUnsafeBufferPointer { $0.baseAddress.flatMap { find($0, code.count) } }
  }

  mutating func add(_ code: [UInt8], _ handle: Int) {
    let number = code.withUnsafeBufferPointer { Self.number($0.baseAddress!, code.count) }
    guard number >= 0 else {
      long[code] = handle
      return
    }
    if number >= short.count { short += repeatElement(-1, count: max(number + 1, short.count * 2) - short.count) }
    short[number] = Int32(handle)
  }

  @inline(__always)
  func find(_ code: UnsafePointer<UInt8>, _ count: Int) -> Int? {
    let number = Self.number(code, count)
    if number >= 0 {
      guard number < short.count else { return nil }
      let handle = short[number]
      return handle < 0 ? nil : Int(handle)
    }
    return long[Array(UnsafeBufferPointer(start: code, count: count))]
  }

  /// Digits of base 94, the first one lowest; negative for other codes.
  @inline(__always)
  private static func number(_ code: UnsafePointer<UInt8>, _ count: Int) -> Int {
    guard (1...3).contains(count) else { return -1 }
    var number = 0
    var index = count - 1
    while index >= 0 {
      let character = code[index]
      guard (0x21...0x7E).contains(character) else { return -1 }
      number = number * 94 + Int(character) - 0x20
      index -= 1
    }
    return number
  }
}
