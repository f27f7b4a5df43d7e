import EBPF

/// The encodings that the machine executes, each with a name: an opcode with the fields that select an operation.
enum Encodings {
  /// In the order of opcodes.
  static var names: [String] { all.map(\.name) }

  static func names(where trait: KeyPath<OpcodeTraits, Bool>) -> [String] {
    all.filter { OpcodeTraits.table[Int($0.opcode)][keyPath: trait] }.map(\.name)
  }

  /// The place in `names` of what `instruction` is; nil for what the machine does not execute.
  static func place(of instruction: Instruction) -> Int? {
    let place = places[Int(instruction.opcode) << 4 | variant(of: instruction)]
    return place < 0 ? nil : Int(place)
  }

  private struct Encoding {
    let opcode: UInt8
    let variant: Int
    let name: String
  }

  private static let all: [Encoding] = (0...255).flatMap { opcode in encodings(UInt8(opcode)) }

  /// By opcode and variant.
  private static let places: [Int16] = all.enumerated().reduce(into: Array(repeating: -1, count: 256 << 4)) {
    $0[Int($1.element.opcode) << 4 | $1.element.variant] = Int16($1.offset)
  }

  private static let extensions: [Int16] = [0, 8, 16, 32]
  private static let widths: [Int32] = [16, 32, 64]
  private static let atomics: [(operation: Int32, name: String)] = [
    (0x00, "add"), (0x01, "fetch_add"), (0x40, "or"), (0x41, "fetch_or"), (0x50, "and"), (0x51, "fetch_and"),
    (0xa0, "xor"), (0xa1, "fetch_xor"), (0xe1, "xchg"), (0xf1, "cmpxchg"),
  ]
  private static let operators = [
    "add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor", "mov", "arsh",
  ]
  private static let comparisons = ["", "eq", "gt", "ge", "set", "ne", "sgt", "sge", "", "", "lt", "le", "slt", "sle"]

  /// 15 stands for what no encoding has.
  private static func variant(of instruction: Instruction) -> Int {
    let traits = instruction.traits, code = instruction.opcode >> 4
    if traits.isAtomic { return atomics.firstIndex { $0.operation == instruction.immediate } ?? 15 }
    if traits.isALU && code == 0xd { return widths.firstIndex(of: instruction.immediate) ?? 15 }
    if traits.isALU && code == 0xb { return extensions.firstIndex(of: instruction.offset) ?? 15 }
    if traits.isDivide { return (0...1).contains(instruction.offset) ? Int(instruction.offset) : 15 }
    if instruction.opcode == Opcode.call || traits.isWide { return Int(instruction.source) }
    return 0
  }

  private static func encodings(_ opcode: UInt8) -> [Encoding] {
    let traits = OpcodeTraits.table[Int(opcode)]
    guard traits.isValid else { return [] }
    return names(opcode, traits).enumerated().map { Encoding(opcode: opcode, variant: $0, name: $1) }
  }

  /// The names of an opcode's variants.
  private static func names(_ opcode: UInt8, _ traits: OpcodeTraits) -> [String] {
    let size = [1: "b", 2: "h", 4: "w", 8: "dw"][traits.accessSize] ?? ""
    let width = traits.is32 ? "32" : "64", source = traits.usesImmediate ? "imm" : "reg"
    if traits.isLoad { return [traits.isSignedLoad ? "ldxs\(size)" : "ldx\(size)"] }
    if traits.isStore { return [traits.usesImmediate ? "st\(size) imm" : "stx\(size) reg"] }
    if traits.isAtomic { return atomics.map { "\($0.name)\(8 * traits.accessSize) atomic" } }
    if traits.isALU { return arithmetic(opcode, width, source) }
    if traits.isBranch { return ["j\(comparisons[Int(opcode >> 4)])\(width) \(source)"] }
    switch opcode {
    case Opcode.lddw: return ["lddw imm"]
    case Opcode.ja: return ["ja"]
    case Opcode.ja32: return ["ja32"]
    case Opcode.call: return ["call helper", "call local"]
    case Opcode.callx: return ["callx reg"]
    default: return ["exit"]
    }
  }

  private static func arithmetic(_ opcode: UInt8, _ width: String, _ source: String) -> [String] {
    let code = Int(opcode >> 4)
    switch code {
    case 0x8: return ["neg\(width)"]
    case 0xd:
      let kind = width == "64" ? "bswap" : opcode & Opcode.sourceBit != 0 ? "be" : "le"
      return widths.map { "\(kind)\($0)" }
    case 0xb where source == "reg":
      let narrower = extensions.dropFirst().filter { "\($0)" != width }
      return ["mov\(width) reg"] + narrower.map { "movsx\(width) \($0) reg" }
    case 0x3, 0x9:
      let name = operators[code]
      return ["\(name)\(width) \(source)", "s\(name)\(width) \(source)"]
    default: return ["\(operators[code])\(width) \(source)"]
    }
  }
}
