import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// Helper functions behind their ports: what they compute, touch and cost.
@Suite struct HelperUnitTests {
  private static let presets = DifferentialTests.presets

  private func run(
    _ program: [Instruction], _ helpers: [HelperSpec], preset: Int = 0, data: [UInt8] = [], abortAt: Cycle? = nil
  ) -> (outcome: Outcome, bench: CoreBench) {
    let bench = CoreBench(Self.presets[preset], helpers: helpers)
    bench.load(program, data: data)
    return (bench.run(abortAt: abortAt), bench)
  }

  private static func library(_ name: String, _ cycles: Cycle = 1) -> HelperSpec {
    HelperSpec(number: 7, name: name, function: .library(name), cycles: cycles)
  }

  /// The call loses its cycles and one for the two ports, in every core that has timing.
  @Test(arguments: [1, 2, 3, 100_000]) func cyclesAreTight(_ cycles: Cycle) {
    for preset in Self.presets.indices where Self.presets[preset].microarchitecture.name != "functional" {
      func lost(_ cycles: Cycle) -> UInt64? {
        self.run([.move(1, 7), .callHelper(7), .exit], [Self.library("popcount", cycles)], preset: preset)
          .outcome.losses[.helper]
      }
      #expect(lost(cycles) == cycles + 1)
    }
  }

  /// r0 is there for the next instruction, r1 to r9 are as before.
  @Test(arguments: presets.indices) func registers(_ preset: Int) {
    let code: [Instruction] = [
      .move(1, 0xff), .move(2, 2), .move(6, 6), .callHelper(7), .add(0, register: 1), .add(0, register: 2),
      .add(0, register: 6), .exit,
    ]
    #expect(self.run(code, [Self.library("popcount")], preset: preset).outcome.r0 == 8 + 0xff + 2 + 6)
  }

  /// Stores before the call are seen by the function; what it writes is seen by loads behind it. DATA and stack alike.
  @Test(arguments: presets.indices) func memory(_ preset: Int) {
    let code: [Instruction] = [
      .copy(6, from: 1), .store(8, at: 10, -8, 0x1234), .store(4, at: 6, 0, 0x55), .copy(2, from: 10), .add(2, -8),
      .move(3, 8), .add(1, 8), .callHelper(7), .load(8, 0, at: 6, 8), .load(4, 7, at: 6, 0), .add(0, register: 7),
      .exit,
    ]
    let data = [UInt8](repeating: 0, count: 16)
    let (outcome, bench) = self.run(code, [Self.library("memcpy")], preset: preset, data: data)
    #expect(outcome.r0 == 0x1234 + 0x55)
    #expect(bench.data(16) == [0x55, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12, 0, 0, 0, 0, 0, 0])
  }

  /// A function that would touch what its caller may not is a fault of the call.
  @Test(arguments: presets.indices) func outOfBounds(_ preset: Int) {
    let code: [Instruction] = [.move(2, 0), .move(3, 17), .callHelper(7), .exit]
    let data = [UInt8](repeating: 1, count: 16)
    let (outcome, bench) = self.run(code, [Self.library("memset")], preset: preset, data: data)
    #expect(outcome.fault == .storeOutOfBounds && outcome.faultPC == 2)
    #expect(bench.data(16) == data)
  }

  @Test(arguments: presets.indices) func unwindEndsTheProgramFromAnyDepth(_ preset: Int) {
    let code: [Instruction] = [
      .move(1, 0), .call(2), .move(0, 9), .exit, .move(0, 5), .callHelper(5), .move(0, 8), .exit,
    ]
    let outcome = self.run(code, HelperSpec.standard, preset: preset).outcome
    #expect(outcome.fault == CoreFault.none && outcome.r0 == 0 && outcome.instructions == 4)
  }

  /// A program in the place of a function: r1 to r5 in, r0 out, its caller's memory, a stack of its own.
  @Test(arguments: presets.indices) func aProgramAsAFunction(_ preset: Int) {
    let function: [Instruction] = [
      .load(8, 0, at: 10, -8), .add(0, register: 1), .add(0, register: 5), .load(1, 2, at: 4, 0),
      .add(0, register: 2), .store(8, at: 10, -8, 99), .store(1, at: 4, 0, 3), .move(6, 1), .exit,
    ]
    let code: [Instruction] =
      [.copy(4, from: 1), .move(1, 10), .move(5, 100), .move(6, 7), .callHelper(7), .copy(7, from: 0), .callHelper(7)]
      + [.add(0, register: 7), .add(0, register: 6), .exit]
    let helper = HelperSpec(number: 7, name: "f", function: .program(Program(function)), cycles: 5)
    let (outcome, bench) = self.run(code, [helper], preset: preset, data: [40])
    #expect(outcome.r0 == (10 + 100 + 40) + (10 + 100 + 3) + 7)
    #expect(bench.data(1) == [3])
  }

  /// Programs as functions that fault, and how.
  static let faults: [(CoreFault, [Instruction])] = [
    (.loadOutOfBounds, [.load(8, 0, at: 10, 0), .exit]), (.storeOutOfBounds, [.store(8, at: 10, 0, 1), .exit]),
    (.misalignedAtomic, [.atomic(8, 1, at: 10, -7, register: 0), .exit]), (.callDepth, [.call(-1), .exit]),
    (.unknownHelper, [.move(0, 7), .callx(0), .exit]),
  ]

  /// The fault of the call is that of the function, whatever the core.
  @Test(arguments: presets.indices) func aFunctionThatFaultsFaultsItsCaller(_ preset: Int) {
    for (fault, function) in Self.faults {
      let helper = HelperSpec(number: 7, name: "f", function: .program(Program(function)))
      let outcome = self.run([.move(0, 1), .callHelper(7), .exit], [helper], preset: preset).outcome
      #expect(outcome.fault == fault && outcome.faultPC == 1)
    }
  }

  /// Whenever an abort comes, memory has changed if the call has retired, and only then; nothing changes it later.
  @Test(arguments: presets.indices) func anAbortNeverCutsACallInTwo(_ preset: Int) {
    let code: [Instruction] = [.move(2, 9), .move(3, 2), .callHelper(7), .move(0, 1), .move(0, 2), .exit]
    for edge in UInt64(3)...60 {
      let (outcome, bench) = self.run(code, [Self.library("memset", 12)], preset: preset, data: [0, 0], abortAt: edge)
      #expect(bench.data(2) == (outcome.retired.contains(2) ? [9, 9] : [0, 0]), "abort at \(edge)")
    }
  }

  /// The next run is as if there had been no other.
  @Test(arguments: presets.indices) func abortsDuringACall(_ preset: Int) {
    for edge in UInt64(3)...40 {
      let bench = CoreBench(Self.presets[preset], helpers: [Self.library("popcount", 12)])
      bench.load([.move(1, 0xff), .callHelper(7), .exit])
      bench.run(abortAt: edge, thenAt: edge + 40)
      #expect(bench.core.runs.count == 2)
      #expect(bench.core.runs.last?.r0 == 8 && bench.core.runs.last?.fault == CoreFault.none, "abort at \(edge)")
    }
  }
}
