import EBPF
import TestSupport
import Testing

@testable import Device

/// The page specs/deep8.md says what the core does: its charts are drawn from runs, its names are those of the code.
///
/// After a change of the pipeline, `UPDATE_SPECS=1 swift test --filter Deep8ContractTests` draws the charts anew.
@Suite struct Deep8ContractTests {
  static let page = ContractPage("deep8")

  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let program: [Instruction]
    var spec = CoreSpec.ideal()
  }

  static let examples: [Example] = [
    Example(testDescription: "straight line", program: [.move(0, 1), .add(0, 2), .exit]),
    Example(testDescription: "load-use", program: [.load(8, 0, at: 10, -8), .add(0, 1), .add(0, 1), .exit]),
    Example(testDescription: "LDDW", program: wide(0, 0x1_2345_6789) + [.add(0, 1), .exit]),
    Example(
      testDescription: "cache miss", program: [.move(0, 1), .add(0, 2), .exit],
      spec: .deep8 {
        $0.icacheLineSlots = 2
        $0.icacheMissCycles = 3
      }),
    Example(testDescription: "multiply", program: [.multiply(0, 3), .move(1, 5), .add(0, 1), .exit]),
    Example(
      testDescription: "divisions", program: [.divide(1, 3), .divide(2, 3), .exit], spec: .ideal { $0.divideCycles = 7 }
    ),
    Example(testDescription: "mispredicted branch", program: [.jumpIfEqual(3, 0, 1), .move(0, 1), .exit]),
    Example(
      testDescription: "learnt",
      program: [.call(6), .call(5), .exit, .exit, .exit, .exit, .exit, .jump(1), .move(0, 1), .exit]),
    Example(
      testDescription: "store buffer",
      program: [.store(8, at: 10, -8, 1), .store(8, at: 10, -16, 2), .load(1, 0, at: 10, -13), .exit],
      spec: .ideal {
        $0.storeBufferEntries = 1
        $0.storeDrainCycles = 5
      }),
    Example(
      testDescription: "partial overlap", program: [.store(1, at: 10, -8, 1), .load(8, 0, at: 10, -8), .exit],
      spec: .ideal { $0.storeDrainCycles = 3 }),
    Example(
      testDescription: "atomic",
      program: [.store(8, at: 10, -8, 1), .atomic(8, 1, at: 10, -8, register: 0), .exit]),
    Example(
      testDescription: "local call", program: [.move(6, 5), .call(2), .copy(0, from: 6), .exit, .move(6, 1), .exit]),
  ]

  @Test(arguments: examples) func chartIsThatOfARun(_ example: Example) throws {
    try Self.page.expectChart(of: example.program, example.spec, as: example.testDescription)
  }

  @Test func everyChartHasItsExample() throws {
    #expect(try Self.page.charts() == Self.examples.map(\.testDescription))
  }

  @Test func everyStageCauseAndParameterIsNamed() throws {
    let page = try Self.page.text()
    for stage in Deep8State.stages { #expect(page.contains("| \(stage.name) | \(stage.letter) |")) }
    try Self.page.expectNames(Deep8State.causes, Deep8Spec.fields.map(\.name))
  }
}
