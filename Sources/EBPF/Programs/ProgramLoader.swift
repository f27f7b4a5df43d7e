/// Turns the bytes of a program file into a ``Program``: an ELF object (by its magic 7f 45 4c 46) or raw
/// little-endian instruction slots.
///
/// Any input is safe: what cannot be loaded throws a ``LoadError``. The result is linked but not verified.
public enum ProgramLoader {
  /// Where a program begins.
  public enum EntryPoint: Hashable, Sendable {
    /// What ``ProgramLoader/image(_:withEntry:)`` wrote into the object; else the first executable section with
    /// content, preferring one whose name does not begin with `.text` (`SEC("prog")` over subprograms), and in it the
    /// global function at the lowest address, or the start when it has no global function. The first slot of a raw
    /// program.
    case automatic
    /// The same rule within the named section.
    case section(String)
    /// The function of that name, global or local, or the global label of an assembly source.
    case symbol(String)
    /// As `symbol`, or else as `section`.
    case named(String)
  }

  /// The most that the data sections of one object may occupy.
  public static let maximumDataBytes = 16 << 20

  /// - Parameters:
  ///   - bytes: the file
  ///   - dataBase: the guest address at which the caller will place `Program.data`; a multiple of 4096 when sections
  ///     are to be aligned as they ask
  ///   - helpers: numbers of the helper functions that the object may call by name
  public static func load(
    _ bytes: [UInt8], dataBase: UInt64 = 0, entry: EntryPoint = .automatic, helpers: [String: Int32] = [:]
  ) throws(LoadError) -> Program {
    if bytes.isEmpty { throw LoadError(.emptyProgram, "the program is empty") }
    guard isObject(bytes) else { return try loadRaw(bytes, entry) }
    let object = try ELFObject(bytes)
    var linker = try Linker(object, dataBase: dataBase, helpers: helpers)
    try linker.relocate()
    return Program(
      text: linker.text, entry: try linker.entrySlot(entry), functions: linker.functions(),
      data: linker.data, dataBase: dataBase, writableDataOffset: linker.writableDataOffset)
  }

  /// The same object, that begins at the named function or executable section when it is loaded with `.automatic`.
  ///
  /// The choice is in the ELF header's `e_entry`, which compilers leave 0: section number << 32 | offset in it.
  public static func image(_ bytes: [UInt8], withEntry name: String) throws(LoadError) -> [UInt8] {
    guard isObject(bytes) else {
      throw LoadError(.entryNotFound, "a raw program has no names to begin at: only an object has")
    }
    let object = try ELFObject(bytes)
    return object.image(bytes, entry: try object.entry(.named(name)))
  }

  /// The names that an object uses and does not define, in order: those of helper functions, for whoever knows none. Empty
  /// for a raw program.
  public static func undefinedNames(_ bytes: [UInt8]) throws(LoadError) -> [String] {
    guard isObject(bytes) else { return [] }
    let names = try ELFObject(bytes).symbols.filter { $0.section == 0 && !$0.name.isEmpty }.map(\.name)
    return Set(names).sorted()
  }

  private static func isObject(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) }

  private static func loadRaw(_ bytes: [UInt8], _ entry: EntryPoint) throws(LoadError) -> Program {
    guard bytes.count.isMultiple(of: 8) else {
      throw LoadError(.badLength, "raw program length \(bytes.count) is not a multiple of 8")
    }
    guard entry == .automatic else {
      throw LoadError(.entryNotFound, "a raw program has no names to begin at: only an object has")
    }
    return Program(text: slots(of: bytes[...]))
  }

  /// Little-endian 8-byte slots; a rest of fewer bytes is dropped.
  static func slots(of bytes: ArraySlice<UInt8>) -> [UInt64] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / 8).map { slot in
        let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: slot * 8, as: UInt64.self))
        return Instruction(word: word).withCallTargetInDestination.word
      }
    }
  }
}

extension Instruction {
  /// CALLX as clang before version 19 wrote it, with the number of the register in the immediate, in the form of
  /// later versions and of gcc, with the register as the destination. All others are left as they are.
  fileprivate var withCallTargetInDestination: Instruction {
    guard opcode == Opcode.callx, destination == 0, source == 0, offset == 0, (1...10).contains(immediate) else {
      return self
    }
    return Instruction(opcode: opcode, dst: UInt8(immediate))
  }
}
