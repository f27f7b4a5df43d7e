import Testing

@testable import Scenario

@Suite("Repeats")
struct RepeatTests {
  @Test("unroll with their path and their indices, outermost first")
  func nested() throws {
    let steps = try read(
      #"""
      {"steps": [{"repeat": {"count": 2, "index": "row", "steps": [
        {"get_regs": {}},
        {"repeat": {"count": 3, "steps": [{"run": {"offset": "${row * 3 + i}"}}]}}]}}]}
      """#
    ).steps
    #expect(steps.map(\.iterations) == [[0], [0, 0], [0, 1], [0, 2], [1], [1, 0], [1, 1], [1, 2]])
    #expect(steps[7].path == "$.steps[0].repeat.steps[1].repeat.steps[0].run")
    let offsets = steps.compactMap { if case .run(let run) = $0.action { run.offset } else { nil } }
    #expect(offsets == [0, 1, 2, 3, 4, 5])
  }

  @Test("a count may be an expression, and zero")
  func triangle() throws {
    let steps = try actions(
      #"{"repeat": {"count": 4, "steps": [{"repeat": {"count": "${i}", "index": "j", "steps": [{"dump_mem": {}}]}}]}}"#)
    #expect(steps.count == 6)
  }

  @Test("share the bytes that they load")
  func sharing() throws {
    let steps = try actions(
      #"{"repeat": {"count": 100, "steps": [{"load_data": {"fill": {"bytes": "60MiB", "pattern": "zero"}}}]}}"#)
    #expect(steps.count == 100)
  }

  static let runaways = [
    #"[{"repeat": {"count": 11, "steps": [{"dump_mem": {}}]}}]"#,
    #"[{"repeat": {"count": 1000000, "steps": [{"repeat": {"count": 0, "steps": [{"dump_mem": {}}]}}]}}]"#,
  ]

  @Test("stop at the limit of steps, empty iterations included", arguments: runaways)
  func limit(_ text: String) throws {
    let payloads = Payloads(directory: ".", seed: 1) { _, _ in }
    var reader = StepReader(system: .init(), payloads: payloads, stepLimit: 10)
    let list = try JSONReader.read(Array(text.utf8))
    let error = #expect(throws: ScenarioError.self) { try reader.read(list, in: Scope()) }
    #expect(error?.message == "found more than 10 steps after unrolling, expected at most 10 steps")
  }

  @Test("reach the limit itself")
  func atLimit() throws {
    let payloads = Payloads(directory: ".", seed: 1) { _, _ in }
    var reader = StepReader(system: .init(), payloads: payloads, stepLimit: 10)
    let text = #"[{"repeat": {"count": 10, "steps": [{"dump_mem": {}}]}}]"#
    try reader.read(try JSONReader.read(Array(text.utf8)), in: Scope())
    #expect(reader.steps.count == 10)
  }
}
