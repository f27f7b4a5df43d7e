import Diagnostics

/// Jumps and calls, and the dispatch of all instructions by their first word.
extension LineParser {
  /// The whole line as one instruction.
  mutating func instruction() throws(AssemblyError) -> Parsed {
    let parsed = try statement()
    try expectEnd()
    return parsed
  }

  private mutating func statement() throws(AssemblyError) -> Parsed {
    if Self.isRegister(current) { return try assignment() }
    if current.isSymbol("*") { return try store() }
    guard current.kind == .word, let mnemonic = Mnemonic.table[current.text] else {
      let hint = current.kind == .word ? Spelling.nearest(to: current.text, in: Mnemonic.names) : nil
      throw unexpected("an instruction", hint: hint)
    }
    next()
    return try operands(of: mnemonic)
  }

  /// `if r1 s> r2 goto L`
  mutating func conditional() throws(AssemblyError) -> Parsed {
    let left = try register()
    guard let comparison = Operator.comparisons.first(where: { current.isSymbol($0.symbol) }) else {
      throw unexpected("a comparison: " + Operator.comparisons.map(\.symbol).joined(separator: " "))
    }
    next()
    let right = try operand(isNarrow: left.isNarrow)
    guard current.isWord("goto") else { throw unexpected("'goto'") }
    next()
    return try branch(comparison, left.number, right, isNarrow: left.isNarrow)
  }

  /// The target of a conditional jump, whose operands are known.
  mutating func branch(
    _ comparison: Operator, _ left: UInt8, _ right: Operand, isNarrow: Bool
  ) throws(AssemblyError) -> Parsed {
    let opcode = comparison.code << 4 | (isNarrow ? InstructionClass.jmp32 : .jmp).rawValue
    return try jump(right.applied(to: Instruction(opcode: opcode, dst: left)))
  }

  /// A jump by label, or by slots counted from the next: +1, -3, 5.
  mutating func jump(_ instruction: Instruction) throws(AssemblyError) -> Parsed {
    let isLong = instruction.opcode == Opcode.ja32
    guard isAtDistance else { return Parsed(instruction, label: try label("a label or a distance in slots")) }
    let distance = try number("a distance in slots", in: isLong ? Self.distances : Self.offsets)
    if current.isSymbol("<") { skipAnnotation() }
    return Parsed(
      Instruction(
        opcode: instruction.opcode, dst: instruction.destination, src: instruction.source,
        offset: isLong ? 0 : Int16(truncatingIfNeeded: distance),
        imm: isLong ? Int32(truncatingIfNeeded: distance) : instruction.immediate))
  }

  /// A helper by number, a function by label, `pc+3`, `local …`, `runtime …`, or a register.
  mutating func call() throws(AssemblyError) -> Parsed {
    if Self.isRegister(current) { return try callRegister() }
    if current.isWord("pc"), following.isSymbol("+") || following.isSymbol("-") {
      next()
      return try callLocal()
    }
    // Alone, each of these words is a label.
    let kind = following.kind == .endOfLine ? "" : current.text
    if ["local", "helper", "runtime"].contains(kind) { next() }
    switch kind {
    case "local": return try callLocal()
    case "helper": return try callNumber(source: 0, "a helper's number")
    case "runtime": return try callNumber(source: 2, "the BTF id of a helper")
    default: return isAtDistance ? try callNumber(source: 0, "a helper's number") : try callLocal()
    }
  }

  mutating func callRegister() throws(AssemblyError) -> Parsed {
    Parsed(Instruction(opcode: Opcode.callx, dst: try register(isNarrow: false)))
  }

  private mutating func callNumber(source: UInt8, _ what: String) throws(AssemblyError) -> Parsed {
    let id = Int32(truncatingIfNeeded: try number(what, in: Self.helpers))
    return Parsed(Instruction(opcode: Opcode.call, src: source, imm: id))
  }

  private mutating func callLocal() throws(AssemblyError) -> Parsed {
    guard isAtDistance else {
      return Parsed(Instruction(opcode: Opcode.call, src: 1), label: try label("a label, a number or a register"))
    }
    let distance = try number("a distance in slots", in: Self.distances)
    return Parsed(Instruction(opcode: Opcode.call, src: 1, imm: Int32(truncatingIfNeeded: distance)))
  }

  /// At a number that is no reference to a numbered label (`1f`, `2b`).
  private var isAtDistance: Bool { isAtNumber && !(current.kind == .number && current.isNumberedReference) }

  private mutating func label(_ expected: String) throws(AssemblyError) -> Token {
    let isName = current.kind == .word && !Self.isRegister(current) && !current.text.hasPrefix("%")
    guard isName || current.isNumberedReference else { throw unexpected(expected) }
    return next()
  }

  /// Disassemblers repeat the target as `<name+0x18>`.
  private mutating func skipAnnotation() {
    while !isAtEnd, !accept(">") { next() }
  }
}

extension Token {
  /// `1f` is the next label `1:`, `1b` the last one.
  var isNumberedReference: Bool {
    kind == .number && (text.hasSuffix("f") || text.hasSuffix("b")) && text.utf8.dropLast().allSatisfy(\.isDigit)
  }
}
