/// The checks that need one instruction only (RFC 9669 sections 3 to 5: unused fields are zero).
extension Verifier {
  struct Problem {
    let code: LoadError.Code
    let text: String
  }

  /// Whether the instruction is legal by itself, wherever it stands: for cores that run text nobody verified.
  /// - Parameter next: the slot after it, nil at the end of the text
  public static func isLegal(_ instruction: Instruction, next: Instruction?) -> Bool {
    problem(instruction, next: next) == nil
  }

  /// What makes the instruction illegal by itself, or nil. `next` is the slot after it, nil at the end of the text.
  static func problem(_ instruction: Instruction, next: Instruction?) -> Problem? {
    guard instruction.traits.isValid else { return opcodeProblem(instruction.opcode) }
    return registerProblem(instruction) ?? offsetProblem(instruction) ?? immediateProblem(instruction)
      ?? selectorProblem(instruction, next)
  }

  private static func opcodeProblem(_ opcode: UInt8) -> Problem {
    switch opcode {
    case 0x20, 0x28, 0x30, 0x40, 0x48, 0x50:
      unavailable("legacy packet access (opcode \(hex(opcode)))", needs: "a packet")
    default: Problem(code: .unknownOpcode, text: "unknown opcode \(hex(opcode))")
    }
  }

  private static func registerProblem(_ instruction: Instruction) -> Problem? {
    let traits = instruction.traits
    let usesDestination = traits.readsDestination || traits.writesDestination
    let isSelector = traits.isWide || (traits.isCall && !traits.isIndirect)
    if instruction.destination > 10 {
      return Problem(code: .badRegister, text: "destination register r\(instruction.destination), expected r0...r10")
    }
    if !usesDestination, instruction.destination != 0 { return reserved("destination", Int(instruction.destination)) }
    if traits.writesDestination, instruction.destination == 10 {
      return Problem(code: .badRegister, text: "write to r10, the read-only frame pointer")
    }
    if traits.readsSource, instruction.source > 10 {
      return Problem(code: .badRegister, text: "source register r\(instruction.source), expected r0...r10")
    }
    if traits.isAtomic, instruction.source == 10, AtomicOperation.isFetch(instruction.immediate),
      !AtomicOperation.isCompareExchange(instruction.immediate)
    {
      return Problem(code: .badRegister, text: "atomic fetch into r10, the read-only frame pointer")
    }
    return traits.readsSource || isSelector || instruction.source == 0
      ? nil : reserved("source", Int(instruction.source))
  }

  private static func offsetProblem(_ instruction: Instruction) -> Problem? {
    let (traits, offset) = (instruction.traits, instruction.offset)
    if traits.isMemoryAccess || traits.isBranch || instruction.opcode == Opcode.ja || offset == 0 { return nil }
    if traits.isDivide {
      return offset == 1 ? nil : reserved("offset", Int(offset), expected: "0 (unsigned) or 1 (signed)")
    }
    switch (instruction.opcode, offset) {
    case (0xbc, 8), (0xbc, 16), (0xbf, 8), (0xbf, 16), (0xbf, 32): return nil
    case (0xbc, _): return reserved("offset", Int(offset), expected: "0, 8 or 16 (sign extension)")
    case (0xbf, _): return reserved("offset", Int(offset), expected: "0, 8, 16 or 32 (sign extension)")
    default: return reserved("offset", Int(offset))
    }
  }

  private static func immediateProblem(_ instruction: Instruction) -> Problem? {
    let (traits, immediate) = (instruction.traits, instruction.immediate)
    switch instruction.opcode {
    case 0xd4, 0xdc, 0xd7:
      return [16, 32, 64].contains(immediate)
        ? nil : Problem(code: .badImmediate, text: "byte swap of \(immediate) bits, expected 16, 32 or 64")
    case Opcode.atomic32, Opcode.atomic64:
      return AtomicOperation.isValid(immediate)
        ? nil : Problem(code: .badImmediate, text: "unknown atomic operation \(hex(immediate))")
    case Opcode.call:
      return instruction.source != 0 || immediate >= 0
        ? nil : Problem(code: .badImmediate, text: "helper number \(immediate), expected 0 or more")
    case Opcode.lddw, Opcode.ja32: return nil
    default: return traits.usesImmediate || immediate == 0 ? nil : reserved("immediate", Int(immediate))
    }
  }

  /// The source field as selector: LDDW (section 5.4) and CALL (section 4.3.1).
  private static func selectorProblem(_ instruction: Instruction, _ next: Instruction?) -> Problem? {
    if instruction.opcode == Opcode.lddw { return wideProblem(instruction, next) }
    guard instruction.opcode == Opcode.call, instruction.source > 1 else { return nil }
    return instruction.source == 2
      ? unavailable("call to a helper by BTF id", needs: "a kernel's type information")
      : Problem(
        code: .unsupportedInstruction,
        text: "call of kind \(instruction.source) is not defined, expected 0 (helper) or 1 (local)")
  }

  private static func wideProblem(_ instruction: Instruction, _ next: Instruction?) -> Problem? {
    if instruction.source != 0 { return wideSelectorProblem(instruction.source) }
    guard let next else { return Problem(code: .incompleteWide, text: "lddw is cut short by the end of the text") }
    return next.word & 0xffff_ffff == 0
      ? nil : Problem(code: .incompleteWide, text: "the second slot of lddw has non-zero fields beside its immediate")
  }

  /// What LDDW may load beside a constant: objects of the platform (section 5.4, table 12).
  private static func wideSelectorProblem(_ source: UInt8) -> Problem {
    switch source {
    case 1, 5: unavailable("lddw of a map (source \(source))", needs: "a map")
    case 2, 6: unavailable("lddw of a map value (source \(source))", needs: "a map")
    case 3: unavailable("lddw of a variable (source 3)", needs: "a platform variable")
    case 4: unavailable("lddw of a function (source 4)", needs: "a kernel's loader")
    default:
      Problem(code: .unsupportedInstruction, text: "lddw of kind \(source) is not defined, expected 0 (constant)")
    }
  }

  private static func unavailable(_ what: String, needs object: String) -> Problem {
    Problem(code: .unsupportedInstruction, text: "\(what) needs \(object), which no scenario provides")
  }

  private static func reserved(_ field: String, _ value: Int, expected: String = "0 (reserved)") -> Problem {
    Problem(code: .reservedField, text: "\(field) \(value), expected \(expected)")
  }
}
