import Foundation
import TestSupport
import Testing
import TraceSupport
import WaveReader
import Waveform

/// Files whose writer did not get to the end, and what readers make of them.
struct CutTests {
  let folder = try! TemporaryFolder()

  /// A file of several sections, and its blocks.
  private func sections() throws -> (bytes: Data, blocks: [FSTBlock]) {
    let path = folder.file("whole.fst")
    try EventStream.random(seed: 31, steps: 20_000).write(to: FSTWriter(path: path, sectionBytes: 8192))
    let bytes = try readBytes(path), blocks = FSTBlock.all(in: bytes).filter { $0.type == 8 }
    #expect(blocks.count > 5)
    return (bytes, blocks)
  }

  /// The file as it was while section `number` was written, of which `count` bytes have arrived: its type still says
  /// SKIP, and the header knows of the sections before.
  private func underWay(_ whole: Data, _ blocks: [FSTBlock], section number: Int, bytes count: Int) throws -> String {
    let block = blocks[number]
    var bytes = whole.prefix(block.offset + count)
    bytes[block.offset] = 255
    for (index, byte) in withUnsafeBytes(of: blocks[number - 1].endTime!.bigEndian, Array.init).enumerated() {
      bytes[17 + index] = byte
    }
    let path = folder.file("cut.fst")
    try bytes.write(to: URL(fileURLWithPath: path))
    return path
  }

  private func endTime(_ file: WaveFile) throws -> UInt64 {
    let cursor = file.cursor()
    while try cursor.next() {}
    return cursor.endTime
  }

  /// At least type and length of a block are there: the empty SKIP block was, before it was overwritten.
  @Test(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
  func aWriterThatDiesAtAnyByteLeavesWhatIsBefore() throws {
    let (bytes, blocks) = try sections(), whole = try FST2VCD.read(folder.file("whole.fst"))
    var random = SeededRandom(state: 31)
    for _ in 0..<25 {
      let number = Int.random(in: 1..<blocks.count, using: &random)
      let size = (number + 1 < blocks.count ? blocks[number + 1].offset : bytes.count) - blocks[number].offset
      let count = Bool.random(using: &random) ? 9 + Int(random.next() % 30) : Int.random(in: 9...size, using: &random)
      let path = try underWay(bytes, blocks, section: number, bytes: count)
      let part = try FST2VCD.read(path)
      #expect(part.endTime == blocks[number - 1].endTime)
      for (left, right) in zip(part.signals, whole.signals) {
        #expect(left.changes == right.changes.filter { $0.time <= part.endTime })
      }
      #expect(try endTime(WaveFile(path: path)) == part.endTime)
    }
  }

  /// What some readers refuse: a section that was finished and has lost its end, as when a copy breaks off.
  @Test(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
  func aFileThatWasCutAnywhereIsRepaired() throws {
    let (bytes, blocks) = try sections(), whole = try FST2VCD.read(folder.file("whole.fst"))
    let path = folder.file("cut.fst"), first = blocks[1].offset
    var random = SeededRandom(state: 32)
    for count in (0..<20).map({ _ in Int.random(in: first..<bytes.count, using: &random) }) + [first, bytes.count - 1] {
      try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
      let repair = try WaveRepair(path: path)
      let kept = blocks.filter { $0.offset < count - repair.removedBytes }
      #expect(repair.sectionCount == kept.count && repair.endTime == kept.last?.endTime)
      let part = try FST2VCD.read(path), file = try WaveFile(path: path)
      #expect(!file.isTruncated && file.endTime == part.endTime && part.endTime == repair.endTime)
      for (left, right) in zip(part.signals, whole.signals) {
        #expect(left.changes == right.changes.filter { $0.time <= part.endTime })
      }
      let again = try readBytes(path)
      #expect(!repair.wasWhole)
      #expect(try WaveRepair(path: path).wasWhole)
      #expect(try readBytes(path) == again)
    }
  }

  @Test func whatHasNoWholeSectionIsLeftAlone() throws {
    let (bytes, blocks) = try sections(), path = folder.file("cut.fst")
    for count in [100, blocks[0].offset + 20, blocks[1].offset - 1] {
      try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
      #expect(throws: WaveReadError.self) { try WaveRepair(path: path) }
      #expect(try readBytes(path) == bytes.prefix(count))
    }
  }

  /// pywellen takes what a writer leaves that dies at any byte, and what a repair leaves of a file that was cut anywhere.
  @Test(
    .enabled(
      if: Pywellen.isAvailable && FST2VCD.isAvailable,
      "SKIPPED: no pywellen under .build/oracle, or no fst2vcd; run scripts/setup.sh test"))
  func pywellenOpensWhatIsLeft() throws {
    let (bytes, blocks) = try sections()
    var random = SeededRandom(state: 33)
    for _ in 0..<12 {
      let number = Int.random(in: 1..<blocks.count - 1, using: &random)
      let count = Int.random(in: 9...blocks[number + 1].offset - blocks[number].offset, using: &random)
      let path = try underWay(bytes, blocks, section: number, bytes: count)
      try expectPywellenAgrees(path, at: blocks[number - 1].endTime!)
      try bytes.prefix(blocks[number].offset + count).write(to: URL(fileURLWithPath: path))
      try expectPywellenAgrees(path, at: try WaveRepair(path: path).endTime)
    }
  }

  /// The value of the first signal at `time` is that of the whole file, as fst2vcd reads it.
  private func expectPywellenAgrees(_ path: String, at time: UInt64) throws {
    let signal = try FST2VCD.read(folder.file("whole.fst")).signals[0]
    #expect(try Pywellen.values(in: path, [(Pywellen.path(signal), time)]) == [signal.value(at: time)])
  }

  /// While a writer is at work its file is a whole one at every moment.
  @Test(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
  func theFileIsReadableAtEveryMoment() throws {
    let path = folder.file("t.fst"), copy = folder.file("copy.fst")
    let writer = try FSTWriter(path: path, sectionBytes: 8192)
    let signal = writer.addVariable("s", width: 32, enumeration: nil, initial: 0)
    try writer.start(at: 0)
    var ends: [UInt64] = []
    for time in 1..<60_000 as Range<UInt64> {
      writer.advance(to: time)
      writer.change(signal, to: time &* 0x9E37_79B9)
      if time % 6000 == 0 {
        try readMoment(path).write(to: URL(fileURLWithPath: copy))
        // Before the first section there is nothing that readers can show.
        if FSTBlock.all(in: try readBytes(copy)).contains(where: { $0.type == 8 }) {
          ends.append(try FST2VCD.read(copy).endTime)
        }
      }
    }
    try writer.close(at: 60_000)
    #expect(ends.count > 5 && ends == ends.sorted() && ends.last! > 30_000)
  }

  @Test(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
  func theSizeIsLimited() throws {
    for limit in [3000, 20_000, 100_000] {
      func write(_ writer: some WaveformWriter) throws {
        let signal = writer.addVariable("s", width: 64, enumeration: nil, initial: 0)
        try writer.start(at: 0)
        var random = SeededRandom(state: 5)
        for time in 1..<30_000 as Range<UInt64> {
          writer.advance(to: time)
          writer.change(signal, to: random.next())
        }
        try writer.close(at: 30_000)
      }
      var options = WaveformOptions()
      options.sectionBytes = 4096
      options.sizeLimit = limit
      options.endSignal = "end"
      let fst = folder.file("t.fst"), vcd = folder.file("t.vcd")
      try write(FSTWriter(path: fst, options: options))
      try write(VCDWriter(path: vcd, options: options))
      for (path, story) in [(fst, try FST2VCD.read(fst)), (vcd, VCDCanonical(parsing: try readText(vcd)))] {
        #expect(try readBytes(path).count <= max(limit, 4096 + 1000), "\(path) with \(limit)")
        #expect(story["end"]?.changes.last?.value.contains("\(limit)") == true, "\(path) with \(limit)")
        #expect(story.endTime < 30_000)
      }
    }
  }

  @Test func theLastStretchIsKept() throws {
    var options = WaveformOptions()
    options.sectionBytes = 2048
    options.lastPicoseconds = 5000
    options.endSignal = "end"
    let path = folder.file("t.fst")
    let writer = try FSTWriter(path: path, options: options)
    let signal = writer.addVariable("s", width: 32, enumeration: nil, initial: 7)
    let text = writer.addVariable(WaveformVariable("text", .text, initial: .text("first")))
    let still = writer.addVariable("still", width: 9, enumeration: nil, initial: 300)
    try writer.start(at: 0)
    writer.change(text, to: .text("early"))
    for time in 1...50_000 as ClosedRange<UInt64> {
      writer.advance(to: time)
      writer.change(signal, to: time)
    }
    #expect(try readBytes(path).isEmpty)
    try writer.close(at: 50_000, because: "the test ends")
    _ = still
    let file = try WaveFile(path: path)
    #expect(file.startTime <= 45_000 && file.startTime >= 43_000 && file.endTime == 50_000)
    // Values that did not change for long are there from the start of what was kept.
    let story = try FST2VCD.read(path)
    #expect(story["s [31:0]"]?.changes.count == Int(50_000 - file.startTime) + 1)
    #expect(story["still [8:0]"]?.changes == [.init(time: file.startTime, value: "100101100")])
    #expect(story["text"]?.changes.map(\.value) == ["early"])
    #expect(story["end"]?.changes.last?.value == "the\\040test\\040ends")
  }

  @Test func whatWasFlushedIsThere() throws {
    let path = folder.file("t.fst")
    let writer = try FSTWriter(path: path)
    let signal = writer.addVariable("s", width: 32, enumeration: nil, initial: 0)
    try writer.start(at: 0)
    for time in 1...100 as ClosedRange<UInt64> {
      writer.advance(to: time * 10)
      writer.change(signal, to: time)
      if time == 50 { writer.flush() }
    }
    let file = try WaveFile(path: path)
    #expect(file.endTime == 500 && file.sectionCount == 1)
    // More of the same step may follow a flush.
    writer.change(signal, to: 4711)
    writer.flush()
    writer.change(signal, to: 4712)
    try writer.close(at: 2000)
    #expect(try FST2VCD.read(path)["s [31:0]"]?.changes.suffix(1) == [.init(time: 1000, value: binary(4712, 32))])
  }

  private func binary(_ value: Int, _ width: Int) -> String {
    let digits = String(value, radix: 2)
    return String(repeating: "0", count: width - digits.count) + digits
  }
}
