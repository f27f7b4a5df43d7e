import CLibELF

/// The parts of a relocatable eBPF object that linking needs, copied out of libelf so that nothing dangles.
///
/// What is kept is bounded by the size of the file: sections that claim the same bytes twice are refused.
struct ELFObject {
  struct Section {
    var name: String
    var type: UInt32
    var flags: UInt64
    /// Size in the file, or in memory for SHT_NOBITS.
    var size: Int
    /// What the address of the section must be a multiple of: a power of two, at most `maximumAlignment`.
    var alignment: Int
    /// The section that this one refers to: of a relocation section, its symbol table.
    var link: Int
    /// The section that a relocation section applies to.
    var info: Int
    /// The contents of an allocated section; none for SHT_NOBITS.
    var bytes: ArraySlice<UInt8> = []

    var occupiesFile: Bool { type != UInt32(SHT_NULL) && type != UInt32(SHT_NOBITS) }
    var isAllocated: Bool { has(SHF_ALLOC) }
    var isThreadLocal: Bool { has(SHF_TLS) }
    /// Constants that hold addresses are in a section that is writable for the linker alone.
    var isWritable: Bool { has(SHF_WRITE) && !name.hasPrefix(".data.rel.ro") }
    /// Instructions, at least one.
    var isText: Bool { type == UInt32(SHT_PROGBITS) && isAllocated && has(SHF_EXECINSTR) && size > 0 }

    private func has(_ flag: Int32) -> Bool { flags & UInt64(flag) != 0 }
  }

  struct Symbol {
    var name: String
    /// An offset in the section.
    var value: UInt64
    var size: UInt64
    /// A section, or one of the numbers with a meaning of their own.
    var section: Int
    /// STT_…
    var kind: Int32
    /// STB_…
    var binding: Int32
    /// It was a common symbol: `value` is not that of the file.
    var isCommon = false

    var isFunction: Bool { kind == STT_FUNC }
    /// A label of assembly that nobody gave a type.
    var isLabel: Bool { kind == STT_NOTYPE }
    var isSection: Bool { kind == STT_SECTION }
    var isGlobal: Bool { binding != STB_LOCAL }
    var isWeak: Bool { binding == STB_WEAK }
    var isUndefined: Bool { section == Int(SHN_UNDEF) }
    /// A number, no address.
    var isAbsolute: Bool { section == Int(SHN_ABS) }
  }

  struct Relocation {
    var offset: UInt64
    var type: UInt32
    var symbol: Int
  }

  /// A page: no data asks for more.
  static let maximumAlignment = 4096

  /// Indexed by section number; entry 0 is the null section.
  var sections: [Section] = []
  var symbols: [Symbol] = []
  /// Relocations by the section they apply to.
  var relocations: [Int: [Relocation]] = [:]
  /// `e_entry`: the choice that ``ProgramLoader/image(_:withEntry:)`` wrote, or 0.
  private(set) var entryPoint: UInt64 = 0
  /// GNU as keeps the names of sections apart from those of symbols, and its later versions put the CPU version into
  /// `e_flags`: this object looks like one of an earlier version (binutils 2.40 is).
  private(set) var isByEarlyGNUAssembler = false

  /// libelf wants its version agreed once per process.
  private static let version = elf_version(UInt32(EV_CURRENT))

  init(_ bytes: [UInt8]) throws(LoadError) {
    _ = Self.version
    // libelf keeps pointers into the image and may convert in place: it gets a copy of its own.
    let image = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { image.deallocate() }
    image.copyBytes(from: bytes)
    guard let elf = elf_memory(image.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) else {
      throw Self.malformed("header")
    }
    defer { elf_end(elf) }
    let header = try Self.header(of: elf)
    try Self.checkSectionTable(header, fileSize: bytes.count)
    entryPoint = header.e_entry
    try readSections(elf, bytes)
    if let table = sections.firstIndex(where: { $0.type == UInt32(SHT_SYMTAB) }) {
      try readSymbols(elf, section: table)
      try readRelocations(elf, symbolTable: table)
      isByEarlyGNUAssembler = header.e_flags == 0 && sections[table].link != Int(header.e_shstrndx)
    }
    try placeCommonSymbols()
  }

  private static func header(of elf: OpaquePointer) throws(LoadError) -> GElf_Ehdr {
    var header = GElf_Ehdr()
    guard gelf_getehdr(elf, &header) != nil else { throw malformed("header") }
    let (width, order) = (header.e_ident.4, header.e_ident.5)
    guard width == UInt8(ELFCLASS64), order == UInt8(ELFDATA2LSB) else {
      let found = "\(width == UInt8(ELFCLASS64) ? 64 : 32)-bit \(order == UInt8(ELFDATA2LSB) ? "little" : "big")-endian"
      throw LoadError(.wrongMachine, "not an eBPF object: \(found) ELF, expected 64-bit little-endian")
    }
    guard header.e_machine == UInt16(EM_BPF) else {
      throw LoadError(
        .wrongMachine, "not an eBPF object: ELF machine \(header.e_machine), expected \(EM_BPF) (EM_BPF)")
    }
    guard header.e_type == UInt16(ET_REL) else {
      throw LoadError(.malformedELF, "ELF type \(header.e_type), expected a relocatable object (\(ET_REL))")
    }
    return header
  }

  /// libelf takes a table that is not wholly in the file for none at all.
  private static func checkSectionTable(_ header: GElf_Ehdr, fileSize: Int) throws(LoadError) {
    guard header.e_shoff != 0 else { return }
    let size = UInt64(max(1, header.e_shnum)) * UInt64(MemoryLayout<Elf64_Shdr>.size)
    let (end, overflow) = header.e_shoff.addingReportingOverflow(size)
    guard !overflow, end <= UInt64(fileSize) else {
      throw invalid("the section table at \(hex(header.e_shoff)) extends beyond the end of the file, \(fileSize) bytes")
    }
  }

  /// Gives common symbols a place: a section of zeros behind all others.
  private mutating func placeCommonSymbols() throws(LoadError) {
    var (size, largest) = (0, 1)
    for index in symbols.indices where symbols[index].section == Int(SHN_COMMON) {
      let symbol = symbols[index]
      // The value of a common symbol is its alignment.
      let alignment = try Self.alignment(symbol.value, of: "symbol '\(symbol.name)'")
      let start = (size + alignment - 1) & ~(alignment - 1)
      guard symbol.size <= UInt64(max(0, ProgramLoader.maximumDataBytes - start)) else {
        throw LoadError.tooMuchData(in: "common symbol '\(symbol.name)'", symbol.size)
      }
      size = start + Int(symbol.size)
      largest = max(largest, alignment)
      (symbols[index].section, symbols[index].value, symbols[index].isCommon) = (sections.count, UInt64(start), true)
    }
    guard size > 0 else { return }
    sections.append(
      Section(
        name: "COMMON", type: UInt32(SHT_NOBITS), flags: UInt64(SHF_ALLOC | SHF_WRITE), size: size,
        alignment: largest, link: 0, info: 0))
  }
}
