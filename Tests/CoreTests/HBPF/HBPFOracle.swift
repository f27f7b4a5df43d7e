import EBPF

@testable import Device

/// hBPF's published cycles per operation, written down once more from its table: with CSR-mapped and with plain RAM.
struct HBPFOracle {
  let ram: HBPFMemory

  /// Total ticks of a run: one to start, those of the instructions, one to stop.
  func ticks(_ retired: [CommitRecord]) -> UInt64 {
    var ticks: UInt64 = 2
    for (i, record) in retired.enumerated() {
      ticks += cycles(Instruction(word: record.instruction), record, isLast: i == retired.count - 1)
    }
    return ticks
  }

  private func cycles(_ instruction: Instruction, _ record: CommitRecord, isLast: Bool) -> UInt64 {
    let isPlain = ram == .plain
    switch instruction.opcode {
    case 0x61, 0x69, 0x71, 0x79, 0x81, 0x89, 0x91: return isPlain ? 6 : 14
    case 0x72, 0x73: return isPlain ? 8 : 16
    case 0x6a, 0x6b: return isPlain ? 9 : 17
    case 0x62, 0x63: return isPlain ? 11 : 19
    case 0x7a, 0x7b: return isPlain ? 15 : 23
    case 0x34, 0x37, 0x3c, 0x3f, 0x94, 0x97, 0x9c, 0x9f: return 68
    case 0x64, 0x67, 0x6c, 0x6f, 0x74, 0x77, 0x7c, 0x7f, 0xc4, 0xc7, 0xcc, 0xcf: return 4
    case 0x18: return 2
    // Beyond hBPF: an atomic is a load and a store; a return is a jump; a helper of one cycle and its ports.
    case 0xc3: return isPlain ? 6 + 11 : 14 + 19
    case 0xdb: return isPlain ? 6 + 15 : 14 + 23
    case 0x85 where record.writes[0].register == 0, 0x8d where record.writes[0].register == 0: return 2 + 2
    case 0x95: return isLast ? 1 : 2
    default: return [5, 6].contains(instruction.opcode & 7) ? 2 : 1
    }
  }
}
