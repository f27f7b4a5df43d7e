/// uBPF's syntax: a mnemonic and its operands. Its registers are r0...r10 in operations of 32 bits too.
extension LineParser {
  mutating func operands(of mnemonic: Mnemonic) throws(AssemblyError) -> Parsed {
    switch mnemonic {
    case .arithmetic(let operation, let isNarrow):
      let destination = try wholeRegister()
      try expect(",")
      return arithmetic(operation, destination, try operand(isNarrow: false), isNarrow: isNarrow)
    case .negate(let isNarrow): return negation(Register(number: try wholeRegister(), isNarrow: isNarrow))
    case .signExtend(let width, let isNarrow):
      let destination = Register(number: try wholeRegister(), isNarrow: isNarrow)
      try expect(",")
      return signExtension(destination, from: try wholeRegister(), width: width)
    case .swap(let swap):
      return Parsed(Instruction(opcode: swap.opcode, dst: try wholeRegister(), imm: swap.width))
    case .load(let opcode): return try load(opcode)
    case .storeImmediate(let opcode):
      let place = try storeAddress()
      return Parsed(Instruction(opcode: opcode, dst: place.base, offset: place.offset, imm: try immediate()))
    case .storeRegister(let opcode):
      let place = try storeAddress()
      return Parsed(Instruction(opcode: opcode, dst: place.base, src: try wholeRegister(), offset: place.offset))
    case .wide: return try loadWide()
    case .pseudo: return try loadPseudo()
    case .jump(let opcode): return try jump(Instruction(opcode: opcode))
    case .branch(let comparison, let isNarrow): return try branch(comparison, isNarrow: isNarrow)
    case .conditional: return try conditional()
    case .lock: return current.isSymbol("*") ? try lockedStore() : try locked()
    case .call: return try call()
    case .callRegister: return try callRegister()
    case .exit: return Parsed(Instruction(opcode: Opcode.exit))
    }
  }

  private mutating func wholeRegister() throws(AssemblyError) -> UInt8 { try register(isNarrow: false) }

  private mutating func load(_ opcode: UInt8) throws(AssemblyError) -> Parsed {
    let destination = try wholeRegister()
    try expect(",")
    let address = try address("[", "]")
    return Parsed(Instruction(opcode: opcode, dst: destination, src: address.base, offset: address.offset))
  }

  private mutating func storeAddress() throws(AssemblyError) -> Address {
    let address = try address("[", "]")
    try expect(",")
    return address
  }

  private mutating func loadWide() throws(AssemblyError) -> Parsed {
    let destination = try wholeRegister()
    try expect(",")
    return wide(destination, try number("a constant", in: Self.wideImmediates))
  }

  /// `ld_pseudo r1, 2, 3, 4`: LDDW with source 2, the immediates 3 and 4 (RFC 9669 section 5.4, table 12).
  private mutating func loadPseudo() throws(AssemblyError) -> Parsed {
    let destination = try wholeRegister()
    try expect(",")
    let source = UInt8(truncatingIfNeeded: try number("a kind of LDDW", in: 0...6))
    try expect(",")
    let lower = try immediate()
    let upper = accept(",") ? try immediate() : 0
    return Parsed(Instruction(opcode: Opcode.lddw, dst: destination, src: source, imm: lower), upper: upper)
  }

  private mutating func branch(_ comparison: Operator, isNarrow: Bool) throws(AssemblyError) -> Parsed {
    let left = try wholeRegister()
    try expect(",")
    let right = try operand(isNarrow: false)
    try expect(",")
    return try branch(comparison, left, right, isNarrow: isNarrow)
  }

  /// `lock fetch_add32 [%r1+8], %r2`, the first word already read; `fetch add` is as good.
  private mutating func locked() throws(AssemblyError) -> Parsed {
    var name = current.text
    if current.isWord("fetch"), following.kind == .word {
      next()
      name = "fetch_" + current.text
    }
    let isNarrow = name.hasSuffix("32")
    if isNarrow || name.hasSuffix("64") { name.removeLast(2) }
    guard let operation = Self.lockedOperations[name] else {
      let names = Self.lockedOperations.keys.sorted().joined(separator: ", ")
      throw unexpected("an atomic operation: \(names), with or without 32")
    }
    next()
    let address = try address("[", "]")
    try expect(",")
    return atomic(operation, address, try wholeRegister(), isNarrow: isNarrow)
  }

  private static let lockedOperations: [String: Int32] = {
    var table = ["xchg": AtomicOperation.exchange, "cmpxchg": AtomicOperation.compareExchange]
    for atomic in AtomicOperator.all {
      table[atomic.name] = atomic.operation
      table["fetch_" + atomic.name] = atomic.operation | AtomicOperation.fetch
    }
    return table
  }()
}
