import CLibFST
import TestSupport
import Testing
import TraceSupport
import Waveform

/// GTKWave's own library is the oracle: it writes the same events, and it reads what we wrote.
@Suite(.enabled(if: LibFST.isAvailable, "libfst, from the Debian package verilator, is not installed"))
struct FSTAgainstLibFSTTests {
  let folder = try! TemporaryFolder()

  @Test(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
  func filesOfBothWritersSayTheSame() throws {
    let stream = EventStream.random(seed: 11, steps: 20_000)
    let ours = folder.file("ours.fst")
    let theirs = folder.file("theirs.fst")
    try stream.write(to: FSTWriter(path: ours, sectionBytes: 1 << 14))
    stream.writeWithLibFST(path: theirs)
    #expect(try FST2VCD.read(ours) == FST2VCD.read(theirs))
  }

  @Test func headerIsComplete() throws {
    let path = folder.file("trace.fst")
    try EventStream.random(seed: 12, steps: 20_000, startTime: 77).write(to: FSTWriter(path: path, sectionBytes: 4096))
    let reader = try #require(libfst_open(path))
    defer { libfst_close_reader(reader) }
    #expect(libfst_start_time(reader) == 77)
    #expect(libfst_end_time(reader) > 77)
    #expect(libfst_timescale(reader) == -12)
    #expect(libfst_section_count(reader) > 3)
  }

  /// Viewers jump to any time: they find the section that contains it and start from its frame. The boundaries of
  /// sections are the interesting times.
  @Test func randomAccessFindsEveryValue() throws {
    let stream = EventStream.random(seed: 13, steps: 15_000)
    let path = folder.file("trace.fst")
    let vcd = folder.file("trace.vcd")
    try stream.write(to: FSTWriter(path: path, sectionBytes: 4096))
    try stream.write(to: VCDWriter(path: vcd))
    let expected = VCDCanonical(parsing: try readText(vcd))
    let sectionEnds = FSTBlock.all(in: try readBytes(path)).compactMap(\.endTime).dropLast()
    #expect(sectionEnds.count > 2)
    let reader = try #require(libfst_open(path))
    defer { libfst_close_reader(reader) }
    var random = SeededRandom(state: 13)
    var buffer = [CChar](repeating: 0, count: 65)
    var wrong: [String] = []
    for _ in 0..<2000 {
      let signal = Int.random(in: 0..<expected.signals.count, using: &random)
      let sampled = expected.signals[(signal + 1) % 8].changes.randomElement(using: &random)!.time
      let around = sectionEnds.randomElement(using: &random)! + UInt64.random(in: 0...1, using: &random) * 2 - 1
      let anywhere = UInt64.random(in: 0...expected.endTime, using: &random)
      let time = [sampled, around, anywhere].randomElement(using: &random)!
      // A jump to exactly the time where two sections touch crashes libfst, with its own files too.
      if sectionEnds.contains(time) { continue }
      let value = libfst_value_at(reader, time, UInt32(signal + 1), &buffer).map { String(cString: $0) }
      if value != expected.signals[signal].value(at: time) {
        wrong.append("\(expected.signals[signal].path) at \(time): \(value ?? "nothing")")
      }
    }
    #expect(wrong.isEmpty)
  }

  @Test func firstChangesAreTheInitialValues() throws {
    var stream = EventStream.counter(steps: 5)
    stream.startTime = 500
    stream.modules[0].signals[1].initial = 0xF0
    let path = folder.file("trace.fst")
    try stream.write(to: FSTWriter(path: path))
    let reader = try #require(libfst_open(path))
    defer { libfst_close_reader(reader) }
    let log = ChangeLog()
    libfst_read_changes(reader, Unmanaged.passUnretained(log).toOpaque()) { context, time, handle, value in
      let log = Unmanaged<ChangeLog>.fromOpaque(context!).takeUnretainedValue()
      log.lines.append("\(time) \(handle) \(String(cString: value))")
    }
    #expect(Set(log.lines.prefix(2)) == ["500 1 0", "500 2 11110000"])
    #expect(Set(log.lines.dropFirst(2).prefix(2)) == ["1000 1 1", "1000 2 00000001"])
    #expect(log.lines.count == 2 + 5 * 2)
  }

  private final class ChangeLog {
    var lines: [String] = []
  }
}
