/// Puts blocks into the file, in a way that what is there is always a whole FST file.
///
/// Behind the last block stands an empty SKIP block, at which readers stop. A new block is written over it, as a SKIP
/// block still and with the next empty one behind it; only when all of it is in the file does its type say what it is,
/// and only then does the header move the end of the trace.
final class FSTFile {
  private let file: TraceFile
  private let sizeLimit: Int
  private var header = FSTHeader()
  /// Where the next block goes: at the empty SKIP block.
  private var end = 0
  private var patch = ByteBuffer(capacity: 512)
  private var packet = ByteBuffer()

  /// Type and length of the empty SKIP block: the length counts itself.
  private static let endMark: [UInt8] = [FSTFormat.Block.skip, 0, 0, 0, 0, 0, 0, 0, 8]

  init(_ file: TraceFile, sizeLimit: Int?) {
    self.file = file
    self.sizeLimit = sizeLimit ?? .max
  }

  /// Whether a write failed.
  var hasFailed: Bool { file.error != nil }
  var error: WaveformError? { file.error }
  /// The end of the last section.
  var endTime: UInt64 { header.endTime }

  /// Writes header, geometry and hierarchy.
  func begin(_ header: FSTHeader, declarations: borrowing ByteBuffer) {
    self.header = header
    var bytes = ByteBuffer()
    header.append(to: &bytes)
    bytes.append(bytes: declarations.base, count: declarations.count)
    end = bytes.count
    bytes.append(bytes: Self.endMark, count: Self.endMark.count)
    file.append(bytes.base, count: bytes.count)
  }

  /// Whether a block of `count` bytes keeps the file within its limit.
  func hasRoom(for count: Int) -> Bool { end + count + Self.endMark.count <= sizeLimit }

  /// Adds a VCDATA block that ends at `time`.
  func appendSection(_ block: UnsafeBufferPointer<UInt8>, from startTime: UInt64, to time: UInt64) {
    guard append(block) else { return }
    if header.sectionCount == 0 { header.startTime = startTime }
    header.sectionCount += 1
    header.endTime = time
    patchHeader()
  }

  /// Adds a block of another type.
  ///
  /// - Returns: Whether it is in the file.
  @discardableResult
  func append(_ block: UnsafeBufferPointer<UInt8>) -> Bool {
    packet.truncate(to: 0)
    packet.append(FSTFormat.Block.skip)
    packet.append(bytes: block.baseAddress! + 1, count: block.count - 1)
    packet.append(bytes: Self.endMark, count: Self.endMark.count)
    guard file.write(packet.base, count: packet.count, at: end), file.write(block.baseAddress!, count: 1, at: end)
    else {
      // Readers shall stop here, whatever of the block is in the file.
      file.write(Self.endMark, count: Self.endMark.count, at: end)
      return false
    }
    end += block.count
    return true
  }

  /// Says where the trace ends and why.
  func finish(at time: UInt64, because reason: String) {
    header.endTime = max(header.endTime, time)
    header.endReason = reason
    patchHeader()
  }

  private func patchHeader() {
    patch.truncate(to: 0)
    header.append(to: &patch)
    file.write(patch.base, count: patch.count, at: 0)
  }

  /// Closes the file, without the empty SKIP block, and throws its first error.
  func close() throws {
    if end > 0 { file.truncate(to: end) }
    try file.finish()
  }
}
