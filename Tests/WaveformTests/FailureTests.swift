import Foundation
import Glibc
import Testing
import TraceSupport
import Waveform

/// What happens when something goes wrong, and what can be relied on when nothing does.
struct FailureTests {
  let folder = try! TemporaryFolder()

  @Test func equalRunsGiveEqualFiles() throws {
    let stream = EventStream.random(seed: 21, steps: 20_000)
    let first = folder.file("first.fst")
    let second = folder.file("second.fst")
    try stream.write(to: FSTWriter(path: first, sectionBytes: 1 << 14))
    try stream.write(to: FSTWriter(path: second, sectionBytes: 1 << 14))
    #expect(try readBytes(first) == readBytes(second))
  }

  @Test func anUnwritablePathIsNamed() throws {
    let path = folder.file("missing/trace.fst")
    let expected = WaveformError(path: path, reason: "No such file or directory")
    #expect(throws: expected) { try FSTWriter(path: path) }
    #expect(throws: expected) { try VCDWriter(path: path) }
    #expect(expected.description == "cannot write trace '\(path)': No such file or directory")
  }

  @Test func aDirectoryIsNotATrace() {
    #expect(throws: WaveformError(path: folder.path, reason: "Is a directory")) { try FSTWriter(path: folder.path) }
  }

  /// A full disk at the start: the caller may stop, or go on without a trace.
  @Test func fullDiskIsReportedByStartAndClose() throws {
    let full = WaveformError(path: "/dev/full", reason: "No space left on device")
    func check(_ writer: some WaveformWriter) {
      let signal = writer.addVariable("s", width: 8, enumeration: nil, initial: 0)
      #expect(throws: full) { try writer.start(at: 0) }
      for time in 1..<100_000 as Range<UInt64> {
        writer.advance(to: time)
        writer.change(signal, to: time)
      }
      #expect(throws: full) { try writer.close(at: 100_000) }
    }
    check(try FSTWriter(path: "/dev/full", sectionBytes: 4096))
    check(try VCDWriter(path: "/dev/full"))
  }

  /// A disk that becomes full later: the background thread meets the error, and `close` reports it. What was written
  /// before stays readable.
  @Test(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
  func diskThatBecomesFullLeavesTheFirstSections() throws {
    let path = folder.file("trace.fst")
    let stream = EventStream.counter(steps: 50_000)
    let writer = try FSTWriter(path: path, sectionBytes: 4096)
    let handles = try stream.writeAllButEnd(to: writer)
    // The file is the one this process has open under that name: let the descriptor lead to /dev/full from here on.
    let full = open("/dev/full", O_WRONLY)
    try #expect(dup2(full, descriptor(of: path)) >= 0)
    close(full)
    for time in 1..<50_000 as Range<UInt64> {
      writer.advance(to: stream.endTime + time)
      writer.change(handles[1], to: time)
    }
    #expect(throws: WaveformError(path: path, reason: "No space left on device")) {
      try writer.close(at: stream.endTime + 50_000)
    }
    let trace = try FST2VCD.read(path)
    #expect(trace.signals[1].changes.count > 1000)
    #expect(trace.endTime < stream.endTime + 50_000)
  }

  /// The descriptor by which this process has `path` open.
  private func descriptor(of path: String) throws -> Int32 {
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    let found = open.first {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
    }
    return try #require(found.flatMap { Int32($0) })
  }

  /// A killed simulator leaves the file as it is on disk at that moment, which a copy shows.
  @Test(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
  func aKilledWriterLeavesAReadableFile() throws {
    let path = folder.file("trace.fst")
    let stream = EventStream.random(seed: 22, steps: 30_000)
    let writer = try FSTWriter(path: path, sectionBytes: 4096)
    _ = try stream.writeAllButEnd(to: writer)
    let killed = folder.file("killed.fst")
    try readMoment(path).write(to: URL(fileURLWithPath: killed))
    try writer.close(at: stream.endTime)

    let whole = try FST2VCD.read(path)
    let part = try FST2VCD.read(killed)
    #expect(part.signals.map(\.path) == whole.signals.map(\.path))
    #expect(part.endTime > 0 && part.endTime < whole.endTime)
    for (left, right) in zip(part.signals, whole.signals) {
      #expect(left.changes == right.changes.filter { $0.time <= part.endTime })
    }
  }

  /// Killed in the middle of a section's write: only the whole sections before count. The cut goes through the second
  /// section, whose type byte still says SKIP then.
  @Test(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
  func aHalfWrittenSectionIsIgnored() throws {
    let path = folder.file("trace.fst")
    try EventStream.random(seed: 23, steps: 30_000).write(to: FSTWriter(path: path, sectionBytes: 4096))
    var bytes = try readBytes(path)
    let second = FSTBlock.all(in: bytes).filter { $0.type == 8 }[1].offset
    bytes[second] = 255
    let cut = folder.file("cut.fst")
    try bytes.prefix(second + 1000).write(to: URL(fileURLWithPath: cut))
    let whole = try FST2VCD.read(path)
    let part = try FST2VCD.read(cut)
    #expect(part.endTime > 0 && part.endTime < whole.endTime)
    #expect(part.signals[0].changes == whole.signals[0].changes.filter { $0.time <= part.endTime })
  }

  /// An error thrown elsewhere in a simulator must not cost the last changes before it.
  @Test(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
  func aForgottenWriterFinishesItsFile() throws {
    let stream = EventStream.counter(steps: 10)
    let fst = folder.file("trace.fst")
    let vcd = folder.file("trace.vcd")
    do { _ = try stream.writeAllButEnd(to: FSTWriter(path: fst)) }
    do { _ = try stream.writeAllButEnd(to: VCDWriter(path: vcd)) }
    #expect(try FST2VCD.read(fst) == VCDCanonical(parsing: readText(vcd)))
    #expect(try FST2VCD.read(fst).endTime == 10_000)
  }

  /// Readers reject such a file, but that is no reason to stop a simulation.
  @Test func aTraceWithoutSignalsIsNoError() throws {
    let stream = EventStream(testDescription: "empty", modules: [], events: [.advance(5)], endTime: 10)
    try stream.write(to: FSTWriter(path: folder.file("empty.fst")))
    try stream.write(to: VCDWriter(path: folder.file("empty.vcd")))
  }

  @Test func closingTwiceIsHarmless() throws {
    let writer = try FSTWriter(path: folder.file("trace.fst"))
    try EventStream.counter(steps: 10).write(to: writer)
    try writer.close(at: 20_000)
  }
}
