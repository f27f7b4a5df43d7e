import Foundation
import Logs
import Testing
import Transactions

@testable import Timeline

/// Timelines as files.
@Suite struct TimelineWriterTests {
  private static let map = TransactionMap(
    lanes: [
      TransactionLane("host", "interrupts", .moments), TransactionLane("device", "dma 0", .transfers),
      TransactionLane("link", "up", .packets),
    ], counters: [TransactionCounter("device", "dma reads outstanding")])

  private func file(_ map: TransactionMap = map, end: UInt64 = 28_000_000, _ tell: (TimelineWriter) -> Void) throws
    -> String
  {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try TimelineWriter(path: path, map: map)
    tell(writer)
    try writer.close(at: end)
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func theExampleOfThePageIsATimeline() throws {
    let text = try file { writer in
      writer.begin(
        1, at: 26_204_000, "host to RAM",
        [.init("bytes", 512), .init("from", .hex(0x1_0000_1000)), .init("to", .hex(0x40_0000))])
      writer.count(0, at: 26_224_000, 1)
      writer.span(
        2, from: 26_228_000, to: 26_231_047, "MRd",
        [
          .init("tlp", .text("MRd 4DW req=01:00.0 tag=0x00 addr=0x0000000100001000 len=128dw be=f/f")),
          .init("sequence", 38), .init("payload_bytes", 0), .init("wire_bytes", 24),
        ])
      writer.end(1, at: 26_904_004, [.init("first_data_after_ps", 440_000)])
      writer.moment(0, at: 27_500_000, "MSI", [.init("function", .text("device"))])
    }
    let page = URL(filePath: #filePath).appending(path: "../../../specs/timeline.md").standardizedFileURL
    #expect(try String(contentsOf: page, encoding: .utf8).contains("```json\n\(text)```\n"), "\(text)")
  }

  @Test func whatIsUnderWayAtTheEndIsMarked() throws {
    let map = TransactionMap(lanes: [TransactionLane("a", "steps", .steps), TransactionLane("a", "state", .states)])
    let text = try file(map, end: 3_000_001) { writer in
      writer.begin(0, at: 1_000_000, "run", [.init("step", 4)])
      writer.begin(1, at: 2_000_000, "up", [])
    }
    let lines = text.split(separator: "\n").suffix(5)
    #expect(
      lines == [
        #"{"ph":"B","pid":1,"tid":1,"ts":1.000000,"name":"run","args":{"step":4}},"#,
        #"{"ph":"B","pid":1,"tid":2,"ts":2.000000,"name":"up"},"#,
        #"{"ph":"E","pid":1,"tid":1,"ts":3.000001,"args":{"unfinished":"at the end of the simulation"}},"#,
        #"{"ph":"E","pid":1,"tid":2,"ts":3.000001}"#, "]",
      ])
  }

  @Test func namesAreEscaped() throws {
    let map = TransactionMap(lanes: [TransactionLane("a\"b\\", "c\n", .steps)])
    let text = try file(map) { $0.moment(0, at: 0, "\u{1}ü", [.init("k", .text("\"")), .init("n", UInt64.max)]) }
    let timeline = try TimelineFile(Data(text.utf8))
    let moment = try #require(timeline.moments[.init("a\"b\\", "c\n")]?.first)
    #expect(moment.name == "\u{1}ü" && moment.text("k") == "\"")
    #expect(text.contains(#""n":18446744073709551615"#))
  }

  /// However much of it is there: a viewer adds the bracket.
  @Test func aTimelineWithoutItsEndIsOfUse() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try TimelineWriter(path: path, map: Self.map)
    for time in 0..<2_000 { writer.count(0, at: UInt64(time) * 1_000, UInt64(time)) }
    let begun = try String(contentsOfFile: path, encoding: .utf8)
    #expect(begun.count > 60_000 && begun.hasSuffix("}"))
    #expect(try TimelineFile(Data((begun + "]").utf8)).counters.values.first?.isEmpty == false)
    try writer.close(at: 2_000_000)
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix(begun))
  }

  @Test func aFileThatCannotBeOpenedIsNamed() throws {
    let error = try #require(throws: LogError.self) { try TimelineWriter(path: "/nonexistent/t.json", map: Self.map) }
    #expect(error.description == "cannot write timeline '/nonexistent/t.json': No such file or directory")
  }

  /// The simulation goes on; the end says what was lost.
  @Test func aFullDiskIsReportedAtTheEnd() throws {
    let writer = try TimelineWriter(path: "/dev/full", map: Self.map)
    for time in 0..<2_000 { writer.count(0, at: UInt64(time), 1) }
    #expect(throws: LogError(what: "timeline", path: "/dev/full", reason: "No space left on device")) {
      try writer.close(at: 2_000)
    }
  }
}
