import EBPF
import Stimulus

/// Each builder makes one program for each row of operands and expected values.
extension Encoding {
  /// r0 = `a`, r0 op= `imm`: rows of `a`, `imm` and the result.
  static func alu(
    _ name: String, _ group: Group, _ opcode: UInt8, offset: Int16 = 0, _ rows: (UInt64, Int32, UInt64)...
  ) -> Encoding {
    let vectors = rows.map { a, immediate, result in
      EncodingVector(
        "\(name): \(hex(a)), \(immediate)",
        wide(0, a) + [Instruction(opcode: opcode, offset: offset, imm: immediate), .exit], .exit(r0: result))
    }
    return Encoding(name: name, group: group, opcode: opcode, offset: offset, vectors: vectors)
  }

  /// r0 = `a`, r3 = `b`, r0 op= r3: rows of `a`, `b` and the result.
  static func alu(
    _ name: String, _ group: Group, _ opcode: UInt8, offset: Int16 = 0, with rows: (UInt64, UInt64, UInt64)...
  ) -> Encoding {
    let vectors = rows.map { a, b, result in
      EncodingVector(
        "\(name): \(hex(a)), \(hex(b))",
        wide(0, a) + wide(3, b) + [Instruction(opcode: opcode, src: 3, offset: offset), .exit], .exit(r0: result))
    }
    return Encoding(name: name, group: group, opcode: opcode, offset: offset, vectors: vectors)
  }

  /// r0 = `a`, r0 = op r0: rows of `a` and the result.
  static func unary(
    _ name: String, _ group: Group, _ opcode: UInt8, immediate: Int32 = 0, _ rows: (UInt64, UInt64)...
  ) -> Encoding {
    let vectors = rows.map { a, result in
      EncodingVector(
        "\(name): \(hex(a))", wide(0, a) + [Instruction(opcode: opcode, imm: immediate), .exit], .exit(r0: result))
    }
    return Encoding(name: name, group: group, opcode: opcode, immediate: immediate, vectors: vectors)
  }

  /// Compares r2 = `a` with `imm`: rows of `a`, `imm` and whether the jump is taken.
  static func branch(
    _ name: String, _ group: Group, _ opcode: UInt8, _ rows: (UInt64, Int32, Bool)...
  ) -> Encoding {
    let vectors = rows.map { a, immediate, taken in
      EncodingVector(
        "\(name): \(hex(a)), \(immediate)",
        fork(wide(2, a), Instruction(opcode: opcode, dst: 2, offset: 2, imm: immediate)), .exit(r0: taken ? 1 : 0))
    }
    return Encoding(name: name, group: group, opcode: opcode, vectors: vectors)
  }

  /// Compares r2 = `a` with r3 = `b`: rows of `a`, `b` and whether the jump is taken.
  static func branch(
    _ name: String, _ group: Group, _ opcode: UInt8, with rows: (UInt64, UInt64, Bool)...
  ) -> Encoding {
    let vectors = rows.map { a, b, taken in
      EncodingVector(
        "\(name): \(hex(a)), \(hex(b))",
        fork(wide(2, a) + wide(3, b), Instruction(opcode: opcode, dst: 2, src: 3, offset: 2)),
        .exit(r0: taken ? 1 : 0))
    }
    return Encoding(name: name, group: group, opcode: opcode, vectors: vectors)
  }

  /// Returns 1 when `branch`, over two instructions, is taken, and 0 when not.
  private static func fork(_ start: [Instruction], _ branch: Instruction) -> [Instruction] {
    start + [.move(0, 1), branch, .move(0, 0), .exit, .exit]
  }

  /// r0 = what lies at an offset of ``EncodingVectors/bytes``: rows of offset and value.
  static func load(
    _ name: String, _ group: Group, _ opcode: UInt8, _ rows: (Int16, UInt64)..., faultsAt bad: [Int16]
  ) -> Encoding {
    let program = { (offset: Int16) in [Instruction(opcode: opcode, src: 1, offset: offset), .exit] }
    let good = rows.map { offset, value in
      EncodingVector("\(name) at \(offset)", program(offset), memory: EncodingVectors.bytes, .exit(r0: value))
    }
    let faults = bad.map { offset in
      EncodingVector(
        "\(name) at \(offset)", program(offset), memory: EncodingVectors.bytes, .fault(.loadOutOfBounds, pc: 0))
    }
    return Encoding(name: name, group: group, opcode: opcode, vectors: good + faults)
  }

  /// Stores an immediate: rows of offset, immediate and the bytes that are there then.
  static func store(
    _ name: String, _ group: Group, _ opcode: UInt8, _ size: Int, _ rows: (Int16, Int32, [UInt8])...
  ) -> Encoding {
    stores(
      name, group, opcode, size,
      rows.map { ($0, [Instruction(opcode: opcode, dst: 1, offset: $0, imm: $1), .exit], $2) })
  }

  /// Stores r3: rows of offset, value and the bytes that are there then.
  static func store(
    _ name: String, _ group: Group, _ opcode: UInt8, _ size: Int, with rows: (Int16, UInt64, [UInt8])...
  ) -> Encoding {
    stores(
      name, group, opcode, size,
      rows.map { ($0, wide(3, $1) + [Instruction(opcode: opcode, dst: 1, src: 3, offset: $0), .exit], $2) })
  }

  private static func stores(
    _ name: String, _ group: Group, _ opcode: UInt8, _ size: Int, _ rows: [(Int16, [Instruction], [UInt8])]
  ) -> Encoding {
    let before = EncodingVectors.bytes
    let good = rows.map { offset, program, bytes in
      var after = before
      after.replaceSubrange(Int(offset)..<Int(offset) + size, with: bytes)
      return EncodingVector("\(name) at \(offset)", program, memory: before, memoryAfter: after, .exit(r0: 0))
    }
    let faults = [Int16(before.count - size + 1), -1].map { offset in
      EncodingVector(
        "\(name) at \(offset)", [Instruction(opcode: opcode, dst: 1, offset: offset), .exit], memory: before,
        .fault(.storeOutOfBounds, pc: 0))
    }
    return Encoding(name: name, group: group, opcode: opcode, vectors: good + faults)
  }

  /// r3 op memory: rows of the memory word, r3, the word then and r3 then.
  static func atomic(
    _ name: String, _ size: Int, _ operation: Int32, _ rows: (UInt64, UInt64, UInt64, UInt64)...
  ) -> Encoding {
    atomics(name, size, operation, rows.map { (old: $0, r0: 0, source: $1, after: $2, sourceAfter: $3, r0After: 0) })
  }

  /// Rows of the memory word, r0, the word then and r0 then.
  static func compareExchange(
    _ name: String, _ size: Int, _ rows: (UInt64, UInt64, UInt64, UInt64)..., source: UInt64
  ) -> Encoding {
    atomics(
      name, size, AtomicOperation.compareExchange,
      rows.map { (old: $0, r0: $1, source: source, after: $2, sourceAfter: source, r0After: $3) })
  }

  /// The program also stores r3 behind the word.
  private static func atomics(
    _ name: String, _ size: Int, _ operation: Int32,
    _ rows: [(old: UInt64, r0: UInt64, source: UInt64, after: UInt64, sourceAfter: UInt64, r0After: UInt64)]
  ) -> Encoding {
    let good = rows.map { row in
      EncodingVector(
        "\(name): \(hex(row.old)), \(hex(row.source)), r0 \(hex(row.r0))",
        wide(0, row.r0) + wide(3, row.source)
          + [.atomic(size, operation, at: 1, register: 3), .store(8, at: 1, 8, register: 3), .exit],
        memory: bytes(row.old) + bytes(0), memoryAfter: bytes(row.after) + bytes(row.sourceAfter),
        .exit(r0: row.r0After))
    }
    let faults = [1, Int16(size) / 2, 16, -Int16(size)].map { (offset: Int16) in
      EncodingVector(
        "\(name) at \(offset)", [.atomic(size, operation, at: 1, offset, register: 3), .exit],
        memory: EncodingVectors.bytes,
        .fault(offset % Int16(size) == 0 ? .storeOutOfBounds : .misalignedAtomic, pc: 0))
    }
    return Encoding(
      name: name, group: size == 4 ? .atomic32 : .atomic64, opcode: size == 4 ? Opcode.atomic32 : Opcode.atomic64,
      immediate: operation, vectors: good + faults)
  }

  private static func bytes(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
}
