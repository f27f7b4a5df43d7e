import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// Every parameter of the default core at its limit: what holds at n, and no longer one short of it.
///
/// The table is the list of parameters; a parameter without a line here fails `everyParameterIsTested`.
@Suite struct ParameterTests {
  typealias Check = @Sendable (_ n: UInt64) -> Void

  struct Parameter: Sendable, CustomTestStringConvertible {
    let name: String
    let values: [UInt64]
    let check: Check
    var testDescription: String { name }
  }

  /// 22 instructions, of which slots 1 and 2 are executed ten times.
  private static let loop: [Instruction] = [.move(1, 10), .add(1, -1), .jumpUnlessEqual(1, 0, -2), .exit]

  static let parameters: [Parameter] = [
    Parameter(name: "predictor", values: [0]) { _ in
      #expect(run(loop, CoreSpec { $0.predictor = .none }).losses == [.branch: 18])
      #expect(run(loop, CoreSpec { $0.predictor = .backwardTaken }).losses == [.branch: 11])
    },
    Parameter(name: "multiply_cycles", values: [1, 2, 3, 255]) { n in
      #expect(run([.multiply(0, 1), .exit], CoreSpec { $0.multiplyCycles = n }).cycles == 5 + n)
    },
    Parameter(name: "divide_cycles", values: [1, 2, 34, 255]) { n in
      #expect(run([.divide(0, 1), .exit], CoreSpec { $0.divideCycles = n }).cycles == 5 + n)
    },
    Parameter(name: "atomic_cycles", values: [1, 2, 3, 255]) { n in
      let code: [Instruction] = [.atomic(8, AtomicOperation.add, at: 10, -8, register: 0), .exit]
      #expect(run(code, CoreSpec { $0.atomicCycles = n }).cycles == 5 + n)
    },
    Parameter(name: "load_slots_per_cycle", values: [1, 2, 7, 64]) { n in
      let spec = CoreSpec { $0.machine.loadSlotsPerCycle = n }
      func cycles(_ slots: UInt64) -> UInt64? {
        let program = (1..<slots).map { _ in Instruction.move(0, 1) } + [.exit]
        return run(program, spec).firstFetch.map { $0 - CoreBench.commandEdge }
      }
      #expect(cycles(3 * n) == 3)
      #expect(cycles(3 * n + 1) == 4)
    },
    Parameter(name: "instruction_limit", values: [1, 2, 10]) { n in
      let spec = CoreSpec { $0.machine.instructionLimit = n }
      let fits = run((1..<n).map { _ in .move(0, 1) } + [.exit], spec)
      #expect(fits.fault == CoreFault.none)
      let bench = CoreBench(spec)
      bench.load((0..<n).map { .store(1, at: 1, Int16($0), 1) } + [.exit], data: [UInt8](repeating: 0, count: 16))
      let outcome = bench.run()
      #expect(outcome.fault == .instructionLimit)
      #expect(outcome.instructions == n)
      #expect(outcome.faultPC == UInt32(n - 1))
      #expect(bench.data(16).reduce(0) { $0 + UInt64($1) } == n)
    },
    Parameter(name: "stack_size", values: [64, 72, 512, 4096, 65_536]) { n in
      let spec = CoreSpec { $0.machine.stackSize = Int(n) }
      // r10 is the first address above the stack; r3 goes to its lowest word, and one byte below.
      let lowest: [Instruction] = [.copy(3, from: 10), .add(3, -Int32(n)), .load(8, 0, at: 3), .exit]
      #expect(run(lowest, spec).fault == CoreFault.none)
      #expect(
        run([.copy(3, from: 10), .add(3, -Int32(n) - 1), .load(1, 0, at: 3), .exit], spec).fault == .loadOutOfBounds)
      #expect(run([.load(8, 0, at: 10, -7), .exit], spec).fault == .loadOutOfBounds)
    },
    Parameter(name: "frame_size", values: [8, 64, 256, 4096]) { n in
      let spec = CoreSpec {
        $0.machine.frameSize = Int(n)
        $0.machine.stackSize = 2 * Int(n) < 64 ? 64 : 2 * Int(n)
      }
      let outcome = run([.copy(1, from: 10), .call(1), .exit, .copy(2, from: 10), .exit], spec)
      #expect(outcome.registers[1] - outcome.registers[2] == n)
      #expect(outcome.registers[10] == outcome.registers[1])
    },
    Parameter(name: "call_depth", values: [1, 2, 7, 8]) { n in
      let spec = CoreSpec { $0.machine.callDepth = Int(n) }
      // So many calls, one inside the other; the innermost function returns.
      func nested(_ calls: UInt64) -> Outcome {
        run((0..<calls).flatMap { _ in [Instruction.call(1), .exit] } + [.exit], spec)
      }
      #expect(nested(n).fault == CoreFault.none)
      #expect(nested(n + 1).fault == .callDepth)
      #expect(nested(n + 1).faultPC == UInt32(2 * n))
    },
    Parameter(name: "fast_forward_instructions", values: [1, 2, 20, 21]) { n in
      let outcome = run(loop, CoreSpec { $0.machine.fastForwardInstructions = n })
      #expect(outcome.instructions == 22 - n)
      #expect(outcome.record?.fastForwarded == n)
      #expect(outcome.commits.first?.order == n)
    },
    Parameter(name: "fast_forward_pc", values: [0, 1, 2, 3]) { n in
      let first: [UInt64] = [0, 1, 2, 21]
      let outcome = run(loop, CoreSpec { $0.machine.fastForwardPC = n })
      #expect(outcome.commits.first?.pc == Int(n))
      #expect(outcome.record?.fastForwarded == first[Int(n)])
      #expect(outcome.instructions == 22 - first[Int(n)])
    },
    Parameter(name: "fast_forward_slice", values: [4, 5, 19, 20]) { n in
      // 20 instructions in slices of n, with 100 cycles between two of them.
      func start(_ slice: UInt64) -> Cycle? {
        let spec = CoreSpec {
          $0.machine.fastForwardInstructions = 20
          $0.machine.fastForwardSlice = slice
          $0.machine.fastForwardCycles = 100
        }
        let outcome = run(loop, spec)
        #expect(outcome.record?.fastForwarded == 20 && outcome.instructions == 2)
        return outcome.firstFetch
      }
      let alone = start(1000)
      #expect(start(n) == alone.map { $0 + 100 * ((20 + n - 1) / n - 1) })
    },
    Parameter(name: "fast_forward_cycles", values: [1, 2, 777]) { n in
      func start(_ cycles: Cycle) -> Cycle? {
        let spec = CoreSpec {
          $0.machine.fastForwardPC = 3
          $0.machine.fastForwardSlice = 10
          $0.machine.fastForwardCycles = cycles
        }
        let outcome = run(loop, spec)
        #expect(outcome.record?.fastForwarded == 21)
        return outcome.firstFetch
      }
      // Two waits between three slices.
      #expect(start(n + 1) == start(n).map { $0 + 2 })
    },
  ]

  @Test(arguments: parameters) func isTight(_ parameter: Parameter) {
    for n in parameter.values { parameter.check(n) }
  }

  @Test func everyParameterIsTested() {
    #expect(Self.parameters.map(\.name) == Classic5Spec.fields.map(\.name) + MachineSpec.fields.map(\.name))
  }

  @Test(arguments: [(4096, 100), (100, 256)]) func sizesThatAreNoMultiplesOf8AreRefused(_ stack: Int, _ frame: Int) {
    let spec = CoreSpec {
      $0.machine.stackSize = stack
      $0.machine.frameSize = frame
    }
    #expect(throws: SpecError.self) { try spec.machine.validate() }
  }
}
