/// Writes GTKWave's FST format: compressed, fast to write and to read.
///
/// `change` appends to a column of the current batch, which is all that it does. A background thread encodes full
/// batches, collects them in sections, packs and writes these. Header, geometry and hierarchy are written first, and the
/// end time is patched after each section, so a file whose writer was killed is readable up to its last section; readers
/// need at least one. Equal calls give equal files, byte by byte.
///
/// Memory: two dozen batches, of 16 bytes for each change in them, and a few times ``WaveformOptions/sectionBytes``.
public final class FSTWriter: WaveformWriter {
  /// Everything `advance` and `change` touch. It is behind a pointer in a `let`, since a stored `var` of a class
  /// would pay an exclusivity check at each access.
  @usableFromInline let hot: UnsafeMutablePointer<FSTHotState>

  private let file: TraceFile
  private let options: WaveformOptions
  private var hierarchy = FSTHierarchy()
  private var batch = FSTBatch(columns: 0, rowBits: 0)
  private var recorder: FSTRecorder?
  private var pipeline: BatchPipeline?
  private var isSuspended = false
  private var isClosed = false

  /// One is filled, one is encoded, the others absorb what either side is late.
  private static let batchCount = 24
  private static let batchBytes = 64 << 20

  /// Creates the file, or empties an existing one.
  ///
  /// - Throws: ``WaveformError`` when `path` cannot be opened for writing.
  public init(path: String, options: WaveformOptions = WaveformOptions()) throws {
    file = try TraceFile(path: path)
    self.options = options
    hot = .allocate(capacity: 1)
    hot.initialize(to: FSTHotState(batch))
    if let path = options.endSignal { hierarchy.endSignal = addEndSignal(path).index }
  }

  deinit {
    if recorder != nil { try? close(at: hot.pointee.time, because: unfinishedText) }
    hot.deallocate()
  }

  // MARK: - Declaration

  public func beginScope(_ scope: WaveformScope) {
    requireDeclarationPhase()
    hierarchy.beginScope(scope)
  }

  public func endScope() {
    requireDeclarationPhase()
    hierarchy.endScope()
  }

  public func addComment(_ text: String) {
    requireDeclarationPhase()
    hierarchy.addComment(text)
  }

  public func addVariable(_ variable: WaveformVariable) -> SignalHandle {
    requireDeclarationPhase()
    return hierarchy.addVariable(variable)
  }

  public func addAlias(_ name: String, of signal: SignalHandle, enumeration: EnumTable?) {
    requireDeclarationPhase()
    hierarchy.addAlias(name, of: signal, enumeration: enumeration)
  }

  public func addWord(_ fields: [WordField], initial: UInt64) -> WordHandle {
    requireDeclarationPhase()
    return hierarchy.addWord(fields, initial: initial)
  }

  public func start(at time: UInt64) throws {
    requireDeclarationPhase()
    precondition(hierarchy.depth == 0, "beginScope without endScope")
    let columns = hierarchy.columns
    var rowBits = FSTBatch.rowBits(columns: columns.count, bytes: Self.batchBytes)
    // Small sections need small batches: a section ends with a batch.
    while rowBits > 3 && 16 << rowBits > options.sectionBytes { rowBits -= 1 }
    let recorder = FSTRecorder(
      file: file, options: options, header: header(at: time), declarations: declarations(),
      columns: FSTColumnEncoder(
        types: hierarchy.types, columns: columns, words: hierarchy.initialWords, initial: hierarchy.initialValues),
      endSignal: hierarchy.endSignal)
    recorder.begin(at: time)
    self.recorder = recorder
    let error = recorder.error
    let spare = (1..<Self.batchCount).map { _ in FSTBatch(columns: columns.count, rowBits: rowBits) }
    pipeline = BatchPipeline(spare: spare) { recorder.take($0) }
    hot.pointee.signalCount = hierarchy.types.count
    begin(FSTBatch(columns: columns.count, rowBits: rowBits), at: time)
    if let error { throw error }
  }

  private func requireDeclarationPhase() {
    precondition(recorder == nil, "the declaration phase is over")
  }

  private func header(at time: UInt64) -> FSTHeader {
    FSTHeader(
      startTime: time, endTime: time, scopeCount: hierarchy.scopeCount, variableCount: hierarchy.variableCount,
      signalCount: hierarchy.types.count, writerMemory: options.sectionBytes)
  }

  private func declarations() -> ByteBuffer {
    var bytes = ByteBuffer()
    hierarchy.appendGeometry(to: &bytes)
    hierarchy.appendHierarchy(to: &bytes)
    return bytes
  }

  // MARK: - Batches

  private func begin(_ batch: FSTBatch, at time: UInt64) {
    self.batch = batch
    batch.times[0] = time
    hot.pointee.begin(batch, firstSignal: hierarchy.wordCount, at: time)
  }

  /// Hands the current batch over, and goes on with an empty one at the current time.
  private func handOver(_ order: FSTBatch.Order) {
    let time = hot.pointee.time
    if isSuspended {
      // What happened meanwhile is nobody's business.
      batch.removeAll()
      batch.times[0] = time
      if case .finish = order {} else { return begin(batch, at: time) }
    }
    batch.stepCount = isSuspended ? 1 : Int(hot.pointee.step) + 1
    batch.order = order
    begin(pipeline!.exchange(batch), at: time)
  }

  /// Called before a new time step when the batch is full.
  @usableFromInline @inline(never)
  func replaceBatch() {
    handOver(.goOn)
  }

  // MARK: - Dump

  public var time: UInt64 { hot.pointee.time }

  public func change(_ signal: SignalHandle, to value: SignalValue) {
    precondition(recorder != nil, "the dump has not started")
    let type = hierarchy.types[signal.index]
    if case .bits(let bits) = value, type.isWord || type == .event { return change(signal, to: bits) }
    let offset = batch.payload.count
    batch.payload.append(value, of: FSTSignal(type, frameOffset: 0))
    // A word where there are only words, whatever it was given as.
    let entry = type.isWord ? batch.payload.word(at: offset, width: type.width) : UInt64(offset)
    hot.pointee.columns.append(entry, to: signal.index, step: hot.pointee.step)
  }

  public func suspend() {
    if isSuspended { return }
    handOver(.suspend)
    isSuspended = true
  }

  public func resume() {
    if !isSuspended { return }
    handOver(.goOn)
    isSuspended = false
    batch.resumes = true
  }

  /// Ends the current section and waits until it is in the file, so that readers see all up to the current time step.
  public func flush() {
    handOver(.flush)
    pipeline!.drain()
  }

  public func close(at time: UInt64, because reason: String) throws {
    if isClosed { return }
    if recorder == nil { try? start(at: time) }
    advance(to: time)
    isClosed = true
    handOver(.finish(reason: reason))
    pipeline!.finish()
    try recorder!.close()
  }
}

/// What `advance` and `change` read and write.
@usableFromInline
struct FSTHotState {
  /// The current batch's columns: those of the signals, and before them, at negative indices, of the words.
  @usableFromInline var columns: FSTColumns
  /// The times of the batch's steps.
  @usableFromInline var times: UnsafeMutablePointer<UInt64>
  /// The current time in picoseconds.
  @usableFromInline var time: UInt64 = 0
  /// The current time step within the batch.
  @usableFromInline var step: UInt32 = 0
  /// The last step that the batch has room for.
  @usableFromInline var lastStep: UInt32 = 0
  @usableFromInline var signalCount = 0

  init(_ batch: FSTBatch) {
    columns = batch.columns
    times = batch.times
  }

  mutating func begin(_ batch: FSTBatch, firstSignal: Int, at time: UInt64) {
    columns = batch.columns
    columns.ends += firstSignal
    columns.values += firstSignal << Int(columns.rowBits)
    columns.steps += firstSignal << Int(columns.rowBits)
    times = batch.times
    self.time = time
    step = 0
    lastStep = UInt32(batch.rows - 1)
  }
}
