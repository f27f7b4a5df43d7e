import CLibELF

/// Lays out the sections of one object as a single text and a single data image; the relocations are in
/// `Linker+Relocation.swift`.
struct Linker {
  let object: ELFObject
  let dataBase: UInt64
  let helpers: [String: Int32]
  var text: [UInt64] = []
  var data: [UInt8] = []
  var writableDataOffset = 0
  /// First slot of each executable section, by section number.
  var textStart: [Int: Int] = [:]
  /// Offset in `data` of each data section, by section number.
  var dataStart: [Int: Int] = [:]

  init(_ object: ELFObject, dataBase: UInt64, helpers: [String: Int32]) throws(LoadError) {
    self.object = object
    self.dataBase = dataBase
    self.helpers = helpers
    try placeText()
    try placeData()
  }

  private mutating func placeText() throws(LoadError) {
    for (index, section) in object.sections.enumerated() where section.isText && section.size > 0 {
      guard section.size.isMultiple(of: 8) else {
        throw LoadError(.badLength, "section '\(section.name)' length \(section.size) is not a multiple of 8")
      }
      textStart[index] = text.count
      text += ProgramLoader.words(of: section.bytes)
    }
    if text.isEmpty { throw LoadError(.noCode, "the object has no executable section with content") }
  }

  private mutating func placeData() throws(LoadError) {
    for (index, section) in object.sections.enumerated() where Self.isMap(section) && section.size > 0 {
      throw LoadError(.mapsUnsupported, "maps are not supported: section '\(section.name)' (number \(index))")
    }
    try place { !$0.isWritable }
    let readOnly = data.count
    try place { $0.isWritable }
    writableDataOffset = data.count > readOnly ? (readOnly + 15) & ~15 : readOnly
    if dataBase.addingReportingOverflow(UInt64(data.count)).overflow {
      throw LoadError(.tooLarge, "\(data.count) bytes of data do not fit above \(hex(dataBase))")
    }
  }

  private mutating func place(where belongs: (ELFObject.Section) -> Bool) throws(LoadError) {
    for (index, section) in object.sections.enumerated() where Self.isData(section) && belongs(section) {
      let start = (data.count + 15) & ~15
      guard section.size <= ProgramLoader.maximumDataBytes - start else {
        throw LoadError(
          .tooLarge,
          "section '\(section.name)' of \(section.size) bytes: the data exceeds "
            + "\(ProgramLoader.maximumDataBytes) bytes")
      }
      dataStart[index] = start
      data += [UInt8](repeating: 0, count: start - data.count)
      data += section.type == UInt32(SHT_NOBITS) ? [UInt8](repeating: 0, count: section.size) : section.bytes
    }
  }

  /// Everything that occupies memory and is not code, except what only a kernel's loader reads.
  private static func isData(_ section: ELFObject.Section) -> Bool {
    let isLoaded = section.type == UInt32(SHT_PROGBITS) || section.type == UInt32(SHT_NOBITS)
    return isLoaded && section.isAllocated && !section.isText && section.size > 0
      && !["license", "version", ".eh_frame"].contains(section.name)
  }

  static func isMap(_ section: ELFObject.Section) -> Bool {
    section.isAllocated && (section.name == ".maps" || section.name == "maps" || section.name.hasPrefix("maps/"))
  }

  /// The slot of a symbol plus `addend` bytes, or nil when it is not a slot of an executable section.
  func slot(of symbol: ELFObject.Symbol, addend: Int64 = 0) -> Int? {
    guard let start = textStart[symbol.section] else { return nil }
    let (offset, overflow) = Int64(bitPattern: symbol.value).addingReportingOverflow(addend)
    guard !overflow, offset >= 0, offset.isMultiple(of: 8), offset < object.sections[symbol.section].size else {
      return nil
    }
    return start + Int(offset / 8)
  }

  /// Every function symbol; of two with one name (static functions of two inputs) the global or else the first.
  func functions() -> [String: Int] {
    var found: [String: Int] = [:]
    for symbol in object.symbols where symbol.isFunction && !symbol.name.isEmpty {
      guard let slot = slot(of: symbol), symbol.isGlobal || found[symbol.name] == nil else { continue }
      found[symbol.name] = slot
    }
    return found
  }

  func entrySlot(_ entry: ProgramLoader.EntryPoint) throws(LoadError) -> Int {
    let sections = textStart.keys.sorted()
    switch entry {
    case .automatic:
      return firstFunction(in: sections.first { !object.sections[$0].name.hasPrefix(".text") } ?? sections[0])
    case .section(let name):
      guard let section = sections.first(where: { object.sections[$0].name == name }) else {
        let names = sections.map { "'\(object.sections[$0].name)'" }.joined(separator: ", ")
        throw LoadError(.entryNotFound, "no executable section '\(name)'; the object has \(names)")
      }
      return firstFunction(in: section)
    case .symbol(let name):
      let all = functions()
      guard let slot = all[name] else {
        let names = all.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        throw LoadError(.entryNotFound, "no function '\(name)'; the object has \(names)")
      }
      return slot
    }
  }

  private func firstFunction(in section: Int) -> Int {
    let globals = object.symbols.filter { $0.isFunction && $0.isGlobal && $0.section == section }
    return globals.compactMap { slot(of: $0) }.min() ?? textStart[section]!
  }
}

func hex<T: BinaryInteger>(_ value: T) -> String { "0x" + String(value, radix: 16) }
