import Glibc

/// Makes an FST file whole again whose end was cut off: what is behind the last whole section goes, and the header says
/// where the rest ends. Some readers take such a file as it is; others refuse all of it.
public struct WaveRepair: Equatable, Sendable {
  /// The sections that are left, and where they end.
  public let sectionCount: Int
  public let endTime: UInt64
  public let removedBytes: Int
  /// Whether nothing was missing.
  public let wasWhole: Bool

  /// Where the header has the end of the trace and the number of its sections, from the start of the file.
  private static let endTimePlace = 17, sectionCountPlace = 65

  /// Repairs the file at `path` where it is.
  ///
  /// - Throws: ``WaveReadError`` when it is no FST file, is packed by gzip as a whole, has not even its declarations or a
  ///   whole section, or cannot be written. The file is then as it was.
  public init(path: String) throws(WaveReadError) {
    let wave = try WaveFile(path: path)
    guard wave.format == .fst, !wave.isWrapped else {
      throw WaveReadError(
        path: path,
        found: wave.isWrapped ? "a file that gzip packed as a whole" : "a VCD file, which readers take as it is",
        expected: "an FST file whose end is missing")
    }
    let layout = try FSTLayout(ByteSource(path: path))
    guard let last = layout.sections.last else {
      throw WaveReadError(path: path, found: "no whole section", expected: "one to keep at least")
    }
    sectionCount = layout.sections.count
    endTime = layout.loss == nil ? max(layout.header.endTime, last.endTime) : last.endTime
    removedBytes = wave.fileSize - layout.wholeBytes
    wasWhole = layout.loss == nil
    if !wasWhole { try write(to: path, bytes: layout.wholeBytes) }
  }

  private func write(to path: String, bytes: Int) throws(WaveReadError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, ftruncate(descriptor, off_t(bytes)) == 0,
      Self.store(endTime, at: Self.endTimePlace, descriptor),
      Self.store(UInt64(sectionCount), at: Self.sectionCountPlace, descriptor)
    else { throw WaveReadError(path: path, found: String(cString: strerror(errno)), expected: "a file to write to") }
  }

  private static func store(_ word: UInt64, at place: Int, _ descriptor: Int32) -> Bool {
    withUnsafeBytes(of: word.bigEndian) { pwrite(descriptor, $0.baseAddress, 8, off_t(place)) == 8 }
  }
}
