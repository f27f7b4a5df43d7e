import Foundation
import Logs
import PCIe
import Testing

@testable import Replay

/// The lines of both files, as specs/stimulus.md has them.
@Suite struct ReplayFilesTests {
  /// The whole stimulus behind enumeration, and all that is expected, of two writes and a read.
  @Test func aScenarioAsLines() throws {
    let bench = try ReplayBench(
      "\"device\": {\"preset\": \"gen3x4\"}",
      steps: """
        {"mmio_write": {"address": "0x400000", "size": 8, "value": "0x1122334455667788"}},
        {"mmio_write": {"address": "0x800003", "size": 1, "value": "0x5a"}},
        {"mmio_read": {"address": "0x400004", "expect": "0x11223344"}}
        """)
    defer { bench.remove() }
    let (stimulus, expected) = try bench.files()
    #expect(
      stimulus.prefix(4) == [
        "# ubpf-sim stimulus 1", "# bench", "param pcie_period_ps 4000", "param core_period_ps 5000",
      ])
    #expect(stimulus.contains("param multiply_cycles 3"))
    #expect(stimulus.first { $0.hasPrefix("cfg") } == "cfg 0 0000 128 512 32 0 0 0000000000000000 0000 0 0")
    #expect(stimulus.last { $0.hasPrefix("cfg") }?.split(separator: " ").dropFirst(2).first == "0100")
    #expect(
      stimulus.filter { $0.hasPrefix("rx") || $0.hasPrefix("end") } == [
        "rx 6374 3 40000002000000ffe040000000000000 8 1122334455667788",
        "rx 6376 3 4000000100000008e080000000000000 4 5a000000", "rx 6377 3 000000010000010fe040000400000000 0 0",
        "end 7447",
      ])
    #expect(
      expected == [
        "# ubpf-sim expected 1", "# bench", "ram 6377 400000 ff 1122334455667788",
        "win 6379 800000 8 5a000000", "tx 6383 3 4a000001010000040000010400000000 4 11223344",
        "mem 400000 1122334455667788", "mem 800000 5a000000",
      ])
  }

  @Test func kindsOfLines() throws {
    var record = ReplayRecord()
    let payload = (0..<4_096).map { UInt8(truncatingIfNeeded: $0) }
    record.stimuli = [
      (0, .stall(posted: true, nonPosted: false, completion: true)), (7, .use(.posted)), (8, .use(.nonPosted)),
      (9, .use(.completion)),
    ]
    record.effects = [
      (5, .packet(.memoryWrite(address: 0x1_0000_0000, data: payload, requester: DeviceID(rawValue: 0x100)))),
      (6, .write(.window, address: 0x80_0000, enable: .max, data: .max)),
    ]
    record.end = 12
    let files = ReplayFiles(record, scenario: "two\nlines")
    let folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID().uuidString)").path
    try files.writeStimulus(to: folder + ".stim", parameters: [("x", 3)])
    try files.writeExpected(to: folder + ".exp")
    #expect(
      try lines(folder + ".stim") == [
        "# ubpf-sim stimulus 1", "# two lines", "param x 3", "stall 0 1 0 1", "use 7 p", "use 8 n", "use 9 c", "end 12",
      ])
    let number = payload.reversed().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(
      try lines(folder + ".exp").dropFirst(2) == [
        "tx 5 4 60000000010000ff0000000100000000 4096 \(number)", "win 6 800000 ffffffffffffffff ffffffffffffffff",
      ])
  }

  @Test func aFileThatCannotBeWritten() {
    #expect(throws: LogError(what: "expected", path: "/nowhere/x", reason: "No such file or directory")) {
      try ReplayFiles(ReplayRecord(), scenario: "s").writeExpected(to: "/nowhere/x")
    }
  }

  private func lines(_ path: String) throws -> [String] {
    let url = URL(filePath: path)
    defer { try? FileManager.default.removeItem(at: url) }
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
  }
}
