/// Instructions that can be written although ``Verifier`` refuses them.
extension Disassembler {
  /// The text of CALLX, a legacy packet load, an LDDW of a map, variable or function, or a call by BTF id, with all
  /// reserved fields zero; nil for all others.
  static func unsupported(_ instruction: Instruction, next: Instruction) -> String? {
    let (destination, source) = (instruction.destination, instruction.source)
    guard instruction.offset == 0, destination <= 10, source <= 10 else { return nil }
    switch instruction.opcode {
    case Opcode.callx where source == 0 && instruction.immediate == 0: return "callx \(register(destination))"
    case 0x20, 0x28, 0x30: return destination == 0 && source == 0 ? packet(instruction, "") : nil
    case 0x40, 0x48, 0x50: return destination == 0 ? packet(instruction, register(source)) : nil
    case Opcode.lddw where (1...6).contains(source) && next.word & 0xffff_ffff == 0:
      let lower = instruction.immediate
      return "ld_pseudo \(register(destination)), \(source), \(lower), \(next.immediate)"
    case Opcode.call where source == 2 && destination == 0 && instruction.immediate >= 0:
      return "call runtime \(instruction.immediate)"
    default: return nil
    }
  }

  /// `skb[14]`, `skb[r2]` or `skb[r2 + 4]` (RFC 9669 section 5.5).
  private static func packet(_ instruction: Instruction, _ base: String) -> String {
    let offset = instruction.immediate
    let size = [32, 16, 8][Int(instruction.opcode >> 3 & 3)]
    let index =
      switch (base, offset) {
      case ("", _): "\(offset)"
      case (_, 0): base
      default: "\(base) \(offset < 0 ? "-" : "+") \(offset.magnitude)"
      }
    return "r0 = *(u\(size) *)skb[\(index)]"
  }
}
