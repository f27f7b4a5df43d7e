/// What the writer's thread does: it takes batches, collects them in sections, and puts sections into the file, or into
/// the ring that keeps the last ones.
///
/// Not synchronised: it belongs to the caller until the thread starts, then to the thread until that has been joined.
final class FSTRecorder: @unchecked Sendable {
  private let file: FSTFile
  private let options: WaveformOptions
  private var header: FSTHeader
  private let declarations: ByteBuffer
  private var section: FSTSection
  private var encoder: FSTBlockEncoder
  /// The signal that says why the dump ends, or nil.
  private let endSignal: Int?
  /// How large the current section may become: the first one is small and each one twice the one before, up to the
  /// option's size, so that even a run that gets killed early leaves about half of its trace.
  private var sectionGoal: Int
  private var ring: FSTRing?
  /// When recording stopped and went on, in turn.
  private var gaps: [(time: UInt64, isRecording: Bool)] = []
  /// Why nothing more is written, before the dump has ended.
  private var stop: String?

  init(
    file: TraceFile, options: WaveformOptions, header: FSTHeader, declarations: consuming ByteBuffer,
    columns: consuming FSTColumnEncoder, endSignal: Int?
  ) {
    self.file = FSTFile(file, sizeLimit: options.sizeLimit)
    self.options = options
    self.header = header
    self.declarations = declarations
    self.endSignal = endSignal
    section = FSTSection(columns: columns)
    encoder = FSTBlockEncoder(packing: options.packing)
    sectionGoal = options.sectionBytes / 32
    ring = options.lastPicoseconds.map(FSTRing.init)
  }

  /// Writes the declarations and begins the first section.
  func begin(at time: UInt64) {
    if ring == nil { file.begin(header, declarations: declarations) }
    section.begin(at: time, emitsAll: true, capacityBound: capacityBound)
  }

  /// Twice the contents is what doubling needs; beyond twice that again, other signals than before are busy.
  private var capacityBound: Int { 4 * options.sectionBytes + section.signalCount * 64 }

  /// The first error, for the caller before the thread starts and after it ended.
  var error: WaveformError? { file.error }

  /// Adds the changes of `batch` and does what it orders.
  func take(_ batch: FSTBatch) {
    defer { if stop == nil { batch.removeSteps() } else { batch.removeAll() } }
    if stop == nil {
      if batch.resumes { noteGap(at: batch.times[0], isRecording: true) }
      section.append(batch)
    }
    switch batch.order {
    case .goOn: if isSectionComplete { endSection() }
    case .flush: endSection()
    case .suspend:
      endSection()
      noteGap(at: section.endTime, isRecording: false)
    case .finish(let reason): finish(at: batch.times[batch.stepCount - 1], because: reason)
    }
  }

  private var isSectionComplete: Bool {
    if section.bytes >= sectionGoal { return true }
    guard let ring else { return false }
    return section.endTime - section.startTime >= ring.sectionDuration
  }

  /// Writes the section, if something happened in it, and begins the next one, which shares its last step: readers look
  /// for the section that contains a time.
  private func endSection() {
    if stop != nil || section.isEmpty || section.signalCount == 0 { return }
    encoder.encode(section)
    store(encoder.bytes)
    if stop != nil { return }
    sectionGoal = min(sectionGoal * 2, options.sectionBytes)
    section.begin(at: section.endTime, emitsAll: ring != nil, capacityBound: capacityBound)
  }

  private func store(_ block: UnsafeBufferPointer<UInt8>) {
    if ring != nil {
      ring!.append(block, from: section.startTime, to: section.endTime)
      return
    }
    // The last section, which only says why the dump ended, must have room too.
    if file.hasRoom(for: block.count + lastSectionBytes) {
      file.appendSection(block, from: section.startTime, to: section.endTime)
    } else {
      stop = "the file has reached its limit of \(options.sizeLimit!) bytes"
    }
    if let error = file.error { stop = error.reason }
    if stop != nil { section.removeChanges() }
  }

  /// Bytes that a section without changes takes at most: its frame, an index, a time, and a few numbers.
  private var lastSectionBytes: Int { section.packedFrame.count + 1024 }

  // MARK: - Gaps

  private func noteGap(at time: UInt64, isRecording: Bool) {
    gaps.append((time, isRecording))
    if ring == nil && stop == nil { appendGaps() }
  }

  /// A BLACKOUT block with all gaps so far: readers take the last one.
  private func appendGaps() {
    if gaps.isEmpty { return }
    var block = ByteBuffer()
    block.append(FSTFormat.Block.blackout)
    block.append(bigEndian: 0)
    block.append(varint: UInt64(gaps.count))
    var last: UInt64 = 0
    for gap in gaps {
      block.append(gap.isRecording ? 1 : 0)
      block.append(varint: gap.time - last)
      last = gap.time
    }
    block.replace(at: 1, bigEndian: UInt64(block.count - 1))
    file.append(UnsafeBufferPointer(start: block.base, count: block.count))
  }

  // MARK: - End

  private func finish(at time: UInt64, because reason: String) {
    if stop == nil { note(reason) }
    endSection()
    if ring != nil { writeRing() }
    guard let stop else { return file.finish(at: time, because: reason) }
    // What could be written ended before. The next to nothing that says so may still find room.
    note(stop)
    encoder.encode(section)
    file.appendSection(encoder.bytes, from: section.startTime, to: section.endTime)
    file.finish(at: section.endTime, because: stop)
  }

  private func note(_ reason: String) {
    guard let endSignal else { return }
    section.change(text: endSignal, to: reason)
  }

  private func writeRing() {
    guard let ring else { return }
    file.begin(header, declarations: declarations)
    gaps.removeAll { $0.time < ring.startTime }
    ring.forEach { file.appendSection($0, from: $1, to: $2) }
    appendGaps()
  }

  /// Closes the file and throws its first error.
  func close() throws { try file.close() }
}
