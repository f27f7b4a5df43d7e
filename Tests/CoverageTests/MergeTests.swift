import Scenario
import Testing

@testable import Coverage

@Suite("coverage files and sums")
struct MergeTests {
  /// Coverage with these counts of instructions, the others 0.
  private func coverage(_ counts: [String: UInt64]) -> Coverage {
    let counter = CoverageCounter()
    for (name, count) in counts { counter.hit("instructions", name, times: count) }
    return counter.coverage
  }

  @Test("every encoding that the machine executes is a bin, and no two bins of a group share a name")
  func declared() {
    #expect(CoverageBins.groups.first { $0.name == "instructions" }?.bins.count == 158)
    for group in CoverageBins.groups { #expect(Set(group.bins).count == group.bins.count, "\(group.name)") }
  }

  @Test("a sum has the counts of both, and all scenarios")
  func merging() {
    var sum = coverage(["add64 imm": 2, "exit": 1])
    sum.merge(coverage(["exit": 4, "ja": 1]))
    #expect(sum.scenarios == 2)
    #expect(sum.hitCount == 3)
    #expect(["add64 imm", "exit", "ja", "ja32"].map { sum.count("instructions", $0) } == [2, 5, 1, 0])
    #expect(sum.count("instructions", "add65 imm") == nil)
    #expect(sum.neverHit.first { $0.group == "instructions" }?.bins.count == 155)
  }

  @Test("what is written is read again")
  func roundTrip() throws {
    let before = coverage(["sdiv32 reg": .max, "cmpxchg64 atomic": 7])
    #expect(try Coverage(json: Array(before.json.utf8), file: "a.json") == before)
  }

  @Test(
    "other files are refused: where, what was found, what was expected",
    arguments: [
      ("{", "a.json:1:2: found the end of the text, expected a key in double quotes"),
      (#"{"coverage": 2, "scenarios": 1, "bins": {}}"#, "a.json:1:14: $.coverage: found 2, expected 1, the version of"),
      (
        #"{"coverage": 1, "scenarios": 1, "bins": {"fault": {}}}"#,
        #"a.json:1:42: $.bins.fault: unknown key "fault"; did you mean "faults"?"#
      ),
      (
        #"{"coverage": 1, "scenarios": 1, "bins": {"faults": {"aborted": -1}}}"#,
        "a.json:1:64: $.bins.faults.aborted: found -1, expected a whole number below 2^64"
      ),
    ])
  func refusals(text: String, message: String) {
    let error = #expect(throws: ScenarioError.self) { try Coverage(json: Array(text.utf8), file: "a.json") }
    #expect(error.map { "\($0)".hasPrefix(message) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}
