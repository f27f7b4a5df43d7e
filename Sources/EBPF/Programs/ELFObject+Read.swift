import CLibELF
import Glibc

/// Reading the tables of an object, whose numbers may all be wrong.
extension ELFObject {
  /// The longest name that is read: tables may make many long names of few bytes.
  private static let maximumNameLength = 1024

  static func malformed(_ what: String) -> LoadError {
    let reason = elf_errmsg(elf_errno()).map { String(cString: $0) } ?? "unreadable"
    return invalid("\(what): \(reason)")
  }

  static func invalid(_ what: String) -> LoadError { LoadError(.malformedELF, "malformed ELF object: \(what)") }

  /// 0 means 1 (System V ABI, "Section Header").
  static func alignment(_ value: UInt64, of what: String) throws(LoadError) -> Int {
    guard value <= UInt64(maximumAlignment), value & (value &- 1) == 0 else {
      throw invalid("\(what) has an alignment of \(value), expected a power of two up to \(maximumAlignment)")
    }
    return max(1, Int(value))
  }

  mutating func readSections(_ elf: OpaquePointer, _ file: [UInt8]) throws(LoadError) {
    var count = 0
    var names = 0
    guard elf_getshdrnum(elf, &count) == 0, elf_getshdrstrndx(elf, &names) == 0 else {
      throw Self.malformed("section table")
    }
    var total: UInt64 = 0
    for index in 0..<count {
      var header = GElf_Shdr()
      guard let scn = elf_getscn(elf, index), gelf_getshdr(scn, &header) != nil else {
        throw Self.malformed("section \(index)")
      }
      let name = try Self.name(elf, names, header.sh_name, of: "section \(index)")
      let section = try Self.section(header, name, file)
      if section.occupiesFile { total = total.addingReportingOverflow(header.sh_size).partialValue }
      guard total <= UInt64(file.count), !section.occupiesFile || section.size <= file.count else {
        throw Self.invalid("the sections have more bytes than the file")
      }
      sections.append(section)
    }
  }

  private static func section(_ header: GElf_Shdr, _ name: String, _ file: [UInt8]) throws(LoadError) -> Section {
    var section = Section(
      name: name, type: header.sh_type, flags: header.sh_flags, size: Int(clamping: header.sh_size), alignment: 1,
      link: Int(header.sh_link), info: Int(header.sh_info))
    guard section.isAllocated else { return section }
    section.alignment = try alignment(header.sh_addralign, of: "section '\(name)'")
    guard section.occupiesFile else { return section }
    let (end, overflow) = header.sh_offset.addingReportingOverflow(header.sh_size)
    guard !overflow, end <= UInt64(file.count) else {
      throw invalid("section '\(name)' extends beyond the end of the file")
    }
    section.bytes = file[Int(header.sh_offset)..<Int(end)]
    return section
  }

  mutating func readSymbols(_ elf: OpaquePointer, section: Int) throws(LoadError) {
    guard let scn = elf_getscn(elf, section), let data = elf_getdata(scn, nil) else {
      throw Self.malformed("symbol table")
    }
    for index in 0..<Int32(clamping: data.pointee.d_size / MemoryLayout<Elf64_Sym>.size) {
      var symbol = GElf_Sym()
      guard gelf_getsym(data, index, &symbol) != nil else { throw Self.malformed("symbol \(index)") }
      let (kind, binding) = (Int32(symbol.st_info & 15), Int32(symbol.st_info >> 4))
      let inSection = Int(symbol.st_shndx)
      let name =
        kind == STT_SECTION && sections.indices.contains(inSection)
        ? sections[inSection].name
        : try Self.name(elf, sections[section].link, symbol.st_name, of: "symbol \(index)")
      symbols.append(
        Symbol(
          name: name, value: symbol.st_value, size: symbol.st_size, section: inSection, kind: kind, binding: binding))
    }
  }

  mutating func readRelocations(_ elf: OpaquePointer, symbolTable: Int) throws(LoadError) {
    for index in sections.indices where sections[index].type == UInt32(SHT_REL) {
      let section = sections[index]
      guard let scn = elf_getscn(elf, index), let data = elf_getdata(scn, nil) else {
        throw Self.malformed("relocation section '\(section.name)'")
      }
      guard section.link == symbolTable else {
        throw Self.invalid("relocation section '\(section.name)' does not refer to the symbol table")
      }
      var list: [Relocation] = []
      for entry in 0..<Int32(clamping: data.pointee.d_size / MemoryLayout<Elf64_Rel>.size) {
        var relocation = GElf_Rel()
        guard gelf_getrel(data, entry, &relocation) != nil else { throw Self.malformed("relocation \(entry)") }
        list.append(
          Relocation(
            offset: relocation.r_offset, type: UInt32(truncatingIfNeeded: relocation.r_info),
            symbol: Int(relocation.r_info >> 32)))
      }
      relocations[section.info, default: []] += list
    }
  }

  /// The text at `offset` of a string table, in one line; empty when there is none.
  private static func name(
    _ elf: OpaquePointer, _ table: Int, _ offset: UInt32, of what: String
  ) throws(LoadError) -> String {
    guard let text = elf_strptr(elf, table, Int(offset)) else { return "" }
    guard strnlen(text, maximumNameLength + 1) <= maximumNameLength else {
      throw invalid("the name of \(what) is longer than \(maximumNameLength) bytes")
    }
    let name = String(cString: text)
    return name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } ? name : "(unprintable)"
  }
}
