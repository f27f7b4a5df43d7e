import EBPF
import TestSupport
import Testing

@testable import Device

/// `instruction_limit` ends a run in the same way on every core, wherever the timing begins.
@Suite struct InstructionLimitTests {
  /// A loop around a call: 3 + 6 n instructions before the EXIT in slot 4.
  private static let program: [Instruction] =
    [.move(1, 5), .call(3), .add(1, -1), .jumpUnlessEqual(1, 0, -3), .exit] + [.add(0, 1), .jump(0), .exit]

  /// The slots that retire, in order.
  private static let path = run(program).retired

  /// As many retire as may, no record says that there is a fault, and the PC is that of the last one.
  @Test(arguments: DifferentialTests.presets.indices) func everyNumber(_ preset: Int) {
    for limit in 1..<Self.path.count {
      var spec = DifferentialTests.presets[preset]
      spec.machine.instructionLimit = UInt64(limit)
      let bench = CoreBench(spec), observer = BenchObserver()
      bench.load(Self.program)
      let outcome = bench.run(watching: observer)
      #expect(outcome.fault == .instructionLimit && outcome.faultPC == UInt32(Self.path[limit - 1]))
      #expect(observer.records.map(\.pc) == Array(Self.path.prefix(limit)))
      #expect(observer.records.allSatisfy { $0.fault == nil })
    }
  }

  /// Slices of every length, which nobody watches.
  @Test func slices() {
    for limit in 1..<Self.path.count {
      for slice in 1...Self.path.count {
        let spec = CoreSpec {
          $0.microarchitecture.functional.sliceInstructions = UInt64(slice)
          $0.machine.instructionLimit = UInt64(limit)
        }
        let run = unwatched(spec)
        #expect(run?.fault == .instructionLimit && run?.faultPC == UInt32(Self.path[limit - 1]))
        #expect(run?.instructions == UInt64(limit))
      }
    }
  }

  /// The part without timing counts, and may reach the limit itself.
  @Test(arguments: DifferentialTests.presets.indices) func behindAPartWithoutTiming(_ preset: Int) {
    for limit in 1..<Self.path.count {
      for skipped in 1...Self.path.count {
        var spec = DifferentialTests.presets[preset]
        spec.machine.instructionLimit = UInt64(limit)
        spec.machine.fastForwardInstructions = UInt64(skipped)
        let run = unwatched(spec)
        #expect(run?.fault == .instructionLimit && run?.faultPC == UInt32(Self.path[limit - 1]))
        #expect(run?.fastForwarded == UInt64(min(skipped, limit)))
        #expect(run?.instructions == UInt64(max(0, limit - skipped)))
      }
    }
  }

  /// A slot that is reached with the last instruction that may retire is reached too late.
  @Test func theSlotBehindTheLimit() {
    for limit in 1..<Self.path.count {
      let spec = CoreSpec {
        $0.machine.instructionLimit = UInt64(limit)
        $0.machine.fastForwardPC = UInt64(Self.path[limit])
      }
      #expect(unwatched(spec)?.faultPC == UInt32(Self.path[limit - 1]))
    }
  }

  private func unwatched(_ spec: CoreSpec) -> RunRecord? {
    let bench = CoreBench(spec)
    bench.load(Self.program)
    bench.runUnwatched()
    return bench.core.runs.last
  }
}
