import Check
import Foundation
import EBPF
import Scenario
import Testing
import WaveReader

/// Commits in dumps: what is sampled, and when; what cannot be.
struct DumpCommitsTests {
  /// Two commits, at the second and the fourth edge; reset is active at the first one.
  private static let columns: [Dumps.Column] = [
    ("rst_n", 1, ["0", "1", "1", "1", "1"]), ("valid", 1, ["x", "1", "0", "1", "0"]),
    ("pc", 17, ["x", "0", "x", "1", "x"]), ("insn", 64, ["x", "10110111", "x", "10010101", "x"]),
    ("rd_write", 1, ["x", "1", "x", "0", "x"]), ("rd", 4, ["x", "11", "x", "x", "x"]),
    ("value", 64, ["x", "101010", "x", "x", "x"]), ("state", 80, ["x", "1" + String(repeating: "0", count: 79)]),
  ]
  private static let commits = """
    "commits": {"valid": "valid", "pc": "pc", "insn": "insn", "rd_write": "rd_write", "rd": "rd", "rd_value": "value"}
    """
  private static let head = """
    "scope": "tb", "clock": "clk", "reset": {"signal": "rst_n", "active": "low"}
    """

  private func columns(_ name: String, _ width: Int, _ values: [String]) -> [Dumps.Column] {
    Self.columns.map { $0.name == name ? (name, width, values) : $0 }
  }

  private func read(_ text: String, _ map: String) throws -> [(record: CommitRecord, position: Int)] {
    let map = try Dumps.map("{\(map)}")
    let log = try DesignLog(dump: try Dumps.file(text), map, try #require(map.commits))
    var found: [(record: CommitRecord, position: Int)] = []
    while let next = try log.record() { found.append(next) }
    return found
  }

  private func message(_ text: String, _ map: String) throws -> String {
    "\(try #require(throws: (any Error).self) { _ = try read(text, map) })"
  }

  @Test func commitsAreSampledBeforeTheEdgeOutsideOfReset() throws {
    let found = try read(Dumps.text(Self.columns), "\(Self.head), \(Self.commits)")
    #expect(found.map(\.position) == [1, 3])
    #expect(
      found.map(\.record) == [
        CommitRecord(
          order: 0, pc: 0, instruction: 0xb7, writes: [.init(register: 3, value: 42)], cycle: 1, time: 20_000),
        CommitRecord(order: 1, pc: 1, instruction: 0x95, cycle: 3, time: 40_000),
      ])
  }

  @Test func theOtherEdgeAndReadyCount() throws {
    let falling = Self.head.replacingOccurrences(of: "\"clk\"", with: "\"clk\", \"edge\": \"falling\"")
    // Behind the rise at which they are written, values stand at the next fall.
    #expect(try read(Dumps.text(Self.columns), "\(falling), \(Self.commits)").map(\.record.time) == [15_000, 35_000])
    let columns = Self.columns + [("ready", 1, ["x", "0", "x", "1", "x"])]
    let ready = Self.commits.replacingOccurrences(of: "\"valid\",", with: "\"valid\", \"ready\": \"ready\",")
    #expect(try read(Dumps.text(columns), "\(Self.head), \(ready)").map(\.record.pc) == [1])
  }

  @Test func partsOfWideSignalsAreFields() throws {
    var registers = [String](repeating: String(repeating: "0", count: 64), count: 11)
    registers[10 - 9] = String(repeating: "1", count: 64)
    registers[10 - 2] = String(repeating: "0", count: 61) + "101"
    let columns =
      Self.columns + [
        ("mask", 11, ["x", "1000000100", "0", "0"]), ("registers", 704, ["x", registers.joined(), "x"]),
        ("stage", 82, ["x", "1" + String(repeating: "0", count: 16) + "1" + String(repeating: "0", count: 62) + "11"]),
      ]
    let found = try read(
      Dumps.text(columns),
      """
      \(Self.head), "commits": {"valid": "valid", "pc": "stage[80:64]", "write_mask": "mask", "registers": "registers"}
      """)
    #expect(found[0].record.pc == 1)
    #expect(found[0].record.writes == [.init(register: 2, value: 5), .init(register: 9, value: .max)])
  }

  @Test func accessesAndFaultsAreRead() throws {
    let columns: [Dumps.Column] = [
      ("valid", 1, ["1", "1"]), ("load", 1, ["1", "0"]), ("store", 1, ["0", "1"]), ("size", 4, ["10", "1000"]),
      ("address", 64, ["1000", "10000"]), ("data", 64, [String(repeating: "1", count: 64), "1"]),
      ("fault", 3, ["0", "1"]),
    ]
    let found = try read(
      Dumps.text(columns),
      """
      "scope": "tb", "clock": "clk", "commits": {"valid": "valid", "load": "load", "store": "store", "size": "size",
        "address": "address", "load_value": "data", "store_value": "data",
        "fault": {"signal": "fault", "names": ["", "storeOutOfBounds"]}}
      """)
    #expect(found[0].record.accesses == [.init(.load, size: 2, address: 8, value: 0xffff)])
    #expect(found[1].record.accesses == [.init(.store, size: 8, address: 16, value: 1)])
    #expect(found.map(\.record.fault) == [nil, "storeOutOfBounds"])
  }

  @Test func whatCannotBeSampledIsTold() throws {
    let map = "\(Self.head), \(Self.commits)", text = Dumps.text(Self.columns)
    func check(_ message: String, _ expected: String, _ line: Int = #line) {
      #expect(
        message.contains(expected) && !message.contains("\n"), "\(message)",
        sourceLocation: SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1))
    }
    check(try message(Dumps.text(columns("value", 64, ["x", "1x"])), map), "tb.value is 0b0")
    check(
      try message(Dumps.text(columns("pc", 17, ["x", "z"])), map),
      "found tb.pc is 0xzzzzz at 20 ns (cycle 1), expected only 0 and 1 while tb.valid is 1")
    check(
      try message(Dumps.text(columns("valid", 1, ["0", "x"])), map),
      "found tb.valid is x at 20 ns (cycle 1), expected only 0 and 1 outside of reset")
    check(
      try message(Dumps.text(columns("valid", 1, ["0", "0"])), map),
      "found tb.valid at none of 4 rising edges of tb.clk outside of reset, expected it at one of them")
    check(
      try message(Dumps.text(columns("rst_n", 1, ["0"])), map),
      "found tb.rst_n active at all of 5 rising edges of tb.clk, expected a reset that ends")
    check(
      try message(text.replacingOccurrences(of: "1c\n", with: ""), map),
      "found no rising edge of tb.clk, expected a clock that runs")
    check(try message(String(text.dropLast(1)), map), "it ends in the middle of line")
    check(try message(text + "b1 nothing\n", map), "found code \"nothing\"")
    check(
      try message(Dumps.text(columns("insn", 32, ["0", "1"])), map),
      "found \"tb.insn\" with 32 bits, expected 64 bits")
    check(
      try message(text, map.replacingOccurrences(of: "\"pc\": \"pc\"", with: "\"pc\": \"pcc\"")),
      "found \"tb.pcc\", expected a signal of ")
    check(
      try message(text, map.replacingOccurrences(of: "\"pc\": \"pc\"", with: "\"pc\": \"pcc\"")),
      "; did you mean \"tb.pc\"")
    check(
      try message(text, map.replacingOccurrences(of: "\"pc\": \"pc\"", with: "\"pc\": \"state\"")),
      "found \"tb.state\" with 80 bits, expected 1 to 64 bits, or a part such as tb.state[63:0]")
    check(
      try message(text, map.replacingOccurrences(of: "\"pc\": \"pc\"", with: "\"pc\": \"state[80:70]\"")),
      "found \"tb.state[80:70]\", expected some of the bits 79 to 0")
    check(
      try message(
        text,
        """
        \(Self.head), "commits": {"valid": "valid", "write_mask": "state[10:0]", "registers": "state"}
        """), "found \"tb.state\" with 80 bits, expected 704 bits")
    check(
      try message(text, map.replacingOccurrences(of: "\"clk\"", with: "\"pc\"")),
      "found \"tb.pc\" with 17 bits, expected a signal of 1 bit")
  }
}
