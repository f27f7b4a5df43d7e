/// clang's syntax: what begins with a register or with `*`.
extension LineParser {
  /// The second operand of an instruction.
  enum Operand {
    case register(UInt8)
    case immediate(Int32)

    func applied(to instruction: Instruction) -> Instruction {
      switch self {
      case .register(let number):
        Instruction(
          opcode: instruction.opcode | Opcode.sourceBit, dst: instruction.destination, src: number,
          offset: instruction.offset)
      case .immediate(let value):
        Instruction(
          opcode: instruction.opcode, dst: instruction.destination, offset: instruction.offset, imm: value)
      }
    }
  }

  mutating func operand(isNarrow: Bool) throws(AssemblyError) -> Operand {
    if isAtNumber { return .immediate(try immediate()) }
    guard Self.isRegister(current) else { throw unexpected("a register or an immediate") }
    return .register(try register(isNarrow: isNarrow))
  }

  func arithmetic(
    _ operation: Operator, _ destination: UInt8, _ operand: Operand, isNarrow: Bool
  ) -> Parsed {
    let opcode = operation.code << 4 | Self.arithmeticClass(isNarrow: isNarrow)
    return Parsed(operand.applied(to: Instruction(opcode: opcode, dst: destination, offset: operation.offset)))
  }

  static func arithmeticClass(isNarrow: Bool) -> UInt8 { (isNarrow ? InstructionClass.alu32 : .alu64).rawValue }

  /// NEG has no second operand (RFC 9669 section 4.1).
  func negation(_ destination: Register) -> Parsed {
    let opcode = 0x80 | Self.arithmeticClass(isNarrow: destination.isNarrow)
    return Parsed(Instruction(opcode: opcode, dst: destination.number))
  }

  /// MOVSX: the offset field is the width to extend from.
  func signExtension(_ destination: Register, from source: UInt8, width: Int16) -> Parsed {
    let opcode = 0xb8 | Self.arithmeticClass(isNarrow: destination.isNarrow)
    return Parsed(Instruction(opcode: opcode, dst: destination.number, src: source, offset: width))
  }

  /// LDDW, with its upper half in a second slot (RFC 9669 section 5.4).
  func wide(_ destination: UInt8, _ value: Number) -> Parsed {
    let low = Int32(truncatingIfNeeded: value)
    return Parsed(
      Instruction(opcode: Opcode.lddw, dst: destination, imm: low), upper: Int32(truncatingIfNeeded: value >> 32))
  }

  mutating func assignment() throws(AssemblyError) -> Parsed {
    let destination = try register()
    if accept("=") { return try value(of: destination) }
    guard let operation = Operator.arithmetic.first(where: { current.isSymbol($0.symbol) }) else {
      throw unexpected("an assignment: " + Operator.arithmetic.map(\.symbol).joined(separator: " "))
    }
    next()
    let operand = try operand(isNarrow: destination.isNarrow)
    return arithmetic(operation, destination.number, operand, isNarrow: destination.isNarrow)
  }

  /// What stands behind `r1 =`.
  private mutating func value(of destination: Register) throws(AssemblyError) -> Parsed {
    if isAtNumber { return try constant(destination) }
    if current.isSymbol("*") { return try load(destination) }
    if accept("(") { return try signExtension(destination) }
    if accept("-") {
      try repeated(destination)
      return negation(destination)
    }
    if Self.isRegister(current) {
      let source = try register(isNarrow: destination.isNarrow)
      return arithmetic(.move, destination.number, .register(source), isNarrow: destination.isNarrow)
    }
    if let swap = ByteSwap.all.first(where: { current.isWord($0.name) }), !destination.isNarrow {
      next()
      try repeated(destination)
      return Parsed(Instruction(opcode: swap.opcode, dst: destination.number, imm: swap.width))
    }
    if let atomic = try fetchingAtomic(destination) { return atomic }
    if current.kind == .word, following.isWord("ll") { throw .needsObjectFile(current) }
    throw unexpected("a register, a number, a load, a byte swap or an atomic operation")
  }

  private mutating func constant(_ destination: Register) throws(AssemblyError) -> Parsed {
    var ahead = self
    let value = try ahead.number("a constant", in: Self.wideImmediates)
    if ahead.current.isWord("ll"), !destination.isNarrow {
      self = ahead
      next()
      return wide(destination.number, value)
    }
    return arithmetic(.move, destination.number, .immediate(try immediate()), isNarrow: destination.isNarrow)
  }

  /// `(s8)r2`, the bracket already read.
  private mutating func signExtension(_ destination: Register) throws(AssemblyError) -> Parsed {
    let widths: [Int16] = destination.isNarrow ? [8, 16] : [8, 16, 32]
    guard let width = widths.first(where: { current.isWord("s\($0)") }) else {
      throw unexpected(widths.map { "s\($0)" }.joined(separator: ", "))
    }
    next()
    try expect(")")
    return signExtension(destination, from: try register(isNarrow: destination.isNarrow), width: width)
  }
}
