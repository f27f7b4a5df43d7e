/// What the first word of an instruction asks for: all of uBPF's syntax, and the words that clang's begins with.
enum Mnemonic {
  case arithmetic(Operator, isNarrow: Bool)
  case negate(isNarrow: Bool)
  case signExtend(width: Int16, isNarrow: Bool)
  case swap(ByteSwap)
  case load(opcode: UInt8)
  case storeImmediate(opcode: UInt8)
  case storeRegister(opcode: UInt8)
  case wide, pseudo
  case jump(opcode: UInt8)
  case branch(Operator, isNarrow: Bool)
  case conditional, lock
  case call, callRegister, exit

  static let names = table.keys.sorted()

  static let table: [String: Mnemonic] = {
    var table: [String: Mnemonic] = [
      "lddw": .wide, "ld_pseudo": .pseudo, "if": .conditional, "lock": .lock, "call": .call, "callx": .callRegister,
      "exit": .exit, "ja": .jump(opcode: Opcode.ja), "goto": .jump(opcode: Opcode.ja),
      "ja32": .jump(opcode: Opcode.ja32), "gotol": .jump(opcode: Opcode.ja32),
    ]
    table.merge(arithmetic) { $1 }
    table.merge(memory) { $1 }
    for comparison in Operator.comparisons {
      table[comparison.mnemonic] = .branch(comparison, isNarrow: false)
      table[comparison.mnemonic + "32"] = .branch(comparison, isNarrow: true)
    }
    return table
  }()

  private static let arithmetic: [String: Mnemonic] = {
    var table: [String: Mnemonic] = [:]
    for (suffix, isNarrow) in [("", false), ("64", false), ("32", true)] {
      for operation in Operator.arithmetic {
        table[operation.mnemonic + suffix] = .arithmetic(operation, isNarrow: isNarrow)
      }
      table["neg" + suffix] = .negate(isNarrow: isNarrow)
    }
    for width: Int16 in [8, 16, 32] {
      table["movsx\(width)64"] = .signExtend(width: width, isNarrow: false)
      if width < 32 { table["movsx\(width)32"] = .signExtend(width: width, isNarrow: true) }
    }
    for swap in ByteSwap.all {
      table[swap.name] = .swap(swap)
      if swap.name.hasPrefix("bswap") { table[String(swap.name.dropFirst())] = .swap(swap) }
    }
    return table
  }()

  private static let memory: [String: Mnemonic] = {
    var table: [String: Mnemonic] = [:]
    let suffixes: [(LineParser.Size, String)] = [(.byte, "b"), (.half, "h"), (.word, "w"), (.double, "dw")]
    for (size, suffix) in suffixes {
      let opcode = LineParser.Mode.memory | size.rawValue
      table["ldx" + suffix] = .load(opcode: opcode | InstructionClass.ldx.rawValue)
      table["st" + suffix] = .storeImmediate(opcode: opcode | InstructionClass.st.rawValue)
      table["stx" + suffix] = .storeRegister(opcode: opcode | InstructionClass.stx.rawValue)
      guard size != .double else { continue }
      let signed = LineParser.Mode.signed | size.rawValue | InstructionClass.ldx.rawValue
      table["ldxs" + suffix] = .load(opcode: signed)
      table["ldx\(suffix)sx"] = .load(opcode: signed)
    }
    return table
  }()
}
