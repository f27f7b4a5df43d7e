/// Instructions as text in the syntax of clang's assembler, such as `r1 += 8` or `if w2 != 0 goto -4`.
///
/// Local calls, which that assembler spells with a label, read `call pc+5`; a word that is no instruction reads
/// `.quad 0x…`.
public enum Disassembler {
  /// - Parameter next: the following slot, which carries the upper half of an LDDW constant
  public static func text(of instruction: Instruction, next: Instruction? = nil) -> String {
    guard Verifier.isLegal(instruction, next: next ?? Instruction(word: 0)) else {
      return ".quad " + hex(instruction.word)
    }
    let traits = instruction.traits
    if traits.isLoad { return load(instruction) }
    if traits.isStore { return store(instruction) }
    if traits.isAtomic { return atomic(instruction) }
    if traits.isALU { return arithmetic(instruction) }
    if traits.isWide {
      let constant = instruction.wideImmediate(next: next ?? Instruction(word: 0))
      return "\(register(instruction.destination)) = \(hex(constant)) ll"
    }
    return jump(instruction)
  }

  /// One line for each instruction of a text: slot number, label where a function begins, text. The second slot of
  /// an LDDW has no line.
  public static func listing(of program: Program) -> [String] {
    let tails = Verifier.wideTails(program.text)
    let labels = Dictionary(program.functions.map { ($1, $0) }, uniquingKeysWith: min)
    var lines: [String] = []
    for pc in program.text.indices where !tails[pc] {
      if let label = labels[pc] { lines.append("\(label):") }
      let next = program.text.indices.contains(pc + 1) ? Instruction(word: program.text[pc + 1]) : nil
      let instruction = Instruction(word: program.text[pc])
      let isLocalCall = instruction.traits.isCall && instruction.source == 1
      let target = labels[pc + 1 + instruction.jumpDistance].flatMap { isLocalCall ? " <\($0)>" : nil } ?? ""
      lines.append("\(pc): \(text(of: instruction, next: next))\(target)")
    }
    return lines
  }

  private static func register(_ number: UInt8, narrow: Bool = false) -> String { "\(narrow ? "w" : "r")\(number)" }

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
    let (infix, name): (String, String) =
      switch instruction.immediate & ~AtomicOperation.fetch {
      case AtomicOperation.add: ("+=", "add")
      case AtomicOperation.or: ("|=", "or")
      case AtomicOperation.and: ("&=", "and")
      default: ("^=", "xor")
      }
    let width = narrow ? "32_32" : "_64"
    if AtomicOperation.isCompareExchange(instruction.immediate) {
      let r0 = register(0, narrow: narrow)
      return "\(r0) = cmpxchg\(width)(\(address), \(r0), \(source))"
    }
    if AtomicOperation.isExchange(instruction.immediate) { return "\(source) = xchg\(width)(\(address), \(source))" }
    let pointer = "(u\(narrow ? 32 : 64) *)(\(address))"
    return AtomicOperation.isFetch(instruction.immediate)
      ? "\(source) = atomic_fetch_\(name)(\(pointer), \(source))" : "lock *\(pointer) \(infix) \(source)"
  }

  private static func arithmetic(_ instruction: Instruction) -> String {
    let destination = register(instruction.destination, narrow: instruction.traits.is32)
    let signed = instruction.offset == 1 ? "s" : ""
    let infix: String
    switch instruction.opcode >> 4 {
    case 0x0: infix = "+="
    case 0x1: infix = "-="
    case 0x2: infix = "*="
    case 0x3: infix = "\(signed)/="
    case 0x4: infix = "|="
    case 0x5: infix = "&="
    case 0x6: infix = "<<="
    case 0x7: infix = ">>="
    case 0x8: return "\(destination) = -\(destination)"
    case 0x9: infix = "\(signed)%="
    case 0xa: infix = "^="
    case 0xb where instruction.offset != 0:
      return "\(destination) = (s\(instruction.offset))\(operand(instruction))"
    case 0xb: infix = "="
    case 0xc: infix = "s>>="
    default: return byteSwap(instruction)
    }
    return "\(destination) \(infix) \(operand(instruction))"
  }

  private static func byteSwap(_ instruction: Instruction) -> String {
    let name = instruction.opcode == 0xd4 ? "le" : instruction.opcode == 0xdc ? "be" : "bswap"
    let destination = register(instruction.destination)
    return "\(destination) = \(name)\(instruction.immediate) \(destination)"
  }

  private static func jump(_ instruction: Instruction) -> String {
    switch instruction.opcode {
    case Opcode.ja: return "goto \(distance(instruction.offset))"
    case Opcode.ja32: return "gotol \(distance(instruction.immediate))"
    case Opcode.exit: return "exit"
    case Opcode.call:
      return instruction.source == 1
        ? "call pc\(distance(instruction.immediate))" : "call \(instruction.immediate)"
    default:
      let narrow = instruction.traits.is32
      let comparison = comparisons[Int(instruction.opcode >> 4)]
      let left = register(instruction.destination, narrow: narrow)
      return "if \(left) \(comparison) \(operand(instruction)) goto \(distance(instruction.offset))"
    }
  }

  /// By field `code` of a conditional jump.
  private static let comparisons = ["", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<="]

  private static func distance<T: SignedInteger>(_ slots: T) -> String { slots < 0 ? "\(slots)" : "+\(slots)" }
}
