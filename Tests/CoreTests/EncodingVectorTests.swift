import EBPF
import TestSupport
import Testing

@testable import Device

/// The project's own vectors, for every encoding and for what no encoding shows, through every core.
@Suite struct EncodingVectorTests {
  @Test(arguments: EncodingVectors.encodings, DifferentialTests.presets.indices)
  func encoding(_ encoding: Encoding, _ preset: Int) {
    for vector in encoding.vectors { check(vector, DifferentialTests.presets[preset]) }
  }

  @Test(arguments: EncodingVectors.stack + EncodingVectors.reserved, DifferentialTests.presets.indices)
  func machine(_ vector: EncodingVector, _ preset: Int) { check(vector, DifferentialTests.presets[preset]) }

  @Test(arguments: [1, 2, 8, 15], DifferentialTests.presets.indices)
  func callDepth(_ depth: Int, _ preset: Int) {
    var spec = DifferentialTests.presets[preset]
    spec.machine.callDepth = depth
    for vector in EncodingVectors.callDepth(depth) { check(vector, spec) }
  }

  /// A loop without end ends at the limit, neither sooner nor later.
  @Test(arguments: EncodingVectors.endless, DifferentialTests.presets.indices)
  func endless(_ vector: EncodingVector, _ preset: Int) {
    var spec = DifferentialTests.presets[preset]
    spec.machine.instructionLimit = 1000
    let outcome = run(vector, spec).outcome
    #expect(outcome.fault == .instructionLimit)
    #expect(outcome.instructions == 1000)
  }

  private func run(_ vector: EncodingVector, _ spec: CoreSpec) -> (outcome: Outcome, memory: [UInt8]) {
    let bench = CoreBench(spec)
    bench.load(text: bytes(of: vector.text.map(Instruction.init(word:))), data: vector.memory)
    return (bench.run(), bench.data(vector.memory.count))
  }

  private func check(_ vector: EncodingVector, _ spec: CoreSpec) {
    let comment = Comment(rawValue: "\(vector) on \(spec.microarchitecture.name)")
    let (outcome, memory) = run(vector, spec)
    #expect(memory == vector.memoryAfter, comment)
    switch vector.result {
    case .exit(let r0):
      #expect(outcome.fault == CoreFault.none, comment)
      #expect(outcome.r0 == r0, comment)
    case .fault(let reason, let pc):
      #expect(outcome.fault == CoreFault(reason), comment)
      #expect(outcome.faultPC == UInt32(pc), comment)
    case .refused:
      #expect(outcome.fault == .badProgram, comment)
    }
  }
}
