import EBPF
import TestSupport
import Testing

/// Loads, stores and atomics (RFC 9669 section 5), and the bounds of memory.
@Suite struct MemoryTests {
  static let bytes: [UInt8] = [0x80, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, 0x08]

  @Test(
    arguments: [
      (0x71, 0x80), (0x69, 0x9180), (0x61, 0xb3a2_9180), (0x79, 0xf7e6_d5c4_b3a2_9180),
      (0x91, 0xffff_ffff_ffff_ff80), (0x89, 0xffff_ffff_ffff_9180), (0x81, 0xffff_ffff_b3a2_9180),
    ] as [(UInt8, UInt64)])
  func loadExtends(_ opcode: UInt8, _ value: UInt64) {
    #expect(run([Instruction(opcode: opcode, dst: 0, src: 1), .exit], memory: Self.bytes).result.r0 == value)
    #expect(Load.extended(opcode: opcode, raw: 0xf7e6_d5c4_b3a2_9180) == value)
  }

  @Test func unalignedAccessIsLegal() {
    let load = [Instruction(opcode: 0x79, dst: 0, src: 1, offset: 1), .exit]
    #expect(run(load, memory: Self.bytes).result.r0 == 0x08f7_e6d5_c4b3_a291)
    let store = [Instruction(opcode: 0x7a, dst: 1, offset: 1, imm: -2), .exit]
    #expect(run(store, memory: Self.bytes).memory == [0x80, 0xfe] + [UInt8](repeating: 0xff, count: 7))
  }

  @Test(arguments: [(0x73, 1), (0x6b, 2), (0x63, 4), (0x7b, 8)] as [(UInt8, Int)])
  func storeWritesItsBytesOnly(_ opcode: UInt8, _ size: Int) {
    let program = Instruction.wide(2, 0x1122_3344_5566_7788) + [Instruction(opcode: opcode, dst: 1, src: 2), .exit]
    let little: [UInt8] = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]
    #expect(run(program, memory: Self.bytes).memory == Array(little[..<size]) + Self.bytes[size...])
  }

  /// STDW -1 stores 64 ones.
  @Test(arguments: [(0x72, 1), (0x6a, 2), (0x62, 4), (0x7a, 8)] as [(UInt8, Int)])
  func storeImmediateIsSignExtended(_ opcode: UInt8, _ size: Int) {
    let memory = run([Instruction(opcode: opcode, dst: 1, imm: -1), .exit], memory: Self.bytes).memory
    #expect(memory == [UInt8](repeating: 0xff, count: size) + Self.bytes[size...])
  }

  @Test(arguments: [(0x71, 1), (0x69, 2), (0x61, 4), (0x79, 8), (0x91, 1), (0x89, 2), (0x81, 4)] as [(UInt8, Int)])
  func loadBoundsAreTight(_ opcode: UInt8, _ size: Int) {
    let last = Int16(Self.bytes.count - size)
    #expect(run([Instruction(opcode: opcode, src: 1, offset: last), .exit], memory: Self.bytes).result.r0 != nil)
    for offset in [last + 1, -1] {
      let result = run([Instruction(opcode: opcode, src: 1, offset: offset), .exit], memory: Self.bytes).result
      let address = memoryBase &+ UInt64(truncatingIfNeeded: offset)
      #expect(result.fault == Fault(.loadOutOfBounds, pc: 0, address: address, size: size))
    }
  }

  @Test(arguments: [(0x72, 1), (0x6b, 2), (0x62, 4), (0x7b, 8), (0xc3, 4), (0xdb, 8)] as [(UInt8, Int)])
  func storeBoundsAreTight(_ opcode: UInt8, _ size: Int) {
    let memory = [UInt8](repeating: 7, count: 24)
    let last = Int16(memory.count - size)
    #expect(run([Instruction(opcode: opcode, dst: 1, offset: last), .exit], memory: memory).result.r0 == 0)
    for offset in [last + Int16(size), -Int16(size)] {
      let outcome = run([Instruction(opcode: opcode, dst: 1, offset: offset), .exit], memory: memory)
      let address = memoryBase &+ UInt64(truncatingIfNeeded: offset)
      #expect(outcome.result.fault == Fault(.storeOutOfBounds, pc: 0, address: address, size: size))
      #expect(outcome.memory == memory)
    }
  }

  @Test func readOnlyMemoryRefusesStores() {
    let result = run([Instruction(opcode: 0x72, dst: 1), .exit], memory: [1], isWritable: false).result
    #expect(result.fault?.reason == .storeOutOfBounds)
    #expect(run([Instruction(opcode: 0x71, src: 1), .exit], memory: [1], isWritable: false).result.r0 == 1)
  }

  /// The sum of base and offset is taken modulo 2^64 and never wraps into a region.
  @Test func accessAcrossTheEndOfTheAddressSpaceFaults() {
    let program = [Instruction.move(3, -4), Instruction(opcode: 0x79, src: 3), .exit]
    #expect(run(program, memory: [1]).result.fault == Fault(.loadOutOfBounds, pc: 1, address: .max - 3, size: 8))
    let null = [Instruction(opcode: 0x79, src: 3), .exit]
    #expect(run(null).result.fault?.description == "at PC 0: out-of-bounds load of 8 bytes at 0x0")
  }

  @Test func stackIsZeroedAndBounded() {
    let limits = FunctionalEngine.Limits(stackBytes: 512)
    let dirty: [Instruction] = [
      Instruction(opcode: 0x79, src: 10, offset: -512), Instruction(opcode: 0x7a, dst: 10, offset: -512, imm: 1), .exit,
    ]
    var engine = FunctionalEngine(program: Program(dirty), limits: limits)
    #expect(engine.run().r0 == 0 && engine.run().r0 == 0)
    for offset: Int16 in [-513, -7] {
      let result = run([Instruction(opcode: 0x7a, dst: 10, offset: offset), .exit], limits: limits).result
      #expect(result.fault?.reason == .storeOutOfBounds)
    }
  }

  @Test func alternatingRegionsKeepTheirBounds() {
    let program: [Instruction] = [
      Instruction(opcode: 0x7a, dst: 10, offset: -8, imm: 5), Instruction(opcode: 0x71, dst: 3, src: 1),
      Instruction(opcode: 0x79, dst: 4, src: 10, offset: -8), Instruction(opcode: 0x73, dst: 1, src: 4, offset: 1),
      Instruction(opcode: 0x71, dst: 0, src: 1, offset: 1), Instruction(opcode: 0x0f, dst: 0, src: 3), .exit,
    ]
    #expect(run(program, memory: [3, 0]).result.r0 == 8)
  }
}
