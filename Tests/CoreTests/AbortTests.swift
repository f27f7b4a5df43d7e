import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// A stop from the host halts the core between two instructions.
@Suite struct AbortTests {
  /// A part without timing that never gets to its slot lets time pass, and so can be ended.
  @Test func anEndlessFastForwardCanBeAborted() {
    let bench = CoreBench(
      CoreSpec {
        $0.machine.fastForwardPC = 1
        $0.machine.fastForwardSlice = 100
        $0.machine.fastForwardCycles = 10
      })
    bench.load([.jump(-1), .exit])
    let outcome = bench.run(abortAt: 1000)
    #expect(outcome.fault == .aborted && outcome.cycles == 0)
    #expect((outcome.record?.fastForwarded ?? 0) > 5_000)
  }

  private static let stores = 24
  private static let program =
    (0..<stores).map { Instruction.store(1, at: 1, Int16($0), 1) } + [.exit]

  private func bench() -> CoreBench {
    let bench = CoreBench()
    bench.load(Self.program, data: [UInt8](repeating: 0, count: Self.stores))
    return bench
  }

  /// Whatever the edge: memory holds the stores of the instructions that retired, and of no other.
  @Test(arguments: 1...24) func whatHasRetiredIsWhatHasHappened(_ cycle: Int) {
    let bench = bench(), firstFetch = CoreBench.commandEdge + UInt64(Self.program.count)
    let outcome = bench.run(abortAt: firstFetch + UInt64(cycle))
    #expect(outcome.fault == .aborted)
    #expect(outcome.cycles == UInt64(cycle) + 1)
    #expect(outcome.instructions == UInt64(max(0, cycle + 1 - 4)))
    #expect(bench.data(Self.stores).reduce(0) { $0 + Int($1) } == Int(outcome.instructions))
    #expect(outcome.faultPC == UInt32(max(0, Int(outcome.instructions) - 1)))
    #expect(bench.ram.load(UInt32.self, at: DeviceMap.ready) == 0)
  }

  @Test func anAbortWithTheLastInstructionComesTooLate() {
    let bench = bench(), count = UInt64(Self.program.count)
    let outcome = bench.run(abortAt: CoreBench.commandEdge + count + count + 3)
    #expect(outcome.fault == CoreFault.none)
    #expect(outcome.cycles == count + 4)
    #expect(bench.ram.load(UInt32.self, at: DeviceMap.ready) == 1)
  }

  @Test(arguments: [1, 5, 24]) func whileTheProgramIsLoaded(_ edge: UInt64) {
    let bench = bench()
    let outcome = bench.run(abortAt: CoreBench.commandEdge + edge)
    #expect(outcome.fault == .aborted)
    #expect(outcome.cycles == 0)
    #expect(outcome.firstFetch == nil)
    #expect(bench.data(Self.stores).allSatisfy { $0 == 0 })
  }

  @Test func whileResultsAreWrittenItIsTooLateAndChangesNothing() {
    let bench = bench(), count = UInt64(Self.program.count)
    let outcome = bench.run(abortAt: CoreBench.commandEdge + count + count + 4 + 5)
    #expect(outcome.fault == CoreFault.none)
    #expect(bench.ram.load(UInt32.self, at: DeviceMap.ready) == 1)
  }

  /// The probe sends the second run while the first one is on: the core takes it up by itself.
  @Test func aRunThatWaitsBeginsWhenTheFirstIsOver() {
    let bench = bench()
    bench.run(alsoAt: 3)
    #expect(bench.core.runs.count == 2)
    #expect(bench.core.runs.allSatisfy { $0.fault == .none && $0.instructions == UInt64(Self.program.count) })
    #expect(bench.simulation.pendingWork() == [])
  }
}
