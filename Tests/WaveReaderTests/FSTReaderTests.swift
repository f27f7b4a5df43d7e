import CLibFST
import Foundation
import Testing
import TraceSupport
import WaveReader

enum Tools {
  static let hasLibFST = {
    let available = libfst_is_available()
    if !available { print("SKIPPED: tests against libfst; apt-get install verilator, then build again") }
    return available
  }()
}

/// GTKWave's library writes; what it was told comes back.
@Suite(.enabled(if: Tools.hasLibFST, "libfst, from the Debian package verilator, is not installed"))
struct FSTReaderTests {
  let folder = try! TemporaryFolder()

  struct Way: CustomTestStringConvertible {
    let packing: Character
    var wrapped = false
    var flushInterval = Int.max
    var testDescription: String { "\(packing)\(wrapped ? " wrapped" : ""), section of \(flushInterval)" }
  }

  static let ways = [
    Way(packing: "4"), Way(packing: "F"), Way(packing: "Z"), Way(packing: "4", flushInterval: 97),
    Way(packing: "F", flushInterval: 300), Way(packing: "Z", flushInterval: 5), Way(packing: "4", wrapped: true),
    Way(packing: "Z", wrapped: true, flushInterval: 1000),
  ]

  @Test(arguments: ways)
  func randomDesign(_ way: Way) throws {
    let design = Design.random(seed: 1, steps: 4000)
    let path = folder.file("a.fst")
    design.writeFST(path, packing: way.packing, wrapped: way.wrapped, flushInterval: way.flushInterval)
    let file = try WaveFile(path: path)
    #expect(file.isWrapped == way.wrapped && !file.isTruncated && file.format == .fst)
    #expect(way.flushInterval > 4000 || file.sectionCount > 3)
    #expect(try file.packing() == ["4": "LZ4", "F": "FastLZ", "Z": "zlib"][way.packing])
    let story = try Story(of: file)
    #expect(story == design.story, "\(story.difference(from: design.story))")
  }

  /// Sections larger than 64 KiB use FastLZ's second level, with long distances.
  @Test func largeChainsOfFastLZ() throws {
    let design = Design.random(seed: 2, steps: 120_000)
    let path = folder.file("a.fst")
    design.writeFST(path, packing: "F")
    #expect(try Story(path: path) == design.story)
  }

  @Test(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
  func fst2vcdSaysTheSame() throws {
    let design = Design.random(seed: 3, steps: 3000)
    let path = folder.file("a.fst")
    design.writeFST(path, flushInterval: 500)
    let vcd = folder.file("a.vcd")
    try FST2VCD.convert(path).write(toFile: vcd, atomically: false, encoding: .utf8)
    // It does not tell the end of a trace in which nothing happens then.
    let ours = try Story(path: path), theirs = try Story(path: vcd)
    #expect(ours.signals == theirs.signals, "\(ours.difference(from: theirs))")
  }

  @Test func hierarchy() throws {
    let path = folder.file("a.fst")
    let writer = libfst_create(path, -9)!
    libfst_begin_typed_scope(writer, 0, "top", "chip")
    libfst_add_remarks(writer, "a comment", "source.v")
    libfst_begin_typed_scope(writer, 15, "record", "")
    let state = ["IDLE", "BUSY"].withCStrings { literals in
      ["00", "10"].withCStrings { values in libfst_create_enum(writer, "state_t", 2, 2, literals, values) }
    }
    libfst_use_enum(writer, state)
    let first = libfst_declare(writer, 5, 1, 2, "state [1:0]", 0)
    libfst_end_scope(writer)
    _ = libfst_declare(writer, 22, 2, 2, "copy", first)
    _ = libfst_declare(writer, 20, 0, 8, "now", 0)
    libfst_end_scope(writer)
    _ = libfst_declare(writer, 0, 0, 1, "outside", 0)
    // Without a value it would leave a file that it does not read itself.
    libfst_emit_time(writer, 5)
    libfst_emit_characters(writer, first, "10")
    libfst_close(writer)

    let file = try WaveFile(path: path)
    let hierarchy = file.hierarchy
    #expect(file.timescale == -9 && file.startTime == 5 && file.endTime == 5 && file.writer == "fstWriter")
    #expect(hierarchy.scopes.map(\.type) == ["module", "vhdl_record"])
    #expect(hierarchy.scopes.map(\.component) == ["chip", ""])
    let paths = hierarchy.signals.indices.map { hierarchy.path(of: $0) }
    #expect(paths == ["top.record.state [1:0]", "top.copy", "top.now", "outside"])
    #expect(hierarchy.signals.map(\.type) == ["reg", "bit", "realtime", "event"])
    #expect(hierarchy.signals.map(\.direction) == ["input", "output", "implicit", "implicit"])
    #expect(hierarchy.signals.map(\.aliasOf) == [nil, 0, nil, nil] && hierarchy.aliasCount == 1)
    #expect(hierarchy.signals.map(\.enumTable) == [0, nil, nil, nil])
    #expect(hierarchy.enumTables.map(\.name) == ["state_t"])
    #expect(hierarchy.enumTables.map(\.cases) == [[0: "IDLE", 2: "BUSY"]])
    #expect(hierarchy.handles.map(\.kind) == [.bits, .real, .bits])
  }

  @Test func blackouts() throws {
    var design = Design.random(seed: 4, steps: 100)
    design.recording = [20: false, 40: true, 80: false]
    let path = folder.file("a.fst")
    design.writeFST(path)
    let file = try WaveFile(path: path)
    let times = design.steps.map(\.time)
    #expect(file.blackouts.map(\.time) == [times[20], times[40], times[80]])
    #expect(file.blackouts.map(\.isRecording) == [false, true, false])
    let summary = try WaveSummary(of: file)
    #expect(summary.blackouts.map(\.from) == [times[20], times[80]])
    #expect(summary.blackouts.map(\.to) == [times[40], nil])
  }

  /// A walk may begin late, with the values of that time, and leave out signals.
  @Test func partsOfAFile() throws {
    let design = Design.random(seed: 5, steps: 3000, texts: false)
    let path = folder.file("a.fst")
    design.writeFST(path, flushInterval: 200)
    let file = try WaveFile(path: path)
    let story = try Story(of: file)
    let time = design.steps[1500].time
    var wanted = [Bool](repeating: false, count: file.hierarchy.handles.count)
    wanted[3] = true
    let cursor = file.cursor(from: time, wanted: wanted)
    #expect(try cursor.next() && cursor.isInitial && cursor.time <= time && cursor.time > 0)
    var value = cursor.changes.last { $0.handle == 3 }.map { cursor.value(of: $0).characters }
    while try cursor.next(), cursor.time <= time {
      for change in cursor.changes {
        #expect(change.handle == 3)
        value = cursor.value(of: change).characters
      }
    }
    #expect(value == story.signals["top.s3"]?.last { $0.time <= time }?.value)
  }
}

extension [String] {
  func withCStrings<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>>) -> Result) -> Result {
    let copies = map { strdup($0)! }
    defer { copies.forEach { free($0) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
