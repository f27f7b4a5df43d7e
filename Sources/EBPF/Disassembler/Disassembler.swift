/// Instructions as text in the syntax of clang's assembler, such as `r1 += 8` or `if w2 != 0 goto -4`;
/// ``Assembler`` makes the same slots of it.
///
/// Local calls, which that assembler spells with a label, read `call pc+5`; a word that is no instruction reads
/// `.8byte 0x…`.
public enum Disassembler {
  /// - Parameters:
  ///   - next: the following slot, which carries the upper half of an LDDW constant
  ///   - label: what to write for the target of a jump or local call, instead of the distance
  public static func text(of instruction: Instruction, next: Instruction? = nil, label: String? = nil) -> String {
    if let text = unsupported(instruction, next: next ?? Instruction(word: 0)) { return text }
    guard Verifier.isLegal(instruction, next: next ?? Instruction(word: 0)) else { return raw(instruction) }
    let traits = instruction.traits
    if traits.isLoad { return load(instruction) }
    if traits.isStore { return store(instruction) }
    if traits.isAtomic { return atomic(instruction) }
    if traits.isALU { return arithmetic(instruction) }
    if traits.isWide {
      let constant = instruction.wideImmediate(next: next ?? Instruction(word: 0))
      return "\(register(instruction.destination)) = \(hex(constant)) ll"
    }
    return jump(instruction, label)
  }

  /// A slot as a number.
  static func raw(_ instruction: Instruction) -> String { ".8byte " + hex(instruction.word) }

  static func register(_ number: UInt8, narrow: Bool = false) -> String { "\(narrow ? "w" : "r")\(number)" }

  /// The second operand: register or immediate.
  private static func operand(_ instruction: Instruction) -> String {
    instruction.traits.usesImmediate
      ? "\(instruction.immediate)" : register(instruction.source, narrow: instruction.traits.is32)
  }

  private static func address(_ base: UInt8, _ offset: Int16) -> String {
    "\(register(base)) \(offset < 0 ? "-" : "+") \(offset.magnitude)"
  }

  private static func load(_ instruction: Instruction) -> String {
    let type = "\(instruction.traits.isSignedLoad ? "s" : "u")\(instruction.traits.accessSize * 8)"
    let address = address(instruction.source, instruction.offset)
    return "\(register(instruction.destination)) = *(\(type) *)(\(address))"
  }

  private static func store(_ instruction: Instruction) -> String {
    let address = address(instruction.destination, instruction.offset)
    return "*(u\(instruction.traits.accessSize * 8) *)(\(address)) = \(operand(instruction))"
  }

  private static func atomic(_ instruction: Instruction) -> String {
    let narrow = instruction.opcode == Opcode.atomic32
    let address = address(instruction.destination, instruction.offset)
    let source = register(instruction.source, narrow: narrow)
    let width = narrow ? "32_32" : "_64"
    if AtomicOperation.isCompareExchange(instruction.immediate) {
      let r0 = register(0, narrow: narrow)
      return "\(r0) = cmpxchg\(width)(\(address), \(r0), \(source))"
    }
    if AtomicOperation.isExchange(instruction.immediate) { return "\(source) = xchg\(width)(\(address), \(source))" }
    let pointer = "(u\(narrow ? 32 : 64) *)(\(address))"
    let operation = AtomicOperator.all.first { $0.operation == instruction.immediate & ~AtomicOperation.fetch }
    guard let operation else { return raw(instruction) }
    return AtomicOperation.isFetch(instruction.immediate)
      ? "\(source) = atomic_fetch_\(operation.name)(\(pointer), \(source))"
      : "lock *\(pointer) \(operation.symbol) \(source)"
  }

  private static func arithmetic(_ instruction: Instruction) -> String {
    let destination = register(instruction.destination, narrow: instruction.traits.is32)
    let code = instruction.opcode >> 4
    if code == 0x8 { return "\(destination) = -\(destination)" }
    if let swap = ByteSwap.all.first(where: { $0.opcode == instruction.opcode && $0.width == instruction.immediate }) {
      return "\(register(instruction.destination)) = \(swap.name) \(register(instruction.destination))"
    }
    if code == Operator.move.code, instruction.offset != 0 {
      return "\(destination) = (s\(instruction.offset))\(operand(instruction))"
    }
    let operation = Operator.arithmetic.first { $0.code == code && $0.offset == instruction.offset }
    return operation.map { "\(destination) \($0.symbol) \(operand(instruction))" } ?? raw(instruction)
  }

  private static func jump(_ instruction: Instruction, _ label: String?) -> String {
    let target = label ?? distance(instruction.jumpDistance)
    switch instruction.opcode {
    case Opcode.ja: return "goto \(target)"
    case Opcode.ja32: return "gotol \(target)"
    case Opcode.exit: return "exit"
    case Opcode.call where instruction.source == 0: return "call \(instruction.immediate)"
    case Opcode.call: return "call \(label ?? "pc" + target)"
    default:
      let left = register(instruction.destination, narrow: instruction.traits.is32)
      let comparison = Operator.comparisons.first { $0.code == instruction.opcode >> 4 }
      return comparison.map { "if \(left) \($0.symbol) \(operand(instruction)) goto \(target)" } ?? raw(instruction)
    }
  }

  private static func distance(_ slots: Int) -> String { slots < 0 ? "\(slots)" : "+\(slots)" }
}
