/// Relocation types of the eBPF ELF format, as LLVM numbers them.
enum RelocationType {
  /// LDDW: the 64-bit address of data, addend in the two immediates.
  static let address64: UInt32 = 1
  /// Data: an 8-byte address. Old compilers used the number for calls.
  static let absolute64: UInt32 = 2
  /// Data: a 4-byte address.
  static let absolute32: UInt32 = 3
  /// Data: as `absolute32`, for sections that a dynamic linker ignores.
  static let static32: UInt32 = 4
  /// CALL: the distance in slots to a function.
  static let call32: UInt32 = 10
}

extension Linker {
  /// Applies the relocations of every placed section; those of others (debug information, BTF) do not matter here.
  mutating func relocate() throws(LoadError) {
    for section in object.relocations.keys.sorted() {
      for relocation in object.relocations[section] ?? [] {
        if let start = textStart[section] {
          try relocateText(relocation, section, start)
        } else if let start = dataStart[section] {
          try relocateData(relocation, section, start)
        }
      }
    }
  }

  private mutating func relocateText(
    _ relocation: ELFObject.Relocation, _ section: Int, _ start: Int
  ) throws(LoadError) {
    let place = place(of: relocation, section)
    guard relocation.offset.isMultiple(of: 8), relocation.offset < UInt64(object.sections[section].size) else {
      throw LoadError(.malformedELF, "relocation outside of the section (\(place))")
    }
    let pc = start + Int(relocation.offset / 8)
    let symbol = try symbol(of: relocation, place)
    switch (relocation.type, Instruction(word: text[pc]).opcode) {
    case (RelocationType.call32, Opcode.call), (RelocationType.absolute64, Opcode.call):
      try linkCall(pc, symbol, place)
    case (RelocationType.address64, Opcode.lddw) where text.indices.contains(pc + 1):
      try linkAddress(pc, symbol, place)
    default:
      throw LoadError(
        .unsupportedRelocation, pc: pc,
        "unsupported relocation type \(relocation.type) for opcode \(hex(text[pc] & 0xff)) (\(place))")
    }
  }

  /// Target = symbol value + (immediate + 1) x 8: the compiler writes -1 for a function symbol, and the offset in
  /// the section for a section symbol.
  private mutating func linkCall(_ pc: Int, _ symbol: ELFObject.Symbol, _ place: String) throws(LoadError) {
    let call = Instruction(word: text[pc])
    if symbol.section == 0 {
      guard let number = helpers[symbol.name] else { throw unresolved(symbol, place) }
      text[pc] = Instruction(opcode: Opcode.call, imm: number).word
      return
    }
    guard let target = slot(of: symbol, addend: (Int64(call.immediate) + 1) * 8),
      let distance = Int32(exactly: target - pc - 1)
    else {
      throw LoadError(
        .unsupportedRelocation, pc: pc, "call to '\(symbol.name)', which is not in executable text (\(place))")
    }
    text[pc] = Instruction(opcode: Opcode.call, src: 1, imm: distance).word
  }

  private mutating func linkAddress(_ pc: Int, _ symbol: ELFObject.Symbol, _ place: String) throws(LoadError) {
    let (first, second) = (Instruction(word: text[pc]), Instruction(word: text[pc + 1]))
    let address = try address(of: symbol, place) &+ first.wideImmediate(next: second)
    text[pc] = first.word & 0xffff_ffff | address << 32
    text[pc + 1] = second.word & 0xffff_ffff | address & 0xffff_ffff_0000_0000
  }

  private mutating func relocateData(
    _ relocation: ELFObject.Relocation, _ section: Int, _ start: Int
  ) throws(LoadError) {
    let place = place(of: relocation, section)
    let isWide = relocation.type == RelocationType.absolute64
    guard isWide || relocation.type == RelocationType.absolute32 || relocation.type == RelocationType.static32 else {
      throw LoadError(.unsupportedRelocation, "unsupported relocation type \(relocation.type) (\(place))")
    }
    let width = isWide ? 8 : 4
    let size = object.sections[section].size
    guard size >= width, relocation.offset <= UInt64(size - width) else {
      throw LoadError(.malformedELF, "relocation outside of the section (\(place))")
    }
    let base = try address(of: try symbol(of: relocation, place), place)
    let at = start + Int(relocation.offset)
    var value: UInt64 = 0
    for byte in (0..<width).reversed() { value = value << 8 | UInt64(data[at + byte]) }
    value &+= base
    guard isWide || value <= UInt64(UInt32.max) else {
      throw LoadError(.unsupportedRelocation, "address \(hex(value)) does not fit in 4 bytes (\(place))")
    }
    for byte in 0..<width { data[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
  }

  private func symbol(of relocation: ELFObject.Relocation, _ place: String) throws(LoadError) -> ELFObject.Symbol {
    guard object.symbols.indices.contains(relocation.symbol) else {
      let count = object.symbols.count
      throw LoadError(.malformedELF, "relocation names symbol \(relocation.symbol) of \(count) (\(place))")
    }
    return object.symbols[relocation.symbol]
  }

  /// The guest address of a data symbol.
  private func address(of symbol: ELFObject.Symbol, _ place: String) throws(LoadError) -> UInt64 {
    if symbol.section == 0 { throw unresolved(symbol, place) }
    if let start = dataStart[symbol.section] { return dataBase &+ UInt64(start) &+ symbol.value }
    let reason = textStart[symbol.section] != nil ? "the address of a function" : "not in a data section"
    throw LoadError(.unsupportedRelocation, "'\(symbol.name)' is \(reason) (\(place))")
  }

  private func unresolved(_ symbol: ELFObject.Symbol, _ place: String) -> LoadError {
    LoadError(.unresolvedSymbol, "unresolved symbol '\(symbol.name)' (\(place))")
  }

  private func place(of relocation: ELFObject.Relocation, _ section: Int) -> String {
    "relocation at \(object.sections[section].name)+\(hex(relocation.offset))"
  }
}
