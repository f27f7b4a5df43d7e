/// Writes GTKWave's FST format: compressed, fast to write and to read.
///
/// `change` encodes straight into the signal's chain of the current section. When a section has enough bytes, a
/// background thread compresses and appends it. Header, geometry and hierarchy are written first and the end time is
/// patched after each section, so a file whose writer was killed is readable up to the last section; readers need at
/// least one. Equal calls give equal files, byte by byte.
///
/// Memory: three sections of about `sectionBytes`, whose chains are at most twice as large as their contents.
public final class FSTWriter: WaveformWriter {
  /// Everything `advance` and `change` touch. It is behind a pointer in a `let`, since a stored `var` of a class
  /// would pay an exclusivity check at each access.
  @usableFromInline let hot: UnsafeMutablePointer<FSTHotState>

  private let file: TraceFile
  private let sectionBytes: Int
  /// How large the current section may become: the first one is small and each one twice the one before, up to
  /// `sectionBytes`, so that even a run that gets killed early leaves about half of its trace.
  private var sectionGoal: Int
  private var hierarchy = FSTHierarchy()
  private var section = FSTSection(widths: [])
  private var sectionWriter: FSTSectionWriter?
  private var pipeline: SectionPipeline?
  private var isClosed = false

  /// A section is written when its chains and time table have this many bytes. Measured with the count example (45 MB
  /// before compression): 8 MB give files 5 % smaller but take 1.2 times as long, since fresh pages and the last section,
  /// which nothing overlaps, cost more; below 2 MB only the files change. A long run takes the same time with either.
  package static let defaultSectionBytes = 2 << 20

  /// One is filled, one is compressed, one absorbs what either side is late.
  private static let sectionCount = 3

  /// How many time steps may pass between two looks at the size of a section.
  private static let checkInterval = 4096

  /// Creates the file, or empties an existing one.
  ///
  /// - Throws: ``WaveformError`` when `path` cannot be opened for writing.
  public convenience init(path: String) throws {
    try self.init(path: path, sectionBytes: Self.defaultSectionBytes)
  }

  package init(path: String, sectionBytes: Int) throws {
    file = try TraceFile(path: path)
    self.sectionBytes = sectionBytes
    sectionGoal = sectionBytes / 32
    hot = .allocate(capacity: 1)
    hot.initialize(to: FSTHotState(chains: section.chains, timeCursor: section.timeTable))
  }

  deinit {
    if sectionWriter != nil { try? close(at: hot.pointee.time) }
    hot.pointee.values.deallocate()
    hot.deallocate()
  }

  // MARK: - Declaration

  public func beginScope(_ name: String) {
    requireDeclarationPhase()
    hierarchy.beginScope(name)
  }

  public func endScope() {
    requireDeclarationPhase()
    hierarchy.endScope()
  }

  public func addVariable(_ name: String, width: Int, enumeration: EnumTable?, initial: UInt64) -> SignalHandle {
    requireDeclarationPhase()
    return hierarchy.addVariable(name, width: width, enumeration: enumeration, initial: initial)
  }

  public func start(at time: UInt64) throws {
    requireDeclarationPhase()
    precondition(hierarchy.depth == 0, "beginScope without endScope")
    let header = FSTHeader(
      startTime: time, endTime: time, scopeCount: hierarchy.scopeCount, variableCount: hierarchy.widths.count,
      writerMemory: sectionBytes)
    writeDeclarations(header)
    startSections(header)
    beginSection(at: time)
    for (index, value) in hierarchy.initialValues.enumerated() { change(SignalHandle(index: index), to: value) }
    if let error = file.error { throw error }
  }

  private func requireDeclarationPhase() {
    precondition(sectionWriter == nil, "the declaration phase is over")
  }

  private func writeDeclarations(_ header: FSTHeader) {
    var bytes = ByteBuffer()
    header.append(to: &bytes)
    hierarchy.appendGeometry(to: &bytes)
    hierarchy.appendHierarchy(to: &bytes)
    file.append(bytes.base, count: bytes.count)
  }

  private func startSections(_ header: FSTHeader) {
    let widths = hierarchy.widths
    // Twice the contents is what doubling needs; beyond twice that again, other signals than before are busy.
    let capacityBound = 4 * sectionBytes + widths.count * FSTChain.initialCapacity
    let writer = FSTSectionWriter(file: file, header: header, widths: widths, capacityBound: capacityBound)
    sectionWriter = writer
    section = FSTSection(widths: widths)
    let spare = (1..<Self.sectionCount).map { _ in FSTSection(widths: widths) }
    pipeline = SectionPipeline(spare: spare) { writer.write($0) }
    let values = UnsafeMutablePointer<UInt64>.allocate(capacity: widths.count)
    values.initialize(from: hierarchy.initialValues, count: widths.count)
    hot.pointee.values.deallocate()
    hot.pointee.values = values
    hot.pointee.count = widths.count
  }

  // MARK: - Sections

  /// Lets `section` begin at `time`. Sections touch: the first step of one is the last step of the one before, because
  /// readers look for the section that contains a time.
  private func beginSection(at time: UInt64) {
    hot.pointee.chains = section.chains
    hot.pointee.time = time
    hot.pointee.step = 0
    hot.pointee.timeCursor = section.begin(at: time, values: hot.pointee.values)
    planCheckpoint()
  }

  private func endSection() {
    section.end(
      at: hot.pointee.time, stepCount: Int(hot.pointee.step) + 1, timeCursor: hot.pointee.timeCursor)
  }

  private func planCheckpoint() {
    hot.pointee.checkpoint = hot.pointee.step + UInt32(Self.checkInterval)
    hot.pointee.timeCursor = section.reserveTimeTable(
      steps: Self.checkInterval, timeCursor: hot.pointee.timeCursor)
  }

  /// Called now and then before a new time step: begins a new section when this one is large enough.
  @usableFromInline @inline(never)
  func reachCheckpoint() {
    let timeBytes = hot.pointee.timeCursor - section.timeTable
    if section.chainBytes + timeBytes < sectionGoal {
      planCheckpoint()
      return
    }
    sectionGoal = min(sectionGoal * 2, sectionBytes)
    endSection()
    if let pipeline, !isClosed {
      section = pipeline.exchange(section)
    } else {
      section.recycle(capacityBound: 0)
    }
    beginSection(at: hot.pointee.time)
  }

  /// Makes room in a chain. That is rare once chains have their capacity; in between, a section grows by no more than
  /// its chains hold, so looking at its size after each growth bounds it, however many changes a step has.
  @usableFromInline @inline(never)
  func grow(_ chain: UnsafeMutablePointer<FSTChain>) {
    chain.pointee.grow()
    hot.pointee.checkpoint = min(hot.pointee.checkpoint, hot.pointee.step)
  }

  // MARK: - End

  public func close(at time: UInt64) throws {
    if isClosed { return }
    if sectionWriter == nil { try? start(at: time) }
    advance(to: time)
    isClosed = true
    endSection()
    // A file without signals has no sections: readers cannot take an empty index.
    if section.chainCount > 0 { section = pipeline!.exchange(section) }
    pipeline!.finish()
    sectionWriter!.finish(at: time)
    beginSection(at: time)
    try file.finish()
  }
}

/// What `advance` and `change` read and write.
@usableFromInline
struct FSTHotState {
  /// The chains of the current section, by signal.
  @usableFromInline var chains: UnsafeMutablePointer<FSTChain>
  /// The number of signals.
  @usableFromInline var count = 0
  /// The current value of each signal.
  @usableFromInline var values: UnsafeMutablePointer<UInt64> = .allocate(capacity: 0)
  /// The current time in picoseconds.
  @usableFromInline var time: UInt64 = 0
  /// Where the next entry of the time table goes.
  @usableFromInline var timeCursor: UnsafeMutablePointer<UInt8>
  /// The current time step within the section.
  @usableFromInline var step: UInt32 = 0
  /// The step from which on `advance` looks at the size of the section; the time table has room until then.
  @usableFromInline var checkpoint: UInt32 = 0
}
