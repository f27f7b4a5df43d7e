import Diagnostics
import Glibc

/// Walks through the value changes of a VCD file, time step by time step.
final class VCDStepReader {
  private var state: VCDSteps

  init(_ source: ByteSource, _ header: VCDHeader) {
    state = VCDSteps(source, header)
  }

  /// Reads the next step into `buffer`; false after the last one.
  func next(into buffer: StepBuffer) throws(WaveReadError) -> Bool { try state.next(into: buffer) }

  /// What the end of the file lacks, once it has been reached.
  var loss: String? { state.loss }
}

/// The state of a ``VCDStepReader``.
private struct VCDSteps: ~Copyable {
  private var tokens: VCDTokens
  private let handles: [WaveHandle]
  private let codes: VCDCodes
  /// Of the time that was read last, which begins the next step.
  private var time: UInt64 = 0
  private var hasTime = false
  private var isAtEnd = false
  /// The values in `$dumpoff` are all unknown; nothing is recorded until `$dumpon`.
  private var isInDumpOff = false
  private var isBlackout = false
  private(set) var loss: String?

  init(_ source: ByteSource, _ header: VCDHeader) {
    tokens = VCDTokens(source, at: header.bodyOffset)
    handles = header.hierarchy.handles
    codes = header.codes
  }

  mutating func next(into buffer: StepBuffer) throws(WaveReadError) -> Bool {
    if isAtEnd { return false }
    buffer.removeAll()
    buffer.time = time
    while let word = try tokens.next() {
      let first = tokens[word.lowerBound].pointee
      switch first {
      case UInt8(ascii: "#"):
        let isStep = hasTime || buffer.count > 0
        try readTime(word)
        if isStep { return finish(buffer) }
        buffer.time = time
      case UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "r"), UInt8(ascii: "R"), UInt8(ascii: "s"),
        UInt8(ascii: "S"):
        guard let (start, code) = try tokens.next(after: word.lowerBound) else { break }
        if !isInDumpOff { try readValue(first | 0x20, start + 1..<start + word.count, code, buffer) }
      case UInt8(ascii: "$"): try readKeyword(word)
      case UInt8(ascii: "p"): throw extendedVCD
      default: if !isInDumpOff { try readBit(first, word, buffer) }
      }
    }
    isAtEnd = true
    if tokens.isCut { loss = "it ends in the middle of line \(tokens.lineNumber)" }
    return hasTime || buffer.count > 0 ? finish(buffer) : false
  }

  private func finish(_ buffer: StepBuffer) -> Bool {
    buffer.isBlackout = isBlackout
    return true
  }

  private var extendedVCD: WaveReadError {
    tokens.error("an extended VCD ($dumpports)", "a four-state VCD")
  }

  private func unknown(_ code: Range<Int>) -> WaveReadError {
    tokens.error("code \(tokens.text(code).quoted)", "a code that a $var declares")
  }

  private mutating func readTime(_ word: Range<Int>) throws(WaveReadError) {
    var next: UInt64 = 0
    for index in word.dropFirst() {
      let digit = tokens[index].pointee &- UInt8(ascii: "0")
      let (scaled, overflow) = next.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(UInt64(digit))
      guard digit < 10, !overflow, !carry else {
        throw tokens.error(tokens.text(word).quoted, "# and a time of at most 64 bits")
      }
      next = sum
    }
    guard word.count > 1, next >= time || !hasTime else {
      throw tokens.error(tokens.text(word).quoted, "a time from \(time) on")
    }
    (time, hasTime) = (next, true)
  }

  private mutating func readKeyword(_ word: Range<Int>) throws(WaveReadError) {
    let keyword = tokens.text(word)
    switch keyword {
    // These only bracket values.
    case "$dumpvars", "$dumpall": break
    case "$end": isInDumpOff = false
    case "$dumpoff":
      (isInDumpOff, isBlackout) = (true, true)
    case "$dumpon": isBlackout = false
    case _ where keyword.hasPrefix("$dumpports") || keyword == "$vcdclose": throw extendedVCD
    default:
      while let word = try tokens.next(), !tokens.matches(word, "$end") {}
    }
  }

  // MARK: - Values

  @inline(__always)
  private mutating func readBit(_ character: UInt8, _ word: Range<Int>, _ buffer: StepBuffer) throws(WaveReadError) {
    guard word.count > 1, let handle = codes.find(tokens[word.lowerBound + 1], word.count - 1) else {
      throw word.count > 1 ? unknown(word.lowerBound + 1..<word.upperBound) : badValue(word)
    }
    if character & 0xFE == UInt8(ascii: "0") && handles[handle].kind == .bits {
      buffer.append(WaveChange(handle: UInt32(handle), form: .bits, payload: UInt64(character & 1)))
    } else {
      try readBits(word.lowerBound..<word.lowerBound + 1, handle, buffer)
    }
  }

  private func badValue(_ word: Range<Int>) -> WaveReadError {
    tokens.error(tokens.text(word).quoted, "a value and the code of a variable")
  }

  private mutating func readValue(
    _ kind: UInt8, _ value: Range<Int>, _ code: Range<Int>, _ buffer: StepBuffer
  ) throws(WaveReadError) {
    guard let handle = codes.find(tokens[code.lowerBound], code.count) else { throw unknown(code) }
    switch kind {
    case UInt8(ascii: "b"): try readBits(value, handle, buffer)
    case UInt8(ascii: "r"):
      var end: UnsafeMutablePointer<CChar>?
      let number = UnsafeRawPointer(tokens[value.lowerBound]).withMemoryRebound(to: CChar.self, capacity: value.count) {
        strtod($0, &end)
      }
      let used = end.map { UnsafeRawPointer($0) - UnsafeRawPointer(tokens[value.lowerBound]) }
      guard used == value.count, value.count > 0, handles[handle].kind == .real else { throw badValue(value) }
      buffer.append(WaveChange(handle: UInt32(handle), form: .real, payload: number.bitPattern))
    default:
      guard handles[handle].kind == .text else { throw badValue(value) }
      let bytes = UnsafeBufferPointer(start: UnsafePointer(tokens[value.lowerBound]), count: value.count)
      let text = Escapes.undone(Array(bytes))
      let offset = text.withUnsafeBufferPointer { buffer.keep($0) }
      buffer.append(
        WaveChange(handle: UInt32(handle), form: .text, payload: UInt64(offset), length: UInt32(text.count)))
    }
  }

  @inline(__always)
  private mutating func readBits(_ digits: Range<Int>, _ handle: Int, _ buffer: StepBuffer) throws(WaveReadError) {
    let layout = handles[handle]
    // Surplus digits on the left are dropped, as viewers do.
    let count = min(digits.count, layout.width)
    let start = tokens[digits.upperBound - count]
    guard layout.kind == .bits, count > 0,
      let change = Digits.change(UInt32(handle), start, count, width: layout.width, offset: buffer.keptCount)
    else { throw badValue(digits) }
    if change.form == .states { _ = buffer.keep(UnsafeBufferPointer(start: start, count: count)) }
    buffer.append(change)
  }
}
