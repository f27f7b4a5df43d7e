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
    try checkSections()
    try placeText()
    try placeData()
  }

  /// Refuses what would silently not work: nobody would create the maps, call the constructors or add the addends.
  private func checkSections() throws(LoadError) {
    for (index, section) in object.sections.enumerated() where section.size > 0 {
      if section.type == UInt32(SHT_RELA), object.sections.indices.contains(section.info),
        object.sections[section.info].isAllocated
      {
        throw LoadError(
          .unsupportedRelocation, "relocations with addends (SHT_RELA) are not supported: section '\(section.name)'")
      }
      guard section.isAllocated else { continue }
      if section.name == ".maps" || section.name == "maps" || section.name.hasPrefix("maps/") {
        let names = object.symbols.filter { $0.section == index && !$0.isSection }.map(\.name)
        throw LoadError(
          .mapsUnsupported, "maps are not supported: section '\(section.name)' has \(listed(names, none: "a map"))")
      }
      if [SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY].contains(Int32(bitPattern: section.type)) {
        throw LoadError(.unsupportedSection, "constructors are not supported: section '\(section.name)'")
      }
      if section.isThreadLocal {
        throw LoadError(.unsupportedSection, "thread-local data is not supported: section '\(section.name)'")
      }
    }
  }

  private mutating func placeText() throws(LoadError) {
    for (index, section) in object.sections.enumerated() where section.isText {
      guard section.size.isMultiple(of: 8) else {
        throw LoadError(.badLength, "section '\(section.name)' length \(section.size) is not a multiple of 8")
      }
      textStart[index] = text.count
      text += ProgramLoader.slots(of: section.bytes)
    }
    if text.isEmpty { throw .noCode }
  }

  private mutating func placeData() throws(LoadError) {
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
      let alignment = max(16, section.alignment)
      let start = (data.count + alignment - 1) & ~(alignment - 1)
      guard section.size <= ProgramLoader.maximumDataBytes - start else {
        throw .tooMuchData(in: "section '\(section.name)'", UInt64(section.size))
      }
      dataStart[index] = start
      data += [UInt8](repeating: 0, count: start - data.count)
      data += section.type == UInt32(SHT_NOBITS) ? [UInt8](repeating: 0, count: section.size)[...] : section.bytes
    }
  }

  /// Everything that occupies memory and is not code, except what only an unwinder reads.
  private static func isData(_ section: ELFObject.Section) -> Bool {
    let isLoaded = section.type == UInt32(SHT_PROGBITS) || section.type == UInt32(SHT_NOBITS)
    return isLoaded && section.isAllocated && !section.isText && section.size > 0 && section.name != ".eh_frame"
  }

  /// The slot of a symbol plus `addend` bytes, or nil when it is not a slot of an executable section.
  func slot(of symbol: ELFObject.Symbol, addend: Int64 = 0) -> Int? {
    object.codeLocation(of: symbol, addend: addend).flatMap(slot)
  }

  func slot(at location: ELFObject.CodeLocation) -> Int? {
    textStart[location.section].map { $0 + location.offset / 8 }
  }

  /// Every function symbol; of two with one name (static functions of two inputs) the global or else the first.
  func functions() -> [String: Int] {
    object.functions { $0.isFunction }.compactMapValues(slot)
  }

  func entrySlot(_ choice: ProgramLoader.EntryPoint) throws(LoadError) -> Int {
    guard let slot = slot(at: try object.entry(choice)) else { throw .noCode }
    return slot
  }
}

extension LoadError {
  static var noCode: LoadError { LoadError(.noCode, "the object has no executable section with content") }

  static func tooMuchData(in what: String, _ size: UInt64) -> LoadError {
    LoadError(.tooLarge, "\(what) of \(size) bytes: the data exceeds \(ProgramLoader.maximumDataBytes) bytes")
  }
}

func hex<T: BinaryInteger>(_ value: T) -> String { "0x" + String(value, radix: 16) }

/// `'a', 'b', 'c'`, for messages; only the first ones of many.
func listed(_ names: [String], none: String) -> String {
  let shown = names.prefix(16).map { "'\($0)'" }.joined(separator: ", ")
  if names.isEmpty { return none }
  return names.count > 16 ? "\(shown) and \(names.count - 16) more" : shown
}
