/// Where an object begins, in terms of its sections.
extension ELFObject {
  /// An instruction slot of an executable section.
  struct CodeLocation {
    var section: Int
    /// Bytes from the start of the section, a multiple of 8.
    var offset: Int
  }

  /// The slot at a symbol plus `addend` bytes, or nil when there is none.
  func codeLocation(of symbol: Symbol, addend: Int64 = 0) -> CodeLocation? {
    let (offset, overflow) = Int64(bitPattern: symbol.value).addingReportingOverflow(addend)
    return overflow ? nil : codeLocation(symbol.section, offset)
  }

  private func codeLocation(_ section: Int, _ offset: Int64) -> CodeLocation? {
    guard sections.indices.contains(section), sections[section].isText else { return nil }
    guard offset >= 0, offset.isMultiple(of: 8), offset < sections[section].size else { return nil }
    return CodeLocation(section: section, offset: Int(offset))
  }

  /// The named symbols at which there is code, as far as they are wanted; of two with one name the global or else
  /// the first.
  func functions(where isWanted: (Symbol) -> Bool) -> [String: CodeLocation] {
    var found: [String: CodeLocation] = [:]
    for symbol in symbols where isWanted(symbol) && !symbol.name.isEmpty {
      guard let location = codeLocation(of: symbol), symbol.isGlobal || found[symbol.name] == nil else { continue }
      found[symbol.name] = location
    }
    return found
  }

  /// Where the program begins by that choice.
  func entry(_ choice: ProgramLoader.EntryPoint) throws(LoadError) -> CodeLocation {
    let texts = sections.indices.filter { sections[$0].isText }
    switch choice {
    case .automatic:
      guard let first = texts.first else { throw .noCode }
      guard entryPoint == 0 else { return try writtenEntry() }
      return firstFunction(in: texts.first { !sections[$0].name.hasPrefix(".text") } ?? first)
    case .section(let name):
      guard let section = texts.first(where: { sections[$0].name == name }) else {
        let names = listed(texts.map { sections[$0].name }, none: "none")
        throw LoadError(.entryNotFound, "no executable section '\(name)'; the object has \(names)")
      }
      return firstFunction(in: section)
    case .symbol(let name):
      let all = entryPoints
      guard let location = all[name] else {
        let names = listed(all.keys.sorted(), none: "none")
        throw LoadError(.entryNotFound, "no function '\(name)'; the object has \(names)")
      }
      return location
    case .named(let name):
      if let location = entryPoints[name] { return location }
      if let section = texts.first(where: { sections[$0].name == name }) { return firstFunction(in: section) }
      let functions = listed(entryPoints.keys.sorted(), none: "none")
      let names = listed(texts.map { sections[$0].name }, none: "none")
      throw LoadError(
        .entryNotFound, "no function or executable section '\(name)'; functions: \(functions); sections: \(names)")
    }
  }

  /// Functions, and the global labels of assembly, which have no type.
  private var entryPoints: [String: CodeLocation] {
    functions { $0.isFunction || ($0.isLabel && $0.isGlobal) }
  }

  private func firstFunction(in section: Int) -> CodeLocation {
    let globals = symbols.filter { $0.isFunction && $0.isGlobal && $0.section == section }
    let offsets = globals.compactMap { codeLocation(of: $0)?.offset }
    return CodeLocation(section: section, offset: offsets.min() ?? 0)
  }
}

/// The choice of an entry inside of an image.
///
/// `e_entry` is an address, and a relocatable object has none (System V ABI, "ELF Header": zero then). Here it holds
/// the number of a section in its upper half and an offset in that section in its lower half.
extension ELFObject {
  /// Byte offset of `e_entry` in the ELF header.
  private static let entryPointOffset = 24

  /// `bytes`, which are those of this object, with `location` as the entry.
  func image(_ bytes: [UInt8], entry location: CodeLocation) -> [UInt8] {
    let value = UInt64(location.section) << 32 | UInt64(location.offset)
    var image = bytes
    for byte in 0..<8 { image[Self.entryPointOffset + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
    return image
  }

  private func writtenEntry() throws(LoadError) -> CodeLocation {
    let (section, offset) = (Int(entryPoint >> 32), Int64(entryPoint & 0xffff_ffff))
    if let location = codeLocation(section, offset) { return location }
    let what = "the entry \(hex(entryPoint)) of the ELF header"
    guard sections.indices.contains(section), sections[section].isText else {
      throw LoadError(.entryNotFound, "\(what): section \(section) is not executable")
    }
    throw LoadError(
      .entryNotFound, "\(what): \(hex(offset)) is no instruction slot of section '\(sections[section].name)'")
  }
}
