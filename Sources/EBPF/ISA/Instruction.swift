/// The three low bits of an opcode (RFC 9669 section 3.1).
public enum InstructionClass: UInt8, Sendable {
  case ld = 0, ldx = 1, st = 2, stx = 3, alu32 = 4, jmp = 5, jmp32 = 6, alu64 = 7
}

/// One 8-byte instruction slot (RFC 9669 section 3), as it lies in little-endian memory: opcode in bits 7:0,
/// destination in 11:8, source in 15:12, offset in 31:16, immediate in 63:32.
///
/// LDDW takes two slots; the second carries the upper half of its constant as its immediate.
public struct Instruction: Hashable, Sendable {
  public let word: UInt64

  @inlinable public init(word: UInt64) { self.word = word }

  /// Packs the fields; `destination` and `source` keep their low four bits.
  @inlinable public init(
    opcode: UInt8, dst: UInt8 = 0, src: UInt8 = 0, offset: Int16 = 0, imm: Int32 = 0
  ) {
    word =
      UInt64(opcode) | UInt64(dst & 15) << 8 | UInt64(src & 15) << 12
      | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: imm)) << 32
  }

  @inlinable public var opcode: UInt8 { UInt8(truncatingIfNeeded: word) }
  /// Destination register field, 0...15 (only 0...10 are registers).
  @inlinable public var destination: UInt8 { UInt8(truncatingIfNeeded: word >> 8) & 15 }
  /// Source register field, 0...15; a selector in LDDW and CALL.
  @inlinable public var source: UInt8 { UInt8(truncatingIfNeeded: word >> 12) & 15 }
  @inlinable public var offset: Int16 { Int16(truncatingIfNeeded: word >> 16) }
  @inlinable public var immediate: Int32 { Int32(truncatingIfNeeded: word >> 32) }
  @inlinable public var traits: OpcodeTraits { OpcodeTraits.table[Int(opcode)] }

  /// The immediate as the 64-bit operand of an ALU, jump or store instruction: sign-extended (section 4.1).
  @inlinable public var signExtendedImmediate: UInt64 { UInt64(bitPattern: word.signed >> 32) }

  /// The 64-bit constant of an LDDW whose second slot is `next` (section 5.4).
  @inlinable public func wideImmediate(next: Instruction) -> UInt64 {
    word >> 32 | next.word & 0xffff_ffff_0000_0000
  }

  /// Slots that a taken jump or local call skips, counted from the next slot: the immediate for JA32 and CALL, the
  /// offset for all others (section 4.3).
  @inlinable public var jumpDistance: Int {
    opcode == Opcode.ja32 || opcode == Opcode.call ? Int(immediate) : Int(offset)
  }
}

extension UInt64 {
  @inlinable var signed: Int64 { Int64(bitPattern: self) }
}
