import Foundation
import Testing

@Suite("--timeline")
struct TimelineTests {
  private static func events(_ folder: Folder) throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: folder.data("t.json")) as? [[String: Any]])
  }

  @Test("writes what the scenario did, and changes nothing that is printed")
  func writes() throws {
    let folder = try Folder(["s.json": #"{"name": "s", "steps": [{"load_data": {"fill": {"bytes": 5000}}}]}"#])
    let alone = try Command.run(["s.json"], in: folder)
    let outcome = try Command.run(["s.json", "--timeline", "t.json"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.split(separator: "\n").dropLast() == alone.output.split(separator: "\n").dropLast())
    let names = try TimelineTests.events(folder).compactMap { $0["name"] as? String }
    #expect(names.count { $0 == "host to RAM" } == 2 && names.contains("load_data") && names.contains("up Gb/s"))
  }

  @Test("is whole when an expectation failed, and shows where")
  func failure() throws {
    let steps = #"{"mmio_read": {"address": "0x100000", "expect": 7}}"#
    let folder = try Folder(["s.json": #"{"steps": [\#(steps)]}"#])
    #expect(try Command.run(["s.json", "--timeline", "t.json"], in: folder).status == 1)
    let moments = try TimelineTests.events(folder).filter { $0["ph"] as? String == "i" }
    #expect(moments.map { $0["name"] as? String } == ["expectation failed"])
    #expect((moments.first?["args"] as? [String: Any])?["path"] as? String == "$.steps[0].mmio_read.expect.value")
  }
}
