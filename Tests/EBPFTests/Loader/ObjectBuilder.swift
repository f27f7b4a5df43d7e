import EBPF

/// ELF objects made by hand, for what no compiler at hand makes. Sections are in the order of their numbers, then
/// come relocations, symbols and names: in one table as clang writes them, or in two as GNU as does.
struct ObjectBuilder {
  struct Section {
    var name: String
    var type: UInt32 = 1
    var flags: UInt64
    var bytes: [UInt8] = []
    /// Where it differs from the bytes: of SHT_NOBITS, and in objects that lie.
    var size: UInt64?
    var link: UInt32 = 0
    var info: UInt32 = 0
    var alignment: UInt64 = 8
  }

  private struct Symbol {
    var name: String
    var info: UInt8
    var section: UInt16
    var value, size: UInt64
  }

  private struct Relocation {
    var section: Int
    var offset: UInt64
    var type: UInt32
    var symbol: Int
  }

  static let (allocated, writable, executable) = (UInt64(2), UInt64(1), UInt64(4))
  static let (undefined, absolute, common) = (0, 0xfff1, 0xfff2)
  static let (noType, object, function, section) = (UInt8(0), UInt8(1), UInt8(2), UInt8(3))
  static let (local, global, weak) = (UInt8(0), UInt8(1), UInt8(2))

  var identification: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]
  var type: UInt16 = 1
  var machine: UInt16 = 247
  var flags: UInt32 = 0
  var entry: UInt64 = 0
  /// A table of its own for the names of sections.
  var separatesNames = false
  /// SHT_REL, or 4 for SHT_RELA.
  var relocationType: UInt32 = 9
  /// The symbol table that relocation sections name, relative to the right one.
  var relocationLinkError: UInt32 = 0
  private(set) var sections: [Section] = []
  private var symbols: [Symbol] = []
  private var relocations: [Relocation] = []

  /// Adds a section and returns its number.
  mutating func add(_ section: Section) -> Int {
    sections.append(section)
    return sections.count
  }

  mutating func text(_ instructions: [Instruction], name: String = ".text") -> Int {
    let bytes = instructions.flatMap { little($0.word, 8) }
    return add(Section(name: name, flags: Self.allocated | Self.executable, bytes: bytes))
  }

  mutating func data(_ bytes: [UInt8], name: String = ".data", flags: UInt64 = 3) -> Int {
    add(Section(name: name, flags: flags, bytes: bytes))
  }

  /// Adds a symbol and returns its number.
  @discardableResult
  mutating func symbol(
    _ name: String, in section: Int, at value: UInt64 = 0, size: UInt64 = 0, kind: UInt8 = function,
    binding: UInt8 = global
  ) -> Int {
    symbols.append(
      Symbol(name: name, info: binding << 4 | kind, section: UInt16(section), value: value, size: size))
    return symbols.count
  }

  mutating func relocate(_ section: Int, at offset: UInt64, type: UInt32, symbol: Int) {
    relocations.append(Relocation(section: section, offset: offset, type: type, symbol: symbol))
  }

  func bytes() -> [UInt8] {
    var all = sections
    let targets = Set(relocations.map(\.section)).sorted()
    let symbolTable = UInt32(sections.count + targets.count + 1)
    for target in targets { all.append(relocationSection(target, symbolTable + relocationLinkError)) }
    var names: [UInt8] = [0]
    var symbolBytes = [UInt8](repeating: 0, count: 24)
    for symbol in symbols {
      symbolBytes += little(UInt64(append(symbol.name, to: &names)), 4) + [symbol.info, 0]
      symbolBytes += little(UInt64(symbol.section), 2) + little(symbol.value, 8) + little(symbol.size, 8)
    }
    all.append(Section(name: ".symtab", type: 2, flags: 0, bytes: symbolBytes, link: symbolTable + 1))
    all.append(Section(name: ".strtab", type: 3, flags: 0, alignment: 1))
    if separatesNames { all.append(Section(name: ".shstrtab", type: 3, flags: 0, alignment: 1)) }
    var sectionNames: [UInt8] = separatesNames ? [0] : names
    let offsets = all.map { append($0.name, to: &sectionNames) }
    all[Int(symbolTable)].bytes = separatesNames ? names : sectionNames
    all[all.count - 1].bytes = sectionNames
    return file(all, nameOffsets: offsets)
  }

  private func relocationSection(_ target: Int, _ link: UInt32) -> Section {
    var entries: [UInt8] = []
    for entry in relocations where entry.section == target {
      entries += little(entry.offset, 8) + little(UInt64(entry.symbol) << 32 | UInt64(entry.type), 8)
      if relocationType == 4 { entries += little(0, 8) }
    }
    let name = (relocationType == 4 ? ".rela" : ".rel") + sections[target - 1].name
    return Section(name: name, type: relocationType, flags: 0x40, bytes: entries, link: link, info: UInt32(target))
  }

  private func file(_ sections: [Section], nameOffsets: [Int]) -> [UInt8] {
    var contents: [UInt8] = []
    var headers = [UInt8](repeating: 0, count: 64)
    for (section, name) in zip(sections, nameOffsets) {
      contents += [UInt8](repeating: 0, count: -contents.count & 7)
      headers += little(UInt64(name), 4) + little(UInt64(section.type), 4) + little(section.flags, 8) + little(0, 8)
      headers += little(UInt64(64 + contents.count), 8) + little(section.size ?? UInt64(section.bytes.count), 8)
      headers += little(UInt64(section.link), 4) + little(UInt64(section.info), 4) + little(section.alignment, 8)
      headers += little([2: 24, 4: 24, 9: 16][section.type] ?? 0, 8)
      contents += section.bytes
    }
    contents += [UInt8](repeating: 0, count: -contents.count & 7)
    return header(sectionTable: 64 + contents.count, count: sections.count + 1) + contents + headers
  }

  private func header(sectionTable: Int, count: Int) -> [UInt8] {
    var header = identification + [UInt8](repeating: 0, count: 16 - identification.count)
    header += little(UInt64(type), 2) + little(UInt64(machine), 2) + little(1, 4)
    header += little(entry, 8) + little(0, 8) + little(UInt64(sectionTable), 8)
    header += little(UInt64(flags), 4) + [64, 0, 0, 0, 0, 0, 64, 0]
    return header + little(UInt64(count), 2) + little(UInt64(count - 1), 2)
  }

  private func append(_ name: String, to table: inout [UInt8]) -> Int {
    defer { table += Array(name.utf8) + [0] }
    return table.count
  }
}

func little(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}
