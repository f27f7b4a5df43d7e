import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// Every load, store and atomic is inside the run's window of DATA, the stack, or the program's own data, to the byte.
@Suite struct BoundsTests {
  static let sizes = [1, 2, 4, 8]

  /// Loads and stores of `size` bytes at `offset` from r1 (the window) or r10 (the top of the stack).
  private func faults(_ base: UInt8, _ offset: Int, _ size: Int, data: Int, runOffset: UInt32 = 0) -> [CoreFault] {
    let place = Int16(offset)
    let accesses: [Instruction] = [
      .load(size, 0, at: base, place), .store(size, at: base, place, register: 0), .store(size, at: base, place, 1),
    ]
    return accesses.map { access in
      let bench = CoreBench(CoreSpec { $0.machine.stackSize = 512 })
      bench.load([access, .exit], data: [UInt8](repeating: 0xaa, count: data))
      return bench.run(offset: runOffset).fault!
    }
  }

  private static let inside = [CoreFault](repeating: .none, count: 3)
  private static let outside: [CoreFault] = [.loadOutOfBounds, .storeOutOfBounds, .storeOutOfBounds]

  @Test(arguments: sizes) func dataWindow(_ size: Int) {
    #expect(faults(1, 0, size, data: 64) == Self.inside)
    #expect(faults(1, -1, size, data: 64) == Self.outside)
    #expect(faults(1, 64 - size, size, data: 64) == Self.inside)
    #expect(faults(1, 64 - size + 1, size, data: 64) == Self.outside)
  }

  /// OFFSET moves the lower end of the window; its upper end stays at DATA_LEN.
  @Test(arguments: sizes) func dataWindowWithAnOffset(_ size: Int) {
    #expect(faults(1, 0, size, data: 64, runOffset: 16) == Self.inside)
    #expect(faults(1, -1, size, data: 64, runOffset: 16) == Self.outside)
    #expect(faults(1, 48 - size, size, data: 64, runOffset: 16) == Self.inside)
    #expect(faults(1, 48 - size + 1, size, data: 64, runOffset: 16) == Self.outside)
    #expect(faults(1, 0, size, data: 64, runOffset: 64) == Self.outside)
  }

  @Test(arguments: sizes) func stack(_ size: Int) {
    #expect(faults(10, -size, size, data: 0) == Self.inside)
    #expect(faults(10, -size + 1, size, data: 0) == Self.outside)
    #expect(faults(10, -512, size, data: 0) == Self.inside)
    #expect(faults(10, -513, size, data: 0) == Self.outside)
  }

  @Test func anAddressThatWrapsAroundIsOutside() {
    let outcome = run([.move(1, -4), .load(8, 0, at: 1), .exit], data: [UInt8](repeating: 0, count: 64))
    #expect(outcome.fault == .loadOutOfBounds)
    let sum = run([.move(3, -1), .load(1, 0, at: 3, 1), .exit], data: [UInt8](repeating: 0, count: 64))
    #expect(sum.fault == .loadOutOfBounds)
  }

  @Test(arguments: [4, 8]) func atomics(_ size: Int) {
    func fault(_ offset: Int16) -> CoreFault? {
      let atomic = Instruction.atomic(size, AtomicOperation.add, at: 1, offset, register: 2)
      return run([atomic, .exit], data: [UInt8](repeating: 0, count: 64)).fault
    }
    #expect(fault(Int16(64 - size)) == CoreFault.none)
    #expect(fault(64) == .storeOutOfBounds)
    #expect(fault(Int16(-size)) == .storeOutOfBounds)
    #expect(fault(Int16(size / 2)) == .misalignedAtomic)
    // Alignment comes first.
    #expect(fault(65) == .misalignedAtomic)
  }

  /// 96 bytes of program data, writable from byte 32 on.
  @Test(arguments: sizes) func programData(_ size: Int) {
    let cells = MemoryArray(bytes: 256)
    let space = CoreMemory(
      ram: cells.base, stack: cells.base, stackSize: 64, program: cells.base)
    var state = RunState()
    (state.programSize, state.programWritable) = (96, 32)
    func isInside(_ offset: Int, writing: Bool) -> Bool {
      let address = UInt64(Int(CoreMemory.programBase) + offset)
      return space.locate(address, size, writing: writing, state) != nil
    }
    #expect(isInside(0, writing: false))
    #expect(!isInside(-1, writing: false))
    #expect(isInside(96 - size, writing: false))
    #expect(!isInside(96 - size + 1, writing: false))
    #expect(!isInside(31, writing: true))
    #expect(isInside(32, writing: true))
    #expect(isInside(96 - size, writing: true))
    #expect(!isInside(96 - size + 1, writing: true))
  }

  /// The faulty instruction and all younger ones leave no trace; the older ones have all retired.
  @Test func faultsArePrecise() {
    let bench = CoreBench()
    let program: [Instruction] = [
      .store(1, at: 1, 0, 1), .move(5, 5), .load(8, 5, at: 1, 8), .store(1, at: 1, 1, 1), .add(5, 1), .call(0), .exit,
    ]
    bench.load(program, data: [UInt8](repeating: 0, count: 8))
    let outcome = bench.run()
    #expect(outcome.fault == .loadOutOfBounds)
    #expect(outcome.faultPC == 2)
    #expect(outcome.retired == [0, 1])
    #expect(outcome.registers[5] == 5)
    #expect(outcome.registers[10] == CoreMemory.stackBase + 4096)
    #expect(bench.data(2) == [1, 0])
  }
}
