/// An operation of two operands as both syntaxes write it; assembler and disassembler share the tables.
struct Operator {
  /// Field `code`, bits 7:4 of the opcode.
  let code: UInt8
  /// What the offset field of the instruction holds: 1 for the signed divisions (RFC 9669 section 4.1).
  let offset: Int16
  /// In clang's syntax, as in `r1 += r2` or `if r1 s> r2 goto +1`.
  let symbol: String
  /// In uBPF's syntax, as in `add %r1, %r2` or `jsgt %r1, %r2, +1`.
  let mnemonic: String

  init(_ code: UInt8, _ symbol: String, _ mnemonic: String, offset: Int16 = 0) {
    self.code = code
    self.offset = offset
    self.symbol = symbol
    self.mnemonic = mnemonic
  }

  static let move = Operator(0xb, "=", "mov")

  /// ALU and ALU64, without those of one operand.
  static let arithmetic = [
    Operator(0x0, "+=", "add"), Operator(0x1, "-=", "sub"), Operator(0x2, "*=", "mul"), Operator(0x3, "/=", "div"),
    Operator(0x3, "s/=", "sdiv", offset: 1), Operator(0x4, "|=", "or"), Operator(0x5, "&=", "and"),
    Operator(0x6, "<<=", "lsh"), Operator(0x7, ">>=", "rsh"), Operator(0x9, "%=", "mod"),
    Operator(0x9, "s%=", "smod", offset: 1), Operator(0xa, "^=", "xor"), move, Operator(0xc, "s>>=", "arsh"),
  ]

  /// The conditions of JMP and JMP32.
  static let comparisons = [
    Operator(0x1, "==", "jeq"), Operator(0x2, ">", "jgt"), Operator(0x3, ">=", "jge"), Operator(0x4, "&", "jset"),
    Operator(0x5, "!=", "jne"), Operator(0x6, "s>", "jsgt"), Operator(0x7, "s>=", "jsge"), Operator(0xa, "<", "jlt"),
    Operator(0xb, "<=", "jle"), Operator(0xc, "s<", "jslt"), Operator(0xd, "s<=", "jsle"),
  ]
}

/// An atomic operation that may fetch (RFC 9669 section 5.3), as both syntaxes write it.
struct AtomicOperator {
  /// The immediate, without FETCH.
  let operation: Int32
  /// As in `lock *(u64 *)(r1 + 0) += r2`.
  let symbol: String
  /// As in `lock add [%r1], %r2` and `atomic_fetch_add`.
  let name: String

  static let all = [
    AtomicOperator(operation: AtomicOperation.add, symbol: "+=", name: "add"),
    AtomicOperator(operation: AtomicOperation.or, symbol: "|=", name: "or"),
    AtomicOperator(operation: AtomicOperation.and, symbol: "&=", name: "and"),
    AtomicOperator(operation: AtomicOperation.xor, symbol: "^=", name: "xor"),
  ]
}

/// A byte swap (RFC 9669 section 4.2); the immediate is the width.
struct ByteSwap {
  let opcode: UInt8
  let name: String
  let width: Int32

  static let all = [(UInt8(0xd4), "le"), (0xdc, "be"), (0xd7, "bswap")].flatMap { opcode, name in
    [16, 32, 64].map { ByteSwap(opcode: opcode, name: "\(name)\($0)", width: $0) }
  }
}
