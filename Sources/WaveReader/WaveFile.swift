/// A waveform file, FST or VCD, opened for reading: what it declares, and its changes in the order of time.
///
/// Files of any writer are read; what is damaged gives a ``WaveReadError``. A file whose writer was stopped is read as
/// far as it goes, and ``loss`` says what is missing.
public final class WaveFile {
  public enum Format: String, Sendable {
    /// Fast Signal Trace, GTKWave's compressed binary format.
    case fst = "FST"
    /// Value Change Dump, IEEE 1800-2017, clause 21.7.
    case vcd = "VCD"
  }

  /// The path as given.
  public let path: String
  public let format: Format
  /// Bytes of the file.
  public let fileSize: Int
  public let hierarchy: WaveHierarchy
  /// One unit of time is 10 to the power of this, in seconds.
  public let timescale: Int
  /// What viewers add to all times, in units.
  public let timeZero: Int64
  /// The time of the first values.
  public let startTime: UInt64
  /// The end of what can be read; nil for VCD, where only the last change tells.
  public let endTime: UInt64?
  /// The program that wrote the file, and when, in its own words.
  public let writer: String
  public let date: String
  /// Independent parts with changes; 1 for VCD.
  public let sectionCount: Int
  /// Whether the whole file was packed again by gzip.
  public let isWrapped: Bool
  /// When recording was switched off and on, as far as the file's head tells; VCD says it among the changes.
  public let blackouts: [WaveBlackoutEdge]
  /// What the file should have had at its end and does not; nil for a whole file. VCD: known when all was read.
  public let loss: String?

  /// Whether the writer did not finish the file, or its end was cut off.
  public var isTruncated: Bool { loss != nil }

  private enum Contents {
    case fst(FSTLayout)
    case vcd(VCDHeader)
  }

  private let source: ByteSource
  private let contents: Contents

  /// Opens the file and reads its declarations.
  ///
  /// - Throws: ``WaveReadError`` when there is no such file, or it is no waveform, or its declarations are damaged.
  public init(path: String) throws(WaveReadError) {
    self.path = path
    let file = try ByteSource(path: path)
    fileSize = file.size
    let start = try file.bytes(0..<min(file.size, 1))
    isWrapped = start.raw.first == FSTBlock.gzipWrapper
    source = isWrapped ? try GzipWrapper.unpacked(file) : file
    guard let first = start.raw.first else {
      throw WaveReadError(path: path, found: "an empty file", expected: "FST or VCD")
    }
    if isWrapped || first == FSTBlock.header {
      let layout = try FSTLayout(source)
      format = .fst
      hierarchy = try FSTHierarchyReader.read(layout, source)
      contents = .fst(layout)
      timescale = layout.header.timescale
      timeZero = layout.header.timeZero
      let sections = layout.sections
      startTime = sections.first?.startTime ?? layout.header.startTime
      let sectionsEnd = sections.last?.endTime ?? layout.header.startTime
      // The header of a file that lost its end still names that end.
      endTime = layout.loss == nil ? max(layout.header.endTime, sectionsEnd) : sectionsEnd
      (writer, date) = (layout.header.writer, layout.header.date)
      (sectionCount, blackouts, loss) = (sections.count, layout.blackouts, layout.loss)
    } else {
      let header = try VCDHeader(source)
      format = .vcd
      hierarchy = header.hierarchy
      contents = .vcd(header)
      (timescale, timeZero, writer, date) = (header.timescale, header.timeZero, header.writer, header.date)
      let first = StepBuffer()
      startTime = try VCDStepReader(source, header).next(into: first) ? first.time : 0
      (endTime, sectionCount, blackouts, loss) = (nil, 1, [], nil)
    }
  }

  /// How changes are packed, as in "LZ4"; nil for text and for files without changes.
  ///
  /// - Throws: ``WaveReadError`` when the first section, which says it, is damaged.
  public func packing() throws(WaveReadError) -> String? {
    guard case .fst(let layout) = contents, let place = layout.sections.first else { return nil }
    return try FSTSection(place, wanted: [], source).packing.name
  }

  /// Walks through the changes from the start or, where the format allows it, from a later point that is not after
  /// `time`. Several walks may go on at once.
  ///
  /// - Parameter wanted: For each handle whether its changes are of interest; a hint that saves time. Nil wants all.
  public func cursor(from time: UInt64 = 0, wanted: [Bool]? = nil) -> WaveCursor {
    switch contents {
    case .fst(let layout):
      let handles = hierarchy.handles
      let wanted = wanted ?? [Bool](repeating: true, count: handles.count)
      return WaveCursor(fst: FSTStepReader(source, layout, handles, from: time, wanted: wanted), self)
    case .vcd(let header): return WaveCursor(vcd: VCDStepReader(source, header), self)
    }
  }
}

/// A time from which changes are recorded, or are not.
public struct WaveBlackoutEdge: Hashable, Sendable {
  public let time: UInt64
  public let isRecording: Bool
}
