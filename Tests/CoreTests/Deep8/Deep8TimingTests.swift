import EBPF
import TestSupport
import Testing

@testable import Device

/// Random programs: each cycle that the eight-stage core loses is one that the rules of its contract take.
@Suite struct Deep8TimingTests {
  @Test(arguments: [1, 2, 3, 4, 5, 30] as [UInt64], [1, 2, 7, 20] as [UInt64])
  func programsWithoutLoopsAndCalls(_ multiply: UInt64, _ divide: UInt64) {
    let spec = CoreSpec.ideal {
      $0.multiplyCycles = multiply
      $0.divideCycles = divide
      $0.storeDrainCycles = 1
      $0.atomicCycles = 1
    }
    var compared = 0
    for seed in UInt64(0)..<200 {
      var generator = ProgramGenerator(seed: 2 << 32 | seed << 16 | multiply << 8 | divide)
      let program = generator.program()
      let outcome = run(program, spec, data: generator.data())
      let isCovered =
        Set(outcome.retired).count == outcome.retired.count && !outcome.retired.contains { program[$0].traits.isCall }
      guard isCovered else { continue }
      var oracle = Deep8Oracle(program: program, spec: spec.microarchitecture.deep8)
      #expect(outcome.losses == oracle.losses(of: outcome.retired), "seed \(seed)")
      compared += 1
    }
    #expect(compared > 30)
  }
}
