import Foundation
import Logs
import TestSupport
import Testing

@testable import PCIe

/// TLP logs as files.
@Suite struct TLPLogWriterTests {
  private static func temporary(_ ending: String) -> String {
    FileManager.default.temporaryDirectory.appending(path: "tlp-\(UUID().uuidString).\(ending)").path
  }

  /// What the log of `transmissions` holds.
  private func log(
    _ transmissions: [(LinkTransmission, now: UInt64)], ending: String = "log", scenario: String = "example"
  ) throws -> String {
    let path = TLPLogWriterTests.temporary(ending)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try TLPLogWriter(path: path, scenario: scenario, links: ["link", "peerLink"])
    let observer: LinkObserver = writer
    for (transmission, now) in transmissions { observer.transmitted(transmission, now: now) }
    try writer.close()
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  private func transmission(
    _ tlp: TLP = .memoryRead(address: 0x1000, length: 4, tag: 0, requester: .endpoint), at start: UInt64, link: Int = 0,
    _ direction: LinkDirection = .up, sequence: UInt16 = 0, replay: Bool = false, fate: LinkFate = .delivered
  ) -> LinkTransmission {
    let end = start + UInt64(tlp.wireBytes + 8) * 127
    return LinkTransmission(
      link: link, direction: direction, start: start, end: end, arrival: end + 100_000, sequence: sequence,
      isReplay: replay, fate: fate, wireBytes: tlp.wireBytes + 8, tlp: tlp)
  }

  @Test func aLogNamesItsFormatAndItsScenario() throws {
    #expect(try log([], scenario: "two\nlines") == "# ubpf-sim TLP log 1\n# two lines\n")
    #expect(
      try log([], ending: "jsonl", scenario: "a \"b\\c\"\n")
        == #"{"log":"ubpf-sim TLP log","version":1,"scenario":"a \"b\\c\"\u000a"}"# + "\n")
  }

  /// The links of a system tick one after the other, each with what it starts before the next edge.
  @Test(arguments: ["log", "jsonl"]) func linesStandInTheOrderOfTransmissionStart(_ ending: String) throws {
    let told: [(UInt64, Int, LinkDirection)] = [
      (0, 0, .up), (1_500, 0, .up), (3_900, 0, .up), (1_200, 1, .down), (3_900, 1, .down), (3_900, 0, .down),
      (4_000, 0, .up), (7_999, 0, .up), (4_000, 1, .up), (20_000, 0, .up),
    ]
    let text = try log(
      told.map { (transmission(at: $0.0, link: $0.1, $0.2), now: $0.0 / 4_000 * 4_000) }, ending: ending)
    var reader = TLPLogReader(Array(text.utf8)), found: [String] = []
    while let record = try reader.record() { found.append("\(record.start) \(record.link) \(record.direction)") }
    #expect(
      found == [
        "0 link up", "1200 peerLink down", "1500 link up", "3900 link down", "3900 link up", "3900 peerLink down",
        "4000 link up", "4000 peerLink up", "7999 link up", "20000 link up",
      ])
  }

  /// A link may hold a packet back, and tell of it long before it starts.
  @Test func aLineWaitsForWhatStartsBeforeIt() throws {
    let held = transmission(at: 50_000),
      text = try log([
        (held, now: 4_000), (transmission(at: 8_000, link: 1), now: 8_000),
        (transmission(at: 50_000, link: 1), now: 50_000),
        (transmission(at: 50_000, .down), now: 50_000), (transmission(at: 60_000), now: 60_000),
      ])
    let starts = text.split(separator: "\n").dropFirst(2).map {
      $0.split(separator: " ").prefix(2).joined(separator: " ")
    }
    #expect(starts == ["peerLink up", "link down", "link up", "peerLink up", "link up"])
  }

  /// Every record of a log of many blocks, in both forms.
  @Test(arguments: ["log", "jsonl"]) func aLongLogComesBack(_ ending: String) throws {
    var random = SeededRandom(state: 9)
    let transmissions = (0..<5_000).map { index -> (LinkTransmission, now: UInt64) in
      var sent = LinkTransmission.random(
        .memoryWrite(address: UInt64(index) * 4, data: [UInt8](repeating: 1, count: 4), requester: .endpoint),
        using: &random)
      sent.start = UInt64(index) * 1_000
      return (sent, now: sent.start)
    }
    var reader = TLPLogReader(Array(try log(transmissions, ending: ending).utf8))
    for (sent, _) in transmissions { #expect(try reader.record() == TLPLogRecord(sent, link: "link")) }
    #expect(try reader.record() == nil)
  }

  @Test func aReaderGoesOnBehindABadLine() throws {
    let line = TLPLogRecord(transmission(at: 5), link: "link").line()
    var reader = TLPLogReader(Array("# comment\n\n\(line)\nlink oops Cpl 3DW\n\(line)".utf8))
    #expect(try reader.record()?.start == 5)
    #expect(reader.line == 3)
    let error = try #require(throws: LogLineError.self) { try reader.record() }
    #expect(error.line == 4 && error.column == 6)
    #expect(try reader.record()?.start == 5)
    #expect(try reader.record() == nil)
  }

  /// The examples of specs/tlp-log.md are what these packets make.
  @Test func theExamplesOfThePageAreLogs() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../specs/tlp-log.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let read = TLPHeader.memoryRead(address: 0x1_0000_0040, length: 64, tag: 0x12, requester: .endpoint)
    let payload = (0..<64).map { UInt8($0) }
    let register = TLPHeader.memoryRead(address: 0xe000_0008, length: 4, tag: 1, requester: .rootComplex)
    let sent = [
      transmission(
        .memoryWrite(address: 0xe000_0004, data: [1, 0, 0, 0], requester: .rootComplex), at: 1_800_000, .down),
      transmission(TLP(read), at: 1_820_000, sequence: 7),
      transmission(
        .completionData(for: read, payload: payload, completer: .rootComplex), at: 2_400_000, .down, sequence: 1,
        fate: .corrupted),
      transmission(
        .completionData(for: read, payload: payload, completer: .rootComplex), at: 2_700_000, .down, sequence: 1,
        replay: true),
      transmission(.message(.assertINTA, routing: .local, requester: .endpoint), at: 2_900_000, sequence: 8),
      transmission(TLP(register), at: 3_100_000, .down, sequence: 2),
      transmission(.completionData(for: register, value: 0x2a, completer: .endpoint), at: 3_300_000, sequence: 9),
      transmission(TLP(header: TLP(read).header, payload: [0, 0, 0, 0]), at: 3_500_000, sequence: 10),
    ]
    let example = try log(sent.map { ($0, now: $0.start) })
    #expect(text.contains("```text\n\(example)```\n"), "\(example)")
    let json = try log([(sent[6], now: 0)], ending: "jsonl")
    #expect(text.contains("```json\n\(json)```\n"), "\(json)")
  }

  @Test func aFileThatCannotBeOpenedIsNamed() throws {
    let error = try #require(throws: LogError.self) {
      try TLPLogWriter(path: "/nonexistent/log", scenario: "", links: [])
    }
    #expect(error.description == "cannot write TLP log '/nonexistent/log': No such file or directory")
  }

  /// The simulation goes on; the end says what was lost.
  @Test func aFullDiskIsReportedAtTheEnd() throws {
    let writer = try TLPLogWriter(path: "/dev/full", scenario: "long", links: ["link"])
    for start in 0..<2_000 { writer.transmitted(transmission(at: UInt64(start)), now: UInt64(start)) }
    #expect(throws: LogError(what: "TLP log", path: "/dev/full", reason: "No space left on device")) {
      try writer.close()
    }
  }

  @Test func aForgottenLogIsWritten() throws {
    let path = TLPLogWriterTests.temporary("log")
    defer { try? FileManager.default.removeItem(atPath: path) }
    do {
      let writer = try TLPLogWriter(path: path, scenario: "", links: ["link"])
      writer.transmitted(transmission(at: 1), now: 0)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("link up MRd"))
  }
}
