/// Writes the text format VCD (IEEE 1800-2017, clause 21.7), which every tool reads: for small traces and as a second
/// opinion. The file has the hierarchy and the changes of an ``FSTWriter`` file; VCD has no enumerations, so their
/// tables appear as comments, and texts are written as `s` values, which GTKWave reads. Text is written in large pieces
/// by the calling thread.
public final class VCDWriter: WaveformWriter {
  private let file: TraceFile
  private let options: WaveformOptions
  private var text = ByteBuffer(capacity: bufferBytes + 4096)
  private var signals: [VCDSignal] = []
  private var words: [[PlacedField]] = []
  private var commentedTables: Set<EnumTable> = []
  private var depth = 0
  private var isStarted = false
  private var isClosed = false
  private var isSuspended = false
  /// Why nothing more is written, before the dump has ended.
  private var stop: String?
  public private(set) var time: UInt64 = 0
  /// The time of the latest `#` line.
  private var writtenTime: UInt64 = 0
  private var endSignal: SignalHandle?

  /// Text is handed to the system in pieces of at least this size: large enough to make calls rare.
  private static let bufferBytes = 1 << 18
  /// What remains of a size limit for the end of the dump.
  private static let endBytes = 4096

  /// Creates the file, or empties an existing one.
  ///
  /// - Parameter options: Packing and sections are not VCD's; the last picoseconds of a dump cannot be kept either.
  /// - Throws: ``WaveformError`` when `path` cannot be opened for writing.
  public init(path: String, options: WaveformOptions = WaveformOptions()) throws {
    precondition(options.lastPicoseconds == nil, "only FST keeps the end of a dump")
    file = try TraceFile(path: path)
    self.options = options
    text.append(text: "$date\n  \(constantDate)\n$end\n$version\n  \(writerName)\n$end\n$timescale\n  1ps\n$end\n")
    if let path = options.endSignal { endSignal = addEndSignal(path) }
  }

  deinit {
    if isStarted { try? close(at: time, because: unfinishedText) }
  }

  // MARK: - Declaration

  public func beginScope(_ scope: WaveformScope) {
    precondition(!isStarted, "the declaration phase is over")
    if let source = scope.source { addComment("source \(source.path) line \(source.line)") }
    if !scope.component.isEmpty { addComment("component \(scope.component)") }
    text.append(text: "$scope \(scope.kind) \(printableName(scope.name)) $end\n")
    depth += 1
  }

  public func endScope() {
    precondition(!isStarted && depth > 0, "endScope without beginScope")
    text.append(text: "$upscope $end\n")
    depth -= 1
  }

  public func addComment(_ text: String) {
    precondition(!isStarted, "the declaration phase is over")
    self.text.append(text: "$comment \(oneLine(text).split(separator: "$end").joined(separator: " ")) $end\n")
  }

  public func addVariable(_ variable: WaveformVariable) -> SignalHandle {
    precondition(!isStarted, "the declaration phase is over")
    let type = variable.type
    if type.isVector {
      precondition((1...SignalType.widthLimit).contains(type.width), "a vector has 1...\(SignalType.widthLimit) bits")
    }
    signals.append(VCDSignal(type, identifier: Self.identifier(signals.count)))
    let handle = SignalHandle(index: signals.count - 1)
    signals[handle.index].set(variable.initial)
    declare(variable.name, signals[handle.index], variable.enumeration)
    return handle
  }

  public func addAlias(_ name: String, of signal: SignalHandle, enumeration: EnumTable?) {
    precondition(!isStarted, "the declaration phase is over")
    declare(name, signals[signal.index], enumeration)
  }

  public func addWord(_ fields: [WordField], initial: UInt64) -> WordHandle {
    precondition(!isStarted, "the declaration phase is over")
    words.append(fields.map { PlacedField($0, width: signals[$0.signal.index].type.width) })
    for field in words[words.count - 1] { _ = signals[field.signal].set(field.value(in: initial)) }
    return WordHandle(index: words.count - 1)
  }

  public func start(at time: UInt64) throws {
    precondition(!isStarted, "the declaration phase is over")
    precondition(depth == 0, "beginScope without endScope")
    isStarted = true
    self.time = time
    text.append(text: "$enddefinitions $end\n")
    appendTime()
    text.append(text: "$dumpvars\n")
    for signal in signals where signal.type != .event { signal.append(to: &text) }
    text.append(text: "$end\n")
    flush()
    if let error = file.error { throw error }
  }

  private func declare(_ name: String, _ signal: VCDSignal, _ enumeration: EnumTable?) {
    if let enumeration { comment(enumeration) }
    text.append(text: "$var \(signal.keyword) \(max(1, signal.declaredWidth)) \(signal.identifier) ")
    text.append(text: "\(variableName(name, width: signal.type.width)) $end\n")
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
    let changed = signals[signal.index].set(value)
    if changed { append(signal.index) }
  }

  public func change(_ word: WordHandle, to value: UInt64) {
    for field in words[word.index] where signals[field.signal].set(field.value(in: value)) { append(field.signal) }
  }

  public func record(_ memory: WatchedMemory, at time: UInt64) -> Bool {
    var hasChanged = false
    memory.forEachChange { word, value in
      if !hasChanged { advance(to: time) }
      hasChanged = true
      change(word, to: value)
    }
    return hasChanged
  }

  public func change(_ signal: SignalHandle, to value: SignalValue) {
    let changed = signals[signal.index].set(value)
    if changed { append(signal.index) }
  }

  public func suspend() {
    if isSuspended { return }
    isSuspended = true
    beginTime()
    text.append(text: "$dumpoff\n")
    for signal in signals where signal.type.isVector { signal.appendUnknown(to: &text) }
    text.append(text: "$end\n")
  }

  public func resume() {
    if !isSuspended { return }
    isSuspended = false
    beginTime()
    text.append(text: "$dumpon\n")
    for signal in signals where signal.type.isVector { signal.append(to: &text) }
    text.append(text: "$end\n")
  }

  public func close(at time: UInt64, because reason: String) throws {
    if isClosed { return }
    if !isStarted { try? start(at: time) }
    isClosed = true
    if stop == nil { advance(to: time) }
    if let endSignal, signals[endSignal.index].set(.text(stop ?? reason)) { write(endSignal.index) }
    beginTime()
    flush()
    try file.finish()
  }

  private func append(_ index: Int) {
    if isSuspended || stop != nil { return }
    write(index)
    if text.count >= Self.bufferBytes { flush() }
    if let limit = options.sizeLimit, file.size + text.count + Self.endBytes > limit {
      stop = "the file has reached its limit of \(limit) bytes"
    }
  }

  private func write(_ index: Int) {
    beginTime()
    signals[index].append(to: &text)
  }

  private func beginTime() {
    if writtenTime != time { appendTime() }
  }

  private func appendTime() {
    writtenTime = time
    text.append(UInt8(ascii: "#"))
    text.append(text: String(time))
    text.append(UInt8(ascii: "\n"))
  }

  private func flush() {
    if file.error == nil { file.append(text.base, count: text.count) }
    text.truncate(to: 0)
  }
}
