/// What a pipeline needs to know of an opcode, packed so that one load from ``table`` answers every question.
///
/// The traits depend on the opcode alone. What depends on other fields (which operation an atomic is, whether CALL is
/// local, whether a division is signed) is asked of ``AtomicOperation``, ``Instruction`` and ``Verifier``.
public struct OpcodeTraits: Equatable, Sendable {
  /// Bits 3:0 access size in bytes, then one flag per bit; all zero for an opcode that eBPF does not define.
  public var bits: UInt32

  @inlinable public init(bits: UInt32) { self.bits = bits }

  /// This machine executes the opcode: those of RFC 9669 but the legacy packet loads, and CALLX.
  @inlinable public var isValid: Bool { has(.valid) }
  /// The destination register is an operand (for stores and atomics: the base address).
  @inlinable public var readsDestination: Bool { has(.readsDestination) }
  /// The source field names a register that is an operand; false where it is a selector (LDDW, CALL).
  @inlinable public var readsSource: Bool { has(.readsSource) }
  /// The destination register is written. Atomics write the source or r0 instead: see
  /// ``AtomicOperation/fetchRegister(operation:source:)``. Calls of a helper write r0.
  @inlinable public var writesDestination: Bool { has(.writesDestination) }
  /// A plain load, LDX; not LDDW, not an atomic.
  @inlinable public var isLoad: Bool { has(.load) }
  /// A load that sign-extends (LDXSX, section 5.2).
  @inlinable public var isSignedLoad: Bool { has(.signedLoad) }
  /// A plain store, ST or STX; not an atomic.
  @inlinable public var isStore: Bool { has(.store) }
  /// An atomic read-modify-write (section 5.3); neither `isLoad` nor `isStore`.
  @inlinable public var isAtomic: Bool { has(.atomic) }
  /// Any of load, store and atomic.
  @inlinable public var isMemoryAccess: Bool { has(.memory) }
  /// A conditional jump of either width.
  @inlinable public var isBranch: Bool { has(.branch) }
  /// An unconditional jump, JA or JA32.
  @inlinable public var isJump: Bool { has(.jump) }
  /// CALL or CALLX.
  @inlinable public var isCall: Bool { has(.call) }
  /// CALLX: the destination register says whom to call.
  @inlinable public var isIndirect: Bool { has(.indirect) }
  @inlinable public var isExit: Bool { has(.exit) }
  /// LDDW: the instruction takes two slots.
  @inlinable public var isWide: Bool { has(.wide) }
  @inlinable public var isMultiply: Bool { has(.multiply) }
  /// DIV, MOD and, by their offset field, SDIV and SMOD.
  @inlinable public var isDivide: Bool { has(.divide) }
  /// The second operand (of a store: the value) is the immediate.
  @inlinable public var usesImmediate: Bool { has(.immediate) }
  /// ALU32 or JMP32 class: the operation sees the low 32 bits of its operands.
  @inlinable public var is32: Bool { has(.narrow) }
  /// ALU32 or ALU64 class: ``ALU`` computes the result.
  @inlinable public var isALU: Bool { has(.alu) }
  /// Bytes that a load, store or atomic moves: 1, 2, 4 or 8; 0 for everything else.
  @inlinable public var accessSize: Int { Int(bits & 15) }

  @inlinable func has(_ flag: Flag) -> Bool { bits & flag.rawValue != 0 }

  /// Computed constants rather than an enum or stored ones: those become literals in other modules too.
  @usableFromInline struct Flag {
    @usableFromInline let rawValue: UInt32
    @inlinable init(_ rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable static var valid: Flag { Flag(0x10) }
    @inlinable static var readsDestination: Flag { Flag(0x20) }
    @inlinable static var readsSource: Flag { Flag(0x40) }
    @inlinable static var writesDestination: Flag { Flag(0x80) }
    @inlinable static var load: Flag { Flag(0x100) }
    @inlinable static var signedLoad: Flag { Flag(0x200) }
    @inlinable static var store: Flag { Flag(0x400) }
    @inlinable static var atomic: Flag { Flag(0x800) }
    @inlinable static var branch: Flag { Flag(0x1000) }
    @inlinable static var jump: Flag { Flag(0x2000) }
    @inlinable static var call: Flag { Flag(0x4000) }
    @inlinable static var exit: Flag { Flag(0x8000) }
    @inlinable static var wide: Flag { Flag(0x1_0000) }
    @inlinable static var multiply: Flag { Flag(0x2_0000) }
    @inlinable static var divide: Flag { Flag(0x4_0000) }
    @inlinable static var indirect: Flag { Flag(0x8_0000) }
    @inlinable static var immediate: Flag { Flag(0x10_0000) }
    @inlinable static var narrow: Flag { Flag(0x20_0000) }
    @inlinable static var alu: Flag { Flag(0x40_0000) }
    /// Load, store or atomic.
    @inlinable static var memory: Flag { Flag(0xd00) }
  }
}

extension OpcodeTraits {
  /// 256 entries indexed by opcode, immortal. A hot loop keeps the pointer in its own state: reading a global that is
  /// initialised on first use costs a check.
  nonisolated(unsafe) public static let table: UnsafePointer<OpcodeTraits> = {
    let entries = UnsafeMutablePointer<OpcodeTraits>.allocate(capacity: 256)
    for opcode in 0..<256 { entries[opcode] = describe(UInt8(opcode)) }
    return UnsafePointer(entries)
  }()

  private static func describe(_ opcode: UInt8) -> OpcodeTraits {
    switch InstructionClass(rawValue: opcode & 7)! {
    case .ld: opcode == Opcode.lddw ? make(.writesDestination, .wide, .immediate) : undefined
    case .ldx: load(opcode)
    case .st, .stx: store(opcode)
    case .alu32, .alu64: arithmetic(opcode)
    case .jmp, .jmp32: jump(opcode)
    }
  }

  private static let undefined = OpcodeTraits(bits: 0)

  private static func make(_ flags: Flag..., size: Int = 0) -> OpcodeTraits {
    OpcodeTraits(bits: flags.reduce(Flag.valid.rawValue | UInt32(size)) { $0 | $1.rawValue })
  }

  private func with(_ flag: Flag, if condition: Bool = true) -> OpcodeTraits {
    OpcodeTraits(bits: condition ? bits | flag.rawValue : bits)
  }

  /// Field `sz`, bits 4:3 of a load or store opcode (section 5).
  private static func size(_ opcode: UInt8) -> Int { [4, 2, 1, 8][Int(opcode >> 3 & 3)] }

  /// Field `mode`, bits 7:5: MEM is 3, MEMSX is 4 (and there is no 8-byte MEMSX), ATOMIC is 6.
  private static func load(_ opcode: UInt8) -> OpcodeTraits {
    let plain = make(.readsSource, .writesDestination, .load, size: size(opcode))
    return switch opcode >> 5 {
    case 3: plain
    case 4 where size(opcode) < 8: plain.with(.signedLoad)
    default: undefined
    }
  }

  private static func store(_ opcode: UInt8) -> OpcodeTraits {
    let hasRegister = opcode & 7 == InstructionClass.stx.rawValue
    switch opcode >> 5 {
    case 3:
      return make(.readsDestination, .store, hasRegister ? .readsSource : .immediate, size: size(opcode))
    case 6 where hasRegister && size(opcode) >= 4:
      return make(.readsDestination, .readsSource, .atomic, size: size(opcode))
    default: return undefined
    }
  }

  private static func arithmetic(_ opcode: UInt8) -> OpcodeTraits {
    let isNarrow = opcode & 7 == InstructionClass.alu32.rawValue
    let hasRegister = opcode & Opcode.sourceBit != 0
    let base = make(.writesDestination, .alu).with(.narrow, if: isNarrow)
    let binary = base.with(.readsDestination).with(hasRegister ? .readsSource : .immediate)
    switch opcode >> 4 {
    case 0x2: return binary.with(.multiply)
    case 0x3, 0x9: return binary.with(.divide)
    case 0x8: return hasRegister ? undefined : base.with(.readsDestination)
    case 0xb: return base.with(hasRegister ? .readsSource : .immediate)
    // Byte swaps: in ALU32 the source bit selects LE or BE, in ALU64 only BSWAP exists. All take a width.
    case 0xd: return isNarrow || !hasRegister ? base.with(.readsDestination).with(.immediate) : undefined
    case 0xe, 0xf: return undefined
    default: return binary
    }
  }

  private static func jump(_ opcode: UInt8) -> OpcodeTraits {
    let isNarrow = opcode & 7 == InstructionClass.jmp32.rawValue
    let hasRegister = opcode & Opcode.sourceBit != 0
    switch (opcode >> 4, hasRegister) {
    case (0, false): return make(.jump)
    case (8, false) where !isNarrow: return make(.call)
    case (8, true) where !isNarrow: return make(.call, .indirect, .readsDestination)
    case (9, false) where !isNarrow: return make(.exit)
    case (0, _), (8, _), (9, _), (14, _), (15, _): return undefined
    default:
      return make(.readsDestination, .branch, hasRegister ? .readsSource : .immediate).with(.narrow, if: isNarrow)
    }
  }
}
