import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// However a run ends, the registers and the memory are those that its retired instructions make, in order and no others:
/// stores in the buffer and results in their units included.
@Suite struct Deep8AbortTests {
  private static let dataBytes = 32
  private static let data = (0..<dataBytes).map { UInt8($0 + 1) }

  /// Stores, products and quotients under way at once, around loads, atomics, a loop, a call and a return.
  private static let program: [Instruction] =
    [
      .copy(9, from: 1), .move(2, 1000), .store(8, at: 9, 0, 77), .divide(2, 7), .store(4, at: 9, 2, register: 9),
      .multiply(3, 5), .load(8, 4, at: 9, 1), .move(8, 2), .multiply(4, 3), .divide(4, 11), .divide(3, 3),
      .store(1, at: 9, 9, register: 8), .store(2, at: 9, 10, register: 4), .atomic(8, 1, at: 9, 16, register: 2),
      .add(8, -1), .jumpUnlessEqual(8, 0, -8), .move(6, 600), .divide(7, 3), .call(3), .multiply(6, 2),
      .store(8, at: 9, 24, register: 6), .exit, .move(6, 1), .divide(6, 1), .store(8, at: 10, -8, register: 6),
      .move(9, 5), .multiply(9, 9), .exit,
    ]

  static let specs: [CoreSpec] = [
    .deep8(), .ideal { $0.storeDrainCycles = 9 },
    .ideal {
      $0.multiplyCycles = 30
      $0.divideCycles = 40
      $0.storeBufferEntries = 16
      $0.storeDrainCycles = 50
    },
  ]

  /// What the retired instructions of a run have done, by the records that they left.
  private struct Effects {
    var registers = [UInt64](repeating: 0, count: 11)
    var data = Deep8AbortTests.data

    init(_ records: some Sequence<CommitRecord>, stackSize: Int) {
      registers[1] = UInt64(DeviceMap.data)
      registers[2] = UInt64(data.count)
      registers[10] = CoreMemory.stackBase + UInt64(stackSize)
      for record in records {
        for write in record.writes { registers[Int(write.register)] = write.value }
        for access in record.accesses where access.kind == .store {
          guard let first = Int(exactly: access.address).map({ $0 - DeviceMap.data }), data.indices.contains(first)
          else { continue }
          for i in 0..<Int(access.size) { data[first + i] = UInt8(truncatingIfNeeded: access.value >> (8 * UInt64(i))) }
        }
      }
    }
  }

  private func run(_ spec: CoreSpec, abortAt: Cycle? = nil) -> (CoreBench, Outcome, [CommitRecord]) {
    let bench = CoreBench(spec), observer = BenchObserver()
    bench.load(Self.program, data: Self.data)
    let outcome = bench.run(abortAt: abortAt, watching: observer)
    return (bench, outcome, observer.records)
  }

  private func check(_ bench: CoreBench, _ outcome: Outcome, _ records: some Sequence<CommitRecord>, _ spec: CoreSpec) {
    let effects = Effects(records, stackSize: spec.machine.stackSize)
    #expect(outcome.registers == effects.registers)
    #expect(bench.data(Self.dataBytes) == effects.data)
  }

  @Test(arguments: specs.indices) func anAbortAtEveryCycle(_ index: Int) throws {
    let spec = Self.specs[index]
    let (whole, complete, records) = run(spec)
    #expect(complete.fault == CoreFault.none)
    check(whole, complete, records, spec)
    let firstFetch = try #require(complete.firstFetch)
    for cycle in 1..<complete.cycles {
      let (bench, outcome, done) = run(spec, abortAt: firstFetch + cycle)
      if outcome.fault == CoreFault.none {
        // The abort came with the EXIT.
        #expect(cycle == complete.cycles - 1)
        continue
      }
      #expect(outcome.fault == .aborted)
      #expect(outcome.cycles == cycle + 1)
      #expect(done.map(\.pc) == records.prefix(done.count).map(\.pc))
      check(bench, outcome, records.prefix(done.count), spec)
    }
  }

  @Test(arguments: specs.indices) func anInstructionLimitOfEveryNumber(_ index: Int) {
    let (_, complete, records) = run(Self.specs[index])
    for limit in 1..<complete.instructions {
      let spec = Self.specs[index].with { $0.machine.instructionLimit = limit }
      let (bench, outcome, _) = run(spec)
      #expect(outcome.fault == .instructionLimit)
      #expect(outcome.instructions == limit)
      check(bench, outcome, records.prefix(Int(limit)), spec)
    }
  }

  /// The faulty load is in write-back while the multiplication behind it is done and the store behind it could be.
  @Test func aFaultLeavesNoTraceOfYoungerInstructions() {
    let program: [Instruction] = [
      .move(3, 3), .divide(3, 1), .store(1, at: 1, 0, 9), .load(8, 5, at: 1, 64), .store(1, at: 1, 1, 9),
      .multiply(4, 4), .call(1), .exit, .exit,
    ]
    let bench = CoreBench(.ideal { $0.multiplyCycles = 2 })
    bench.load(program, data: [UInt8](repeating: 0, count: 8))
    let outcome = bench.run()
    #expect(outcome.fault == .loadOutOfBounds)
    #expect(outcome.faultPC == 3)
    #expect(outcome.retired == [0, 1, 2])
    #expect(outcome.registers[3...5] == [3, 0, 0])
    #expect(outcome.registers[10] == CoreMemory.stackBase + 4096)
    #expect(bench.data(2) == [9, 0])
  }
}
