import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// Every parameter of the eight-stage core at its limit: what holds at n, and no longer one short of it.
///
/// The table is the list of parameters; a parameter without a line here fails `everyParameterIsTested`.
@Suite struct Deep8ParameterTests {
  typealias Parameter = ParameterTests.Parameter

  /// `count` instructions that wait for nothing.
  private static func others(_ count: UInt64) -> [Instruction] {
    [Instruction](repeating: .move(5, 0), count: Int(count))
  }

  /// The lowest multiple of `n`, a power of two, that is 16 or more: far enough for execute to be done with the one before
  /// fetch comes to the other.
  private static func atLeast16(_ n: UInt64) -> UInt64 { max(n, 16) }

  /// Runs through `body` `rounds` times; r8 counts.
  private static func loop(_ rounds: Int32, _ body: [Instruction]) -> [Instruction] {
    [.move(8, rounds)] + body + [.add(8, -1), .jumpUnlessEqual(8, 0, -Int16(body.count) - 2), .exit]
  }

  static let parameters: [Parameter] = [
    // Two jumps whose distance is a multiple of n share an entry and drive each other out; one slot less and both stay.
    Parameter(name: "btb_entries", values: [4, 16, 64, 4096]) { n in
      func lost(_ distance: UInt64) -> UInt64? {
        let body = [Instruction.jump(Int16(distance) - 9)] + others(distance - 1) + [.jump(0)] + others(8)
        return run(loop(10, body), .ideal { $0.btbEntries = Int(n) }).losses[.branch]
      }
      let loopBranch: UInt64 = 4 + 4
      #expect(lost(atLeast16(n)) == 10 * (2 + 2) + loopBranch)
      #expect(lost(atLeast16(n) - 1) == 2 + 2 + loopBranch)
    },
    // The branch that goes back, and one before it that is never taken, share a counter, which then never says taken.
    Parameter(name: "predictor_entries", values: [2, 4, 64, 1024, 16_384]) { n in
      func lost(_ distance: UInt64) -> UInt64? {
        let body = [Instruction.jumpIfEqual(8, 0, 0)] + others(distance - 2)
        return run(loop(10, body), .ideal { $0.predictorEntries = Int(n) }).losses[.branch]
      }
      #expect(lost(atLeast16(n)) == 9 * 4)
      #expect(lost(atLeast16(n) - 1) == 4 + 4)
    },
    // n nested functions return right once they are known; of one more, the outermost return is lost each time.
    Parameter(name: "ras_entries", values: [1, 2, 8, 32]) { n in
      let spec = CoreSpec.ideal {
        $0.rasEntries = Int(n)
        $0.btbEntries = 4096
      }
      .with { $0.machine.callDepth = 64 }
      func lostPerRound(_ depth: UInt64) -> UInt64 {
        let nested = (1..<depth).flatMap { _ in others(8) + [.call(9)] + others(8) + [Instruction.exit] }
        let body = others(8) + [.call(11)] + others(8)
        func lost(_ rounds: Int32) -> UInt64 {
          run(loop(rounds, body) + nested + others(8) + [.exit], spec).losses[.branch]!
        }
        return lost(8) - lost(7)
      }
      #expect(lostPerRound(n) == 0)
      #expect(lostPerRound(n + 1) == 4)
    },
    // A loop in n lines of 16 slots misses each once; in one more, the first and the last drive each other out.
    Parameter(name: "icache_lines", values: [1, 2, 16, 512]) { n in
      let spec = CoreSpec.deep8 {
        $0.icacheLines = Int(n)
        $0.icacheLineSlots = 16
      }
      // What fetch reaches behind the loop before it is sent back belongs to its last line.
      func misses(_ lines: UInt64) -> UInt64 {
        run(loop(20, others(16 * lines - 12)) + others(7) + [.exit], spec).losses[.instructionFetch]! / 12
      }
      #expect(misses(n) == n)
      #expect(misses(n + 1) >= 20 * 2)
    },
    Parameter(name: "icache_line_slots", values: [1, 2, 8, 64]) { n in
      func misses(_ slots: UInt64) -> UInt64 {
        run(others(slots - 1) + [.exit], .deep8 { $0.icacheLineSlots = Int(n) }).losses[.instructionFetch]! / 12
      }
      // What follows EXIT is fetched, but not waited for.
      #expect(misses(3 * n) == 3)
      #expect(misses(3 * n + 1) == 4)
    },
    Parameter(name: "icache_miss_cycles", values: [1, 2, 12, 1023]) { n in
      let outcome = run([.move(0, 1), .exit], .deep8 { $0.icacheMissCycles = n })
      #expect(outcome.losses == [.instructionFetch: n])
      #expect(outcome.cycles == 2 + 7 + n)
    },
    Parameter(name: "multiply_cycles", values: [1, 2, 3, 4, 5, 255]) { n in
      let spec = CoreSpec.ideal { $0.multiplyCycles = n }
      func losses(_ between: UInt64) -> [Bubble: UInt64] {
        run([.multiply(1, 3)] + others(between) + [.add(1, 1)] + others(4) + [.exit], spec).losses
      }
      #expect(losses(n - 1) == [:])
      if n > 1 { #expect(losses(n - 2) == [.multiply: 1]) }
    },
    Parameter(name: "divide_cycles", values: [1, 2, 3, 4, 5, 255]) { n in
      let spec = CoreSpec.ideal { $0.divideCycles = n }
      func losses(_ between: UInt64, _ second: Instruction) -> [Bubble: UInt64] {
        run([.divide(1, 3)] + others(between) + [second] + others(n) + [.exit], spec).losses
      }
      #expect(losses(n - 1, .add(1, 1)) == [:])
      #expect(losses(n - 1, .divide(2, 1)) == [:])
      if n > 1 {
        #expect(losses(n - 2, .add(1, 1)) == [.divide: 1])
        #expect(losses(n - 2, .divide(2, 1)) == [.divide: 1])
      }
    },
    // With slow memory n stores find an entry, and one more does not.
    Parameter(name: "store_buffer_entries", values: [1, 2, 4, 16]) { n in
      let spec = CoreSpec.ideal {
        $0.storeBufferEntries = Int(n)
        $0.storeDrainCycles = 255
      }
      func waits(_ count: UInt64) -> UInt64? {
        run([Instruction](repeating: .store(8, at: 10, -8, 1), count: Int(count)) + [.exit], spec).losses[.storeBuffer]
      }
      #expect(waits(n) == nil)
      #expect(waits(n + 1) == 255 - n)
    },
    Parameter(name: "store_drain_cycles", values: [1, 2, 3, 255]) { n in
      let spec = CoreSpec.ideal {
        $0.storeBufferEntries = 1
        $0.storeDrainCycles = n
      }
      func waits(_ between: UInt64) -> UInt64? {
        let store = Instruction.store(8, at: 10, -8, 1)
        return run([store] + others(between) + [store, .exit], spec).losses[.storeBuffer]
      }
      #expect(waits(n - 1) == nil)
      if n > 1 { #expect(waits(n - 2) == 1) }
    },
    Parameter(name: "atomic_cycles", values: [1, 2, 4, 255]) { n in
      let code: [Instruction] = [.atomic(8, AtomicOperation.add, at: 10, -8, register: 0), .exit]
      #expect(run(code, .ideal { $0.atomicCycles = n }).cycles == 2 + 7 + n - 1)
    },
  ]

  @Test(arguments: parameters) func isTight(_ parameter: Parameter) {
    for n in parameter.values { parameter.check(n) }
  }

  @Test func everyParameterIsTested() {
    #expect(Self.parameters.map(\.name) == Deep8Spec.fields.map(\.name))
  }
}
