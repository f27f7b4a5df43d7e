import EBPF
import TestSupport
import Testing

/// RFC 9669 section 5.3: old value 0x…f0f0, source 0x…0ff0.
@Suite struct AtomicTests {
  static let old: UInt64 = 0x1111_1111_0000_f0f0
  static let source: UInt64 = 0x2222_2222_0000_0ff0

  @Test(
    arguments: [
      (0x00, 0x3333_3333_0001_00e0), (0x40, 0x3333_3333_0000_fff0), (0x50, 0x0000_0000_0000_00f0),
      (0xa0, 0x3333_3333_0000_ff00),
    ] as [(Int32, UInt64)], [false, true])
  func arithmetic(_ row: (operation: Int32, value: UInt64), fetches: Bool) {
    let operation = row.operation | (fetches ? AtomicOperation.fetch : 0)
    check(operation, size: 8, memory: row.value, source: fetches ? Self.old : Self.source, r0: 0)
    let half = row.value & 0xffff_ffff | Self.old & 0xffff_ffff_0000_0000
    check(operation, size: 4, memory: half, source: fetches ? Self.old & 0xffff_ffff : Self.source, r0: 0)
  }

  @Test func exchange() {
    check(AtomicOperation.exchange, size: 8, memory: Self.source, source: Self.old, r0: 0)
    check(AtomicOperation.exchange, size: 4, memory: 0x1111_1111_0000_0ff0, source: 0xf0f0, r0: 0)
  }

  @Test func compareExchangeWritesWhenEqual() {
    let operation = AtomicOperation.compareExchange
    check(operation, size: 8, startR0: Self.old, memory: Self.source, source: Self.source, r0: Self.old)
    // The upper half of r0 is not compared, and is cleared.
    check(operation, size: 4, startR0: 7 << 32 | 0xf0f0, memory: 0x1111_1111_0000_0ff0, source: Self.source, r0: 0xf0f0)
  }

  @Test func compareExchangeReturnsTheOldValueWhenDifferent() {
    let operation = AtomicOperation.compareExchange
    check(operation, size: 8, startR0: 0xf0f0, memory: Self.old, source: Self.source, r0: Self.old)
    check(operation, size: 4, startR0: 0xf0f1, memory: Self.old, source: Self.source, r0: 0xf0f0)
  }

  @Test func classification() {
    let defined = (0...0x1ff).filter { AtomicOperation.isValid($0) }
    #expect(defined == [0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1])
    #expect(AtomicOperation.fetchRegister(operation: 0xf1, source: 4) == 0)
    #expect(AtomicOperation.fetchRegister(operation: 0x01, source: 4) == 4)
    #expect(AtomicOperation.fetchRegister(operation: 0x00, source: 4) == nil)
    #expect(AtomicOperation.isExchange(0xe1) && AtomicOperation.isCompareExchange(0xf1))
  }

  @Test(arguments: [(Opcode.atomic32, 4), (Opcode.atomic64, 8)])
  func misalignedFaults(_ opcode: UInt8, _ size: Int) {
    for offset in 1..<size {
      let program = [Instruction(opcode: opcode, dst: 1, src: 2, offset: Int16(offset)), .exit]
      let outcome = run(program, memory: [UInt8](repeating: 1, count: 24))
      let address = memoryBase + UInt64(offset)
      #expect(outcome.result.fault == Fault(.misalignedAtomic, pc: 0, address: address, size: size))
      #expect(outcome.memory == [UInt8](repeating: 1, count: 24))
    }
  }

  private func check(
    _ operation: Int32, size: Int, startR0: UInt64 = 0, memory: UInt64, source: UInt64, r0: UInt64,
    at location: SourceLocation = #_sourceLocation
  ) {
    let opcode = size == 8 ? Opcode.atomic64 : Opcode.atomic32
    let program =
      Instruction.wide(0, startR0) + Instruction.wide(3, Self.source)
      + [Instruction(opcode: opcode, dst: 1, src: 3, imm: operation), .exit]
    let outcome = run(program, memory: (0..<8).map { UInt8(truncatingIfNeeded: Self.old >> (8 * $0)) })
    let stored = outcome.memory.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    #expect(stored == memory, sourceLocation: location)
    #expect(outcome.result.registers?[3] == source, sourceLocation: location)
    #expect(outcome.result.r0 == r0, sourceLocation: location)
  }
}
