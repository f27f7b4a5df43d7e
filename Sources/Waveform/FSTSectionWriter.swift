/// Writes sections to the file, one after the other, and keeps the header up to date. After `start` it belongs to the
/// background thread, until that has been joined.
final class FSTSectionWriter: @unchecked Sendable {
  private let file: TraceFile
  private var header: FSTHeader
  private var encoder: FSTSectionEncoder
  private let capacityBound: Int

  init(file: TraceFile, header: FSTHeader, widths: [Int], capacityBound: Int) {
    self.file = file
    self.header = header
    encoder = FSTSectionEncoder(widths: widths)
    self.capacityBound = capacityBound
  }

  /// Writes `section` and makes it ready to be filled again.
  func write(_ section: FSTSection) {
    if file.error == nil { append(section) }
    section.recycle(capacityBound: capacityBound)
  }

  private func append(_ section: FSTSection) {
    let offset = file.size
    encoder.encode(section) { file.append($0, count: $1) }
    if file.error != nil { return }
    // The block is complete: let readers see it, then move the end of the trace.
    withUnsafePointer(to: FSTFormat.Block.valueChanges) { file.patch($0, count: 1, at: offset) }
    header.sectionCount += 1
    header.endTime = section.endTime
    patchHeader()
  }

  /// Sets the end of the trace.
  func finish(at time: UInt64) {
    if file.error != nil || header.endTime == time { return }
    header.endTime = time
    patchHeader()
  }

  private func patchHeader() {
    var bytes = ByteBuffer(capacity: 512)
    header.append(to: &bytes)
    file.patch(bytes.base, count: bytes.count, at: 0)
  }
}
