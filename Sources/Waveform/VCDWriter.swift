/// Writes the text format VCD (IEEE 1800-2017, clause 21.7), which every tool reads: for small traces and as a second
/// opinion. The file has the hierarchy and the changes of an ``FSTWriter`` file; VCD has no enumerations, so their
/// tables appear as comments. Text is written in large pieces by the calling thread.
public final class VCDWriter: WaveformWriter {
  private let file: TraceFile
  private var text = ByteBuffer(capacity: bufferBytes + 4096)
  private var signals: [Signal] = []
  private var commentedTables: Set<EnumTable> = []
  private var depth = 0
  private var isStarted = false
  private var isClosed = false
  private var time: UInt64 = 0
  /// The time of the latest `#` line.
  private var writtenTime: UInt64 = 0

  private struct Signal {
    /// What follows the value: a space after vectors, the identifier and a line feed, the first byte lowest.
    let suffix: UInt64
    let suffixCount: Int
    let width: Int
    let initial: UInt64

    init(identifier: String, width: Int, initial: UInt64) {
      let bytes = Array(((width == 1 ? "" : " ") + identifier + "\n").utf8)
      suffix = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
      suffixCount = bytes.count
      self.width = width
      self.initial = initial
    }
  }

  /// Text is handed to the system in pieces of at least this size: large enough to make calls rare.
  private static let bufferBytes = 1 << 18

  /// Creates the file, or empties an existing one.
  ///
  /// - Throws: ``WaveformError`` when `path` cannot be opened for writing.
  public init(path: String) throws {
    file = try TraceFile(path: path)
    text.append(text: "$date\n  \(constantDate)\n$end\n$version\n  \(writerName)\n$end\n$timescale\n  1ps\n$end\n")
  }

  deinit {
    if isStarted { try? close(at: time) }
  }

  // MARK: - Declaration

  public func beginScope(_ name: String) {
    precondition(!isStarted, "the declaration phase is over")
    text.append(text: "$scope module \(printableName(name)) $end\n")
    depth += 1
  }

  public func endScope() {
    precondition(!isStarted && depth > 0, "endScope without beginScope")
    text.append(text: "$upscope $end\n")
    depth -= 1
  }

  public func addVariable(_ name: String, width: Int, enumeration: EnumTable?, initial: UInt64) -> SignalHandle {
    precondition(!isStarted, "the declaration phase is over")
    precondition((1...64).contains(width), "a signal has 1...64 bits")
    if let enumeration { comment(enumeration) }
    let identifier = Self.identifier(signals.count)
    text.append(text: "$var reg \(width) \(identifier) \(variableName(name, width: width)) $end\n")
    signals.append(Signal(identifier: identifier, width: width, initial: initial))
    return SignalHandle(index: signals.count - 1)
  }

  public func start(at time: UInt64) throws {
    precondition(!isStarted, "the declaration phase is over")
    precondition(depth == 0, "beginScope without endScope")
    isStarted = true
    self.time = time
    text.append(text: "$enddefinitions $end\n")
    appendTime()
    text.append(text: "$dumpvars\n")
    for signal in signals { append(signal.initial, of: signal) }
    text.append(text: "$end\n")
    flush()
    if let error = file.error { throw error }
  }

  private func comment(_ table: EnumTable) {
    if !commentedTables.insert(table).inserted { return }
    let cases = table.cases.map { "\($0.value)=\(printableName($0.name))" }
    text.append(text: "$comment enum \(printableName(table.name)) \(cases.joined(separator: " ")) $end\n")
  }

  /// The shortest identifiers there are: digits of base 94, the printable characters from `!` to `~`.
  static func identifier(_ index: Int) -> String {
    var characters = ""
    var rest = index
    repeat {
      characters.unicodeScalars.append(Unicode.Scalar(UInt8(0x21 + rest % 94)))
      rest = rest / 94 - 1
    } while rest >= 0
    return characters
  }

  // MARK: - Dump

  public func advance(to time: UInt64) {
    precondition(time >= self.time, "time runs backwards")
    self.time = time
  }

  public func change(_ signal: SignalHandle, to value: UInt64) {
    if writtenTime != time { appendTime() }
    append(value, of: signals[signal.index])
    if text.count >= Self.bufferBytes { flush() }
  }

  public func close(at time: UInt64) throws {
    if isClosed { return }
    if !isStarted { try? start(at: time) }
    isClosed = true
    advance(to: time)
    if writtenTime != time { appendTime() }
    flush()
    try file.finish()
  }

  private func appendTime() {
    writtenTime = time
    text.append(UInt8(ascii: "#"))
    text.append(text: String(time))
    text.append(UInt8(ascii: "\n"))
  }

  private func append(_ value: UInt64, of signal: Signal) {
    text.reserve(Self.changeBound)
    let start = text.end
    var position = start
    if signal.width > 1 {
      position.pointee = UInt8(ascii: "b")
      position = Self.storeDigits(value & bitMask(width: signal.width), at: position + 1)
    } else {
      position.pointee = 0x30 | UInt8(truncatingIfNeeded: value & 1)
      position += 1
    }
    UnsafeMutableRawPointer(position).storeBytes(of: signal.suffix.littleEndian, as: UInt64.self)
    text.commit(position + signal.suffixCount - start)
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

  private func flush() {
    file.append(text.base, count: text.count)
    text.truncate(to: 0)
  }
}
