import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// What a host sees of a run in device RAM, and when.
@Suite struct ReportTests {
  /// The words of RAM that a run writes, edge by edge.
  final class RAMObserver: BenchObserver {
    var ready: [Cycle: UInt32] = [:]
    var ret: [Cycle: UInt32] = [:]
    /// How many of the 16 words have their final value.
    var written: [Cycle: Int] = [:]

    override func see(_ edge: Cycle) {
      ready[edge] = bench.ram.load(UInt32.self, at: DeviceMap.ready)
      ret[edge] = bench.ram.load(UInt32.self, at: DeviceMap.ret)
      written[edge] = (0..<16).count { bench.ram.load(UInt64.self, at: DeviceMap.registers + 8 * $0) != .max }
    }
  }

  private static let program: [Instruction] = wide(0, 0x1234_5678_9abc_def0) + [.move(3, 33), .exit]

  /// RAM as an earlier run may have left it.
  private func bench(_ program: [Instruction], ret64: Bool = false) -> CoreBench {
    let bench = CoreBench(ret64: ret64)
    bench.load(program)
    bench.ram.store(UInt32(0xdead), at: DeviceMap.ret)
    bench.ram.store(UInt32(1), at: DeviceMap.ready)
    for i in 0..<16 { bench.ram.store(UInt64.max, at: DeviceMap.registers + 8 * i) }
    return bench
  }

  @Test func retThenRegistersThenReadyOneACycle() throws {
    let bench = bench(Self.program), observer = RAMObserver()
    let outcome = bench.run(watching: observer)
    let last = try #require(outcome.firstFetch) + outcome.cycles - 1

    #expect(observer.ready[CoreBench.commandEdge] == 0)
    #expect(observer.ret[last] == 0xdead)
    #expect(observer.ret[last + 1] == 0x9abc_def0)
    for i in 0...16 { #expect(observer.written[last + 1 + UInt64(i)] == i) }
    #expect(observer.ready[last + 17] == 0)
    #expect(observer.ready[last + 18] == 1)

    let registers = (0..<16).map { bench.ram.load(UInt64.self, at: DeviceMap.registers + 8 * $0) }
    let top = CoreMemory.stackBase + 4096
    #expect(registers == [0x1234_5678_9abc_def0, 0, 0, 33, 0, 0, 0, 0, 0, 0, top, 0, 0, 0, 0, 0])
  }

  @Test func ret64TakesEightBytesAndReadyOne() throws {
    let bench = bench(Self.program, ret64: true), observer = RAMObserver()
    let outcome = bench.run(watching: observer)
    let last = try #require(outcome.firstFetch) + outcome.cycles - 1
    // The upper half of r0 lies in the READY dword until READY's byte is written.
    #expect(observer.ready[last] == 0)
    #expect(observer.ready[last + 1] == 0x1234_5678)
    #expect(observer.ready[last + 17] == 0x1234_5678)
    #expect(observer.ready[last + 18] == 0x1234_5601)
    #expect(observer.ret[last + 18] == 0x9abc_def0)
  }

  @Test(arguments: [
    [Instruction.load(8, 0, at: 10), .exit], [.callHelper(99), .exit],
    [Instruction(opcode: Opcode.callx, dst: 10), .exit], [], [.move(0, 1)],
  ]) func aFaultedRunLeavesReadyClearedAndTheRestAlone(_ program: [Instruction]) {
    let bench = bench(program)
    let outcome = bench.run()
    #expect(outcome.fault != CoreFault.none)
    #expect(bench.ram.load(UInt32.self, at: DeviceMap.ready) == 0)
    #expect(bench.ram.load(UInt32.self, at: DeviceMap.ret) == 0xdead)
    for i in 0..<16 { #expect(bench.ram.load(UInt64.self, at: DeviceMap.registers + 8 * i) == .max) }
  }

  @Test func theRecordSpansFirstFetchToLastRetirement() throws {
    let outcome = run(Self.program)
    let record = try #require(outcome.record)
    #expect(record.start == outcome.firstFetch! * 5_000)
    #expect(record.end == record.start + (outcome.cycles - 1) * 5_000)
    #expect(record.r0 == 0x1234_5678_9abc_def0)
  }

  /// A run that never fetched has no first fetch: its record begins with the command.
  @Test func theRecordOfAFailedLoadSpansTheLoad() throws {
    let record = try #require(run([.move(0, 1), .move(0, 2), .move(0, 3)]).record)
    #expect(record.start == CoreBench.commandEdge * 5_000)
    #expect(record.end == record.start + 3 * 5_000)
    #expect(record.cycles == 0)
  }
}
