/// Relocation types of the eBPF ELF format: names and numbers of LLVM, and those that other assemblers have used.
enum RelocationType {
  /// R_BPF_64_64: the 64-bit constant of LDDW; in data, an 8-byte address of LLVM before version 13.
  static let address64: UInt32 = 1
  /// R_BPF_64_ABS64: an 8-byte address in data. Old compilers used the number for calls.
  static let absolute64: UInt32 = 2
  /// R_BPF_64_ABS32: a 4-byte address in data.
  static let absolute32: UInt32 = 3
  /// R_BPF_64_NODYLD32: as `absolute32`, for sections that a dynamic linker ignores.
  static let static32: UInt32 = 4
  /// R_BPF_64_32: the distance of CALL in slots; in data, a 4-byte address of LLVM before version 13.
  static let call32: UInt32 = 10
  /// R_BPF_DATA_32 and R_BPF_DATA_64 of early GNU as: 4-byte and 8-byte addresses in data.
  static let gnuData32: UInt32 = 11
  static let gnuData64: UInt32 = 12

  /// Bytes of the address in data that the type asks for; nil when it does not belong there.
  static func width(inData type: UInt32) -> Int? {
    switch type {
    case address64, absolute64, gnuData64: 8
    case absolute32, static32, call32, gnuData32: 4
    default: nil
    }
  }
}

extension Linker {
  /// What a relocation changes. Its value, before, is the addend.
  private enum Field {
    /// The immediate of the CALL at a slot, counted from the slot behind it.
    case call(Int)
    /// The constant of the LDDW at a slot.
    case wide(Int)
    /// Little-endian bytes at an offset in `data`.
    case bytes(Int, width: Int)
  }

  /// A relocation of a placed section.
  private struct Site {
    var field: Field
    var symbol: ELFObject.Symbol
    var section: Int
    var offset: UInt64
  }

  /// Applies the relocations of the placed sections; those of others (debug information, BTF) do not matter here.
  mutating func relocate() throws(LoadError) {
    var sites: [Site] = []
    for section in object.relocations.keys.sorted() where textStart[section] != nil || dataStart[section] != nil {
      for relocation in object.relocations[section] ?? [] { sites.append(try site(of: relocation, section)) }
    }
    let symbolsAreAdded = object.isByEarlyGNUAssembler && sites.allSatisfy(holdsSymbol)
    for site in sites {
      let addend = value(of: site.field) &- (symbolsAreAdded ? Self.valueInPlace(site.symbol) : 0)
      switch site.field {
      case .call(let pc): try link(pc, site, addend)
      case .wide(let pc): setConstant(pc, try address(of: site, addend))
      case .bytes(let at, let width): try setBytes(at, width, try address(of: site, addend), site)
      }
    }
  }

  /// Early GNU as leaves symbol value + addend where the ELF format wants the addend alone, and nothing in the object
  /// says so. One that looks like its work is taken for it unless a place holds less than the value of its symbol.
  private func holdsSymbol(_ site: Site) -> Bool { value(of: site.field) >= Self.valueInPlace(site.symbol) }

  /// Common and undefined symbols have no value yet when GNU as adds it.
  private static func valueInPlace(_ symbol: ELFObject.Symbol) -> Int64 {
    symbol.isCommon || symbol.isUndefined ? 0 : Int64(bitPattern: symbol.value)
  }

  private func place(_ section: Int, _ offset: UInt64) -> String {
    "relocation at \(object.sections[section].name)+\(hex(offset))"
  }

  private func place(of site: Site) -> String { place(site.section, site.offset) }
}

/// What the relocations change.
extension Linker {
  private func site(of relocation: ELFObject.Relocation, _ section: Int) throws(LoadError) -> Site {
    let field = try field(of: relocation, section)
    guard object.symbols.indices.contains(relocation.symbol) else {
      let (count, place) = (object.symbols.count, place(section, relocation.offset))
      throw LoadError(.malformedELF, "relocation names symbol \(relocation.symbol) of \(count) (\(place))")
    }
    let symbol = object.symbols[relocation.symbol]
    return Site(field: field, symbol: symbol, section: section, offset: relocation.offset)
  }

  private func field(of relocation: ELFObject.Relocation, _ section: Int) throws(LoadError) -> Field {
    if let start = textStart[section] { return try textField(relocation, section, start) }
    guard let start = dataStart[section], let width = RelocationType.width(inData: relocation.type) else {
      let place = place(section, relocation.offset)
      throw LoadError(.unsupportedRelocation, "unsupported relocation type \(relocation.type) (\(place))")
    }
    return .bytes(start + (try offset(of: relocation, section, width)), width: width)
  }

  private func textField(
    _ relocation: ELFObject.Relocation, _ section: Int, _ start: Int
  ) throws(LoadError) -> Field {
    let offset = try offset(of: relocation, section, 8)
    let pc = start + offset / 8
    switch (relocation.type, Instruction(word: text[pc]).opcode) {
    case (RelocationType.call32, Opcode.call), (RelocationType.absolute64, Opcode.call): return .call(pc)
    case (RelocationType.address64, Opcode.lddw) where offset + 16 <= object.sections[section].size: return .wide(pc)
    default:
      let (opcode, place) = (hex(text[pc] & 0xff), place(section, relocation.offset))
      throw LoadError(
        .unsupportedRelocation, pc: pc,
        "unsupported relocation type \(relocation.type) for opcode \(opcode) (\(place))")
    }
  }

  /// Where in the section `width` bytes of data, or a slot of text, are to change.
  private func offset(
    of relocation: ELFObject.Relocation, _ section: Int, _ width: Int
  ) throws(LoadError) -> Int {
    let size = object.sections[section].size
    let isWhole = textStart[section] == nil || relocation.offset.isMultiple(of: 8)
    guard isWhole, size >= width, relocation.offset <= UInt64(size - width) else {
      throw LoadError(.malformedELF, "relocation outside of the section (\(place(section, relocation.offset)))")
    }
    return Int(relocation.offset)
  }

  private func value(of field: Field) -> Int64 {
    switch field {
    case .call(let pc): Int64(Instruction(word: text[pc]).immediate) + 1
    case .wide(let pc):
      Int64(bitPattern: Instruction(word: text[pc]).wideImmediate(next: Instruction(word: text[pc + 1])))
    case .bytes(let at, let width):
      data[at..<at + width].withUnsafeBytes { bytes in
        width == 8
          ? Int64(littleEndian: bytes.loadUnaligned(as: Int64.self))
          : Int64(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
      }
    }
  }
}

/// What they change it to.
extension Linker {
  /// Target = symbol value + addend x 8: compilers write -1, which is addend 0, for a function symbol, and for a
  /// section symbol the slot of a static function in it.
  private mutating func link(_ pc: Int, _ site: Site, _ addend: Int64) throws(LoadError) {
    if site.symbol.isUndefined {
      guard let number = helpers[site.symbol.name] else { throw unresolved(site) }
      text[pc] = Instruction(opcode: Opcode.call, imm: number).word
      return
    }
    guard let target = slot(of: site.symbol, addend: addend &* 8), let distance = Int32(exactly: target - pc - 1) else {
      throw LoadError(
        .unsupportedRelocation, pc: pc,
        "call to '\(site.symbol.name)', which is not in executable text (\(place(of: site)))")
    }
    text[pc] = Instruction(opcode: Opcode.call, src: 1, imm: distance).word
  }

  private mutating func setConstant(_ pc: Int, _ address: UInt64) {
    text[pc] = text[pc] & 0xffff_ffff | address << 32
    text[pc + 1] = text[pc + 1] & 0xffff_ffff | address & 0xffff_ffff_0000_0000
  }

  private mutating func setBytes(_ at: Int, _ width: Int, _ address: UInt64, _ site: Site) throws(LoadError) {
    guard width == 8 || address <= UInt64(UInt32.max) else {
      throw LoadError(.unsupportedRelocation, "address \(hex(address)) does not fit in 4 bytes (\(place(of: site)))")
    }
    for byte in 0..<width { data[at + byte] = UInt8(truncatingIfNeeded: address >> (8 * UInt64(byte))) }
  }

  /// The guest address of a place in data, or that of an instruction (``CodeAddress``).
  private func address(of site: Site, _ addend: Int64) throws(LoadError) -> UInt64 {
    let symbol = site.symbol
    let value = symbol.value &+ UInt64(bitPattern: addend)
    if let start = dataStart[symbol.section] { return dataBase &+ UInt64(start) &+ value }
    if textStart[symbol.section] != nil {
      guard let slot = slot(of: symbol, addend: addend) else {
        throw LoadError(
          .unsupportedRelocation, "'\(symbol.name)' + \(addend) is no instruction of the text (\(place(of: site)))")
      }
      return CodeAddress.address(ofSlot: slot)
    }
    // CALLX takes the number of a helper for its address.
    if symbol.isUndefined, let number = helpers[symbol.name] { return UInt64(bitPattern: Int64(number) &+ addend) }
    // Programs compare the address of a weak symbol with 0 to learn whether it is defined.
    if symbol.isAbsolute || (symbol.isUndefined && symbol.isWeak) { return value }
    if symbol.isUndefined { throw unresolved(site) }
    throw LoadError(
      .unsupportedRelocation, "'\(symbol.name)' is neither in a data section nor in text (\(place(of: site)))")
  }

  private func unresolved(_ site: Site) -> LoadError {
    LoadError(.unresolvedSymbol, "unresolved symbol '\(site.symbol.name)' (\(place(of: site)))")
  }
}
