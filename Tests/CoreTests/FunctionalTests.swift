import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// The core without timing, as others see it.
@Suite struct FunctionalTests {
  private func bench(slice: UInt64, rate: UInt64, _ program: [Instruction], data: [UInt8] = []) -> CoreBench {
    let bench = CoreBench(
      CoreSpec {
        $0.microarchitecture.functional.sliceInstructions = slice
        $0.microarchitecture.functional.instructionsPerCycle = rate
      })
    bench.load(program, data: data)
    return bench
  }

  /// 25 instructions in slices of 10, 10 and 5, each of which takes as many whole cycles as its instructions need.
  static let slices: [(slice: UInt64, rate: UInt64, cycles: UInt64)] = [
    (10, 3, 4 + 4 + 2), (10, 10, 1 + 1 + 1), (25, 1, 25), (24, 1, 24 + 1), (26, 1, 25),
  ]

  @Test(arguments: slices.indices) func timePassesBehindASlice(_ index: Int) throws {
    let (slice, rate, cycles) = Self.slices[index]
    let program = (0..<24).map { _ in Instruction.add(0, 1) } + [.exit]
    let outcome = bench(slice: slice, rate: rate, program).run()
    #expect(try #require(outcome.end) - #require(outcome.firstFetch) == cycles)
    #expect(outcome.instructions == 25 && outcome.r0 == 24 && outcome.cycles == 0)
  }

  /// Every field is in the table above.
  @Test func everyParameterIsTested() {
    #expect(FunctionalSpec.fields.map(\.name) == ["slice_instructions", "instructions_per_cycle"])
  }

  /// An abort finds the machine between two slices.
  @Test func abortsComeBetweenSlices() {
    let loop: [Instruction] = [.add(0, 1), .store(8, at: 1, 0, register: 0), .jump(-3), .exit]
    for edge in UInt64(6)...40 {
      let bench = bench(slice: 30, rate: 3, loop, data: [UInt8](repeating: 0, count: 8))
      let outcome = bench.run(abortAt: edge)
      #expect(outcome.fault == .aborted)
      #expect(outcome.instructions % 30 == 0 && outcome.instructions > 0)
      #expect(bench.ram.load(UInt64.self, at: DeviceMap.data) == outcome.instructions / 3)
    }
  }
}
