import EBPF

/// Assembly for generators and tests: one function per form of instruction, operands in the order of RFC 9669.
extension Instruction {
  public static let exit = Instruction(opcode: Opcode.exit)
  /// r[d] = imm, sign-extended.
  public static func move(_ d: UInt8, _ imm: Int32) -> Instruction { Instruction(opcode: 0xb7, dst: d, imm: imm) }
  public static func copy(_ d: UInt8, from s: UInt8) -> Instruction { Instruction(opcode: 0xbf, dst: d, src: s) }
  public static func add(_ d: UInt8, _ imm: Int32) -> Instruction { Instruction(opcode: 0x07, dst: d, imm: imm) }
  public static func add(_ d: UInt8, register s: UInt8) -> Instruction { Instruction(opcode: 0x0f, dst: d, src: s) }
  public static func multiply(_ d: UInt8, _ imm: Int32) -> Instruction { Instruction(opcode: 0x27, dst: d, imm: imm) }
  public static func divide(_ d: UInt8, _ imm: Int32) -> Instruction { Instruction(opcode: 0x37, dst: d, imm: imm) }
  /// r[d] = the `size` bytes at r[s] + offset.
  public static func load(_ size: Int, _ d: UInt8, at s: UInt8, _ offset: Int16 = 0) -> Instruction {
    Instruction(opcode: 0x61 | sizeBits(size), dst: d, src: s, offset: offset)
  }
  /// The `size` bytes at r[d] + offset = r[s].
  public static func store(_ size: Int, at d: UInt8, _ offset: Int16 = 0, register s: UInt8) -> Instruction {
    Instruction(opcode: 0x63 | sizeBits(size), dst: d, src: s, offset: offset)
  }
  public static func store(_ size: Int, at d: UInt8, _ offset: Int16 = 0, _ imm: Int32) -> Instruction {
    Instruction(opcode: 0x62 | sizeBits(size), dst: d, offset: offset, imm: imm)
  }
  /// Atomic `operation` on the `size` bytes at r[d] + offset with r[s].
  public static func atomic(_ size: Int, _ operation: Int32, at d: UInt8, _ offset: Int16 = 0, register s: UInt8)
    -> Instruction
  {
    Instruction(
      opcode: size == 4 ? Opcode.atomic32 : Opcode.atomic64, dst: d, src: s, offset: offset, imm: operation)
  }
  /// Distances count slots from the next one.
  public static func jump(_ distance: Int16) -> Instruction { Instruction(opcode: Opcode.ja, offset: distance) }
  public static func jumpWide(_ distance: Int32) -> Instruction { Instruction(opcode: Opcode.ja32, imm: distance) }
  public static func jumpIfEqual(_ d: UInt8, _ imm: Int32, _ distance: Int16) -> Instruction {
    Instruction(opcode: 0x15, dst: d, offset: distance, imm: imm)
  }
  public static func jumpUnlessEqual(_ d: UInt8, _ imm: Int32, _ distance: Int16) -> Instruction {
    Instruction(opcode: 0x55, dst: d, offset: distance, imm: imm)
  }
  public static func call(_ distance: Int32) -> Instruction { Instruction(opcode: Opcode.call, src: 1, imm: distance) }
  public static func callHelper(_ number: Int32) -> Instruction { Instruction(opcode: Opcode.call, imm: number) }
  /// Calls what register `d` holds: a code address, or the number of a helper.
  public static func callx(_ d: UInt8) -> Instruction { Instruction(opcode: Opcode.callx, dst: d) }

  private static func sizeBits(_ size: Int) -> UInt8 { [4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18][size]! }
}

/// The two slots of an LDDW.
public func wide(_ d: UInt8, _ value: UInt64) -> [Instruction] {
  [
    Instruction(opcode: Opcode.lddw, dst: d, imm: Int32(truncatingIfNeeded: value)),
    Instruction(opcode: 0, imm: Int32(truncatingIfNeeded: value >> 32)),
  ]
}

public func bytes(of instructions: [Instruction]) -> [UInt8] {
  instructions.flatMap { instruction in (0..<8).map { UInt8(truncatingIfNeeded: instruction.word >> (8 * $0)) } }
}
