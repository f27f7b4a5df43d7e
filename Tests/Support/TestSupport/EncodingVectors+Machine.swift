import EBPF
import Stimulus

/// What belongs to the machine rather than to one encoding.
extension EncodingVectors {
  /// The stack: zeroed, unaligned like all memory, and 4096 bytes long.
  public static let stack: [EncodingVector] = [
    EncodingVector("the stack starts as zeros", [.load(8, 0, at: 10, -4096), .exit], .exit(r0: 0)),
    EncodingVector("the lowest byte", [.store(1, at: 10, -4096, 5), .load(1, 0, at: 10, -4096), .exit], .exit(r0: 5)),
    EncodingVector(
      "the highest word", [.store(8, at: 10, -8, -2), .load(8, 0, at: 10, -8), .exit], .exit(r0: .max - 1)),
    EncodingVector(
      "unaligned", [.store(4, at: 10, -7, -1), .load(8, 0, at: 10, -8), .exit], .exit(r0: 0xff_ffff_ff00)),
    EncodingVector("a byte below", [.store(1, at: 10, -4097, 5), .exit], .fault(.storeOutOfBounds, pc: 0)),
    EncodingVector("a byte above", [.store(8, at: 10, -7, 5), .exit], .fault(.storeOutOfBounds, pc: 0)),
    EncodingVector("a load a byte below", [.load(8, 0, at: 10, -4097), .exit], .fault(.loadOutOfBounds, pc: 0)),
    EncodingVector("a load above", [.load(1, 0, at: 10), .exit], .fault(.loadOutOfBounds, pc: 0)),
    EncodingVector(
      "a callee's frames end with the stack", [.call(1), .exit, .load(1, 0, at: 10, -3841), .exit],
      .fault(.loadOutOfBounds, pc: 2)),
    EncodingVector("a null pointer", [.load(8, 0, at: 3), .exit], .fault(.loadOutOfBounds, pc: 0)),
    EncodingVector(
      "across the end of the address space", [.move(3, -4), .load(8, 0, at: 3), .exit], .fault(.loadOutOfBounds, pc: 1)),
    EncodingVector(
      "a fault leaves what was stored", [.store(1, at: 1, 0, 7), .store(1, at: 1, 2, 7), .exit], memory: [1, 2],
      memoryAfter: [7, 2], .fault(.storeOutOfBounds, pc: 1)),
  ]

  /// Recursion to `depth` open calls, the most that a machine allows, and to one more.
  public static func callDepth(_ depth: Int) -> [EncodingVector] {
    let program = { (count: Int) -> [Instruction] in
      [.move(1, Int32(count)), .call(1), .exit, .add(1, -1), .jumpIfEqual(1, 0, 1), .call(-3), .add(0, 1), .exit]
    }
    let indirect = { (count: Int) -> [Instruction] in
      wide(2, CodeAddress.address(ofSlot: 5)) + [.move(1, Int32(count)), .callx(2), .exit]
        + [.add(1, -1), .jumpIfEqual(1, 0, 1), .callx(2), .add(0, 1), .exit]
    }
    return [
      EncodingVector("\(depth) calls deep", program(depth), .exit(r0: UInt64(depth))),
      EncodingVector("\(depth + 1) calls deep", program(depth + 1), .fault(.stackOverflow, pc: 5)),
      EncodingVector("\(depth) indirect calls deep", indirect(depth), .exit(r0: UInt64(depth))),
      EncodingVector("\(depth + 1) indirect calls deep", indirect(depth + 1), .fault(.stackOverflow, pc: 7)),
    ]
  }

  /// Programs that never end, for a machine with a limit on its instructions.
  public static let endless: [EncodingVector] = [
    EncodingVector("ja to itself", [.jump(-1)], .fault(.instructionLimit, pc: 0)),
    EncodingVector("a branch to itself", [.jumpIfEqual(0, 0, -1), .exit], .fault(.instructionLimit, pc: 0)),
  ]

  /// RFC 9669 section 3: unused fields are zero. One vector for each reserved field of each class.
  public static let reserved: [EncodingVector] =
    fields.map { name, code, instruction in
      EncodingVector("\(name) reserved", [instruction, .exit], .refused(code))
    } + wideFields

  private static let fields: [(String, LoadError.Code, Instruction)] =
    alu(0x04, "alu32") + alu(0x07, "alu64") + jump(0x15, "jmp") + jump(0x16, "jmp32") + memory + transfers

  private static func alu(_ opcode: UInt8, _ name: String) -> [(String, LoadError.Code, Instruction)] {
    [
      ("\(name) imm: source", .reservedField, Instruction(opcode: opcode, src: 1)),
      ("\(name) imm: offset", .reservedField, Instruction(opcode: opcode, offset: 1)),
      ("\(name) reg: offset", .reservedField, Instruction(opcode: opcode | 0x08, src: 1, offset: 1)),
      ("\(name) reg: immediate", .reservedField, Instruction(opcode: opcode | 0x08, src: 1, imm: 1)),
      ("\(name) neg: source", .reservedField, Instruction(opcode: opcode | 0x80, src: 1)),
      ("\(name) neg: offset", .reservedField, Instruction(opcode: opcode | 0x80, offset: 1)),
      ("\(name) neg: immediate", .reservedField, Instruction(opcode: opcode | 0x80, imm: 1)),
      ("\(name) mul: offset", .reservedField, Instruction(opcode: opcode | 0x20, offset: 1)),
      ("\(name) div: offset", .reservedField, Instruction(opcode: opcode | 0x30, offset: 2)),
      ("\(name) mod: offset", .reservedField, Instruction(opcode: opcode | 0x90, offset: -1)),
      ("\(name) mov imm: offset", .reservedField, Instruction(opcode: opcode | 0xb0, offset: 8)),
      ("\(name) mov reg: offset", .reservedField, Instruction(opcode: opcode | 0xb8, offset: 7)),
      ("\(name) swap: source", .reservedField, Instruction(opcode: opcode | 0xd0, src: 1, imm: 16)),
      ("\(name) swap: offset", .reservedField, Instruction(opcode: opcode | 0xd0, offset: 1, imm: 16)),
      ("\(name) swap: width", .badImmediate, Instruction(opcode: opcode | 0xd0, imm: 8)),
    ]
  }

  private static func jump(_ opcode: UInt8, _ name: String) -> [(String, LoadError.Code, Instruction)] {
    [
      ("\(name) imm: source", .reservedField, Instruction(opcode: opcode, src: 1)),
      ("\(name) reg: immediate", .reservedField, Instruction(opcode: opcode | 0x08, src: 1, imm: 1)),
    ]
  }

  private static let memory: [(String, LoadError.Code, Instruction)] = [
    ("ldx: immediate", .reservedField, Instruction(opcode: 0x79, src: 1, imm: 1)),
    ("ldxsx: immediate", .reservedField, Instruction(opcode: 0x81, src: 1, imm: 1)),
    ("st: source", .reservedField, Instruction(opcode: 0x7a, dst: 1, src: 1)),
    ("stx: immediate", .reservedField, Instruction(opcode: 0x7b, dst: 1, src: 1, imm: 1)),
    ("atomic32: operation", .badImmediate, Instruction(opcode: 0xc3, dst: 1, src: 1, imm: 0xf0)),
    ("atomic64: operation", .badImmediate, Instruction(opcode: 0xdb, dst: 1, src: 1, imm: 2)),
  ]

  private static let transfers: [(String, LoadError.Code, Instruction)] = [
    ("ja: destination", .reservedField, Instruction(opcode: Opcode.ja, dst: 1)),
    ("ja: source", .reservedField, Instruction(opcode: Opcode.ja, src: 1)),
    ("ja: immediate", .reservedField, Instruction(opcode: Opcode.ja, imm: 1)),
    ("ja32: destination", .reservedField, Instruction(opcode: Opcode.ja32, dst: 1)),
    ("ja32: source", .reservedField, Instruction(opcode: Opcode.ja32, src: 1)),
    ("ja32: offset", .reservedField, Instruction(opcode: Opcode.ja32, offset: 1)),
    ("call: destination", .reservedField, Instruction(opcode: Opcode.call, dst: 1)),
    ("call: offset", .reservedField, Instruction(opcode: Opcode.call, offset: 1)),
    ("callx: source", .reservedField, Instruction(opcode: Opcode.callx, dst: 1, src: 1)),
    ("callx: offset", .reservedField, Instruction(opcode: Opcode.callx, dst: 1, offset: 1)),
    ("callx: immediate", .reservedField, Instruction(opcode: Opcode.callx, dst: 1, imm: 1)),
    ("exit: destination", .reservedField, Instruction(opcode: Opcode.exit, dst: 1)),
    ("exit: source", .reservedField, Instruction(opcode: Opcode.exit, src: 1)),
    ("exit: offset", .reservedField, Instruction(opcode: Opcode.exit, offset: 1)),
    ("exit: immediate", .reservedField, Instruction(opcode: Opcode.exit, imm: 1)),
  ]

  private static let wideFields: [EncodingVector] = [
    EncodingVector(
      "lddw: offset reserved", [Instruction(opcode: Opcode.lddw, offset: 1), Instruction(word: 0), .exit],
      .refused(.reservedField)),
    EncodingVector(
      "lddw: opcode of the second slot reserved", [Instruction(opcode: Opcode.lddw), .move(0, 0), .exit],
      .refused(.incompleteWide)),
    EncodingVector(
      "lddw: registers of the second slot reserved",
      [Instruction(opcode: Opcode.lddw), Instruction(opcode: 0, dst: 1), .exit], .refused(.incompleteWide)),
    EncodingVector(
      "lddw: offset of the second slot reserved",
      [Instruction(opcode: Opcode.lddw), Instruction(opcode: 0, offset: 1), .exit], .refused(.incompleteWide)),
  ]
}
