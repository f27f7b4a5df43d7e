import EBPF
import TestSupport
import Testing

@testable import Device

/// The page specs/classic5.md says what the core does: its charts are drawn from runs, its names are those of the code.
///
/// After a change of the pipeline, `UPDATE_SPECS=1 swift test --filter ContractTests` draws the charts anew.
@Suite struct ContractTests {
  static let page = ContractPage("classic5")

  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let program: [Instruction]
    var predictor = BranchPredictor.none
  }

  static let examples: [Example] = [
    Example(testDescription: "straight line", program: [.move(0, 1), .add(0, 2), .exit]),
    Example(testDescription: "load-use", program: [.load(8, 0, at: 10, -8), .add(0, 1), .exit]),
    Example(testDescription: "LDDW", program: wide(0, 0x1_2345_6789) + [.add(0, 1), .exit]),
    Example(testDescription: "multiply", program: [.multiply(0, 3), .add(0, 1), .exit]),
    Example(testDescription: "atomic", program: [.atomic(8, 1, at: 10, -8, register: 0), .add(0, 1), .exit]),
    Example(testDescription: "taken branch", program: [.jumpIfEqual(3, 0, 1), .move(0, 1), .exit]),
    Example(
      testDescription: "predicted branch",
      program: [.jump(3), .exit, .exit, .exit, .move(0, 1), .jumpIfEqual(0, 1, -5), .exit], predictor: .backwardTaken),
    Example(
      testDescription: "mispredicted branch", program: [.jump(1), .move(0, 2), .jumpIfEqual(0, 1, -2), .exit],
      predictor: .backwardTaken),
    Example(testDescription: "local call", program: [.move(1, 5), .call(1), .exit, .copy(0, from: 1), .exit]),
  ]

  @Test(arguments: examples) func chartIsThatOfARun(_ example: Example) throws {
    let spec = CoreSpec { $0.predictor = example.predictor }
    try Self.page.expectChart(of: example.program, spec, as: example.testDescription)
  }

  @Test func everyChartHasItsExample() throws {
    #expect(try Self.page.charts() == Self.examples.map(\.testDescription))
  }

  @Test func everyCauseAndParameterIsNamed() throws {
    try Self.page.expectNames(Classic5State.causes, Classic5Spec.fields.map(\.name))
  }
}
