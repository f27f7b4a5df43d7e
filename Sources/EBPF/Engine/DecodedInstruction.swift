/// An instruction with its fields unpacked and everything that can be known before the run settled: the constant
/// widened, the target absolute, illegal slots replaced. 16 bytes.
struct DecodedInstruction {
  /// Stands for a slot that the verifier would refuse. No eBPF instruction has this opcode: it is that of the second
  /// slot of an LDDW.
  static let invalid: UInt8 = 0x00
  /// Stands in for the instruction at a breakpoint while ``FunctionalEngine/resume(_:stack:instructions:breakpoint:)``
  /// runs.
  static let breakpoint: UInt8 = 0x01
  /// Stands behind the last slot, where every target outside of the text leads.
  static let endOfText: UInt8 = 0xff

  var opcode: UInt8
  var destination: UInt8
  var source: UInt8
  /// The second operand is a register.
  var hasRegisterOperand: Bool
  /// Jumps and local calls: the target slot. Everything else: the offset field.
  var offset: Int32
  /// The sign-extended immediate; of LDDW, the whole constant.
  var constant: UInt64

  /// One entry per slot and one for the end of the text. Any words are accepted.
  static func decode(_ text: [UInt64]) -> [DecodedInstruction] {
    var decoded = text.indices.map { pc in
      let instruction = Instruction(word: text[pc])
      let next = text.indices.contains(pc + 1) ? Instruction(word: text[pc + 1]) : nil
      return Verifier.isLegal(instruction, next: next)
        ? DecodedInstruction(instruction, next: next, pc: pc, count: text.count)
        : DecodedInstruction(pseudo: invalid)
    }
    decoded.append(DecodedInstruction(pseudo: endOfText))
    return decoded
  }

  init(pseudo opcode: UInt8) {
    (self.opcode, destination, source, hasRegisterOperand, offset, constant) = (opcode, 0, 0, false, 0, 0)
  }

  private init(_ instruction: Instruction, next: Instruction?, pc: Int, count: Int) {
    let traits = instruction.traits
    opcode = instruction.opcode
    destination = instruction.destination
    source = instruction.source
    hasRegisterOperand = traits.readsSource
    if traits.isBranch || traits.isJump || (traits.isCall && source == 1) {
      let target = pc + 1 + instruction.jumpDistance
      offset = Int32(clamping: (0..<count).contains(target) ? target : count)
    } else {
      offset = Int32(instruction.offset)
    }
    constant = instruction.signExtendedImmediate
    if traits.isWide, let next { constant = instruction.wideImmediate(next: next) }
  }
}
