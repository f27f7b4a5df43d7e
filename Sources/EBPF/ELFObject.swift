import CLibELF

/// The parts of a relocatable eBPF object that linking needs, copied out of libelf so that nothing dangles.
struct ELFObject {
  struct Section {
    var name = ""
    var type: UInt32 = 0
    var flags: UInt64 = 0
    /// Size in the file, or in memory for SHT_NOBITS.
    var size = 0
    /// Section that a relocation section applies to.
    var info = 0
    var bytes: [UInt8] = []

    var isAllocated: Bool { flags & UInt64(SHF_ALLOC) != 0 }
    var isWritable: Bool { flags & UInt64(SHF_WRITE) != 0 }
    var isText: Bool { type == UInt32(SHT_PROGBITS) && isAllocated && flags & UInt64(SHF_EXECINSTR) != 0 }
  }

  struct Symbol {
    var name: String
    var value: UInt64
    var section: Int
    var isFunction: Bool
    var isGlobal: Bool
    var isSectionSymbol: Bool
  }

  struct Relocation {
    var offset: UInt64
    var type: UInt32
    var symbol: Int
  }

  /// Indexed by section number; entry 0 is the null section.
  private(set) var sections: [Section] = []
  private(set) var symbols: [Symbol] = []
  /// Relocations by the section they apply to.
  private(set) var relocations: [Int: [Relocation]] = [:]

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
    try checkHeader(elf)
    try readSections(elf, fileSize: bytes.count)
    for index in sections.indices {
      switch sections[index].type {
      case UInt32(SHT_SYMTAB): try readSymbols(elf, section: index)
      case UInt32(SHT_REL): try readRelocations(elf, section: index)
      default: break
      }
    }
  }

  static func malformed(_ what: String) -> LoadError {
    let reason = elf_errmsg(elf_errno()).map { String(cString: $0) } ?? "unreadable"
    return LoadError(.malformedELF, "malformed ELF object: \(what): \(reason)")
  }

  private func checkHeader(_ elf: OpaquePointer) throws(LoadError) {
    var header = GElf_Ehdr()
    guard gelf_getehdr(elf, &header) != nil else { throw Self.malformed("header") }
    guard header.e_ident.4 == UInt8(ELFCLASS64), header.e_ident.5 == UInt8(ELFDATA2LSB) else {
      throw LoadError(.wrongMachine, "not an eBPF object: expected 64-bit little-endian ELF")
    }
    guard header.e_machine == UInt16(EM_BPF) else {
      throw LoadError(
        .wrongMachine, "not an eBPF object: ELF machine \(header.e_machine), expected \(EM_BPF) (EM_BPF)")
    }
    guard header.e_type == UInt16(ET_REL) else {
      throw LoadError(.malformedELF, "ELF type \(header.e_type), expected a relocatable object (\(ET_REL))")
    }
  }

  private mutating func readSections(_ elf: OpaquePointer, fileSize: Int) throws(LoadError) {
    var count = 0
    var names = 0
    guard elf_getshdrnum(elf, &count) == 0, elf_getshdrstrndx(elf, &names) == 0 else {
      throw Self.malformed("section table")
    }
    for index in 0..<count {
      var header = GElf_Shdr()
      guard let scn = elf_getscn(elf, index), gelf_getshdr(scn, &header) != nil else {
        throw Self.malformed("section \(index)")
      }
      var section = Section(type: header.sh_type, flags: header.sh_flags, info: Int(header.sh_info))
      section.name = elf_strptr(elf, names, Int(header.sh_name)).map { String(cString: $0) } ?? ""
      section.size = Int(clamping: header.sh_size)
      if section.isAllocated, header.sh_type != UInt32(SHT_NOBITS), header.sh_size > 0 {
        section.bytes = try Self.contents(scn, header, section.name, fileSize)
      }
      sections.append(section)
    }
  }

  private static func contents(
    _ scn: OpaquePointer, _ header: GElf_Shdr, _ name: String, _ fileSize: Int
  ) throws(LoadError) -> [UInt8] {
    let (end, overflow) = header.sh_offset.addingReportingOverflow(header.sh_size)
    guard !overflow, end <= UInt64(fileSize) else {
      throw LoadError(.malformedELF, "malformed ELF object: section '\(name)' extends beyond the end of the file")
    }
    guard let data = elf_rawdata(scn, nil), let buffer = data.pointee.d_buf,
      data.pointee.d_size == Int(header.sh_size)
    else { throw malformed("section '\(name)'") }
    return [UInt8](UnsafeRawBufferPointer(start: buffer, count: data.pointee.d_size))
  }

  private mutating func readSymbols(_ elf: OpaquePointer, section: Int) throws(LoadError) {
    var header = GElf_Shdr()
    guard symbols.isEmpty, let scn = elf_getscn(elf, section), gelf_getshdr(scn, &header) != nil,
      let data = elf_getdata(scn, nil)
    else { throw Self.malformed("symbol table") }
    for index in 0..<Int32(clamping: data.pointee.d_size / MemoryLayout<Elf64_Sym>.size) {
      var symbol = GElf_Sym()
      guard gelf_getsym(data, index, &symbol) != nil else { throw Self.malformed("symbol \(index)") }
      let kind = Int32(symbol.st_info & 15)
      let isSection = kind == STT_SECTION
      let sectionIndex = Int(symbol.st_shndx)
      let name =
        isSection && sections.indices.contains(sectionIndex)
        ? sections[sectionIndex].name
        : elf_strptr(elf, Int(header.sh_link), Int(symbol.st_name)).map { String(cString: $0) } ?? ""
      symbols.append(
        Symbol(
          name: name, value: symbol.st_value, section: sectionIndex, isFunction: kind == STT_FUNC,
          isGlobal: Int32(symbol.st_info >> 4) != STB_LOCAL, isSectionSymbol: isSection))
    }
  }

  private mutating func readRelocations(_ elf: OpaquePointer, section: Int) throws(LoadError) {
    guard let scn = elf_getscn(elf, section), let data = elf_getdata(scn, nil) else {
      throw Self.malformed("relocation section '\(sections[section].name)'")
    }
    var list: [Relocation] = []
    for index in 0..<Int32(clamping: data.pointee.d_size / MemoryLayout<Elf64_Rel>.size) {
      var entry = GElf_Rel()
      guard gelf_getrel(data, index, &entry) != nil else { throw Self.malformed("relocation \(index)") }
      list.append(
        Relocation(
          offset: entry.r_offset, type: UInt32(truncatingIfNeeded: entry.r_info), symbol: Int(entry.r_info >> 32)))
    }
    relocations[sections[section].info, default: []] += list
  }
}
