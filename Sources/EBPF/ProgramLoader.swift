/// Turns the bytes of a program file into a ``Program``: an ELF object (by its magic 7f 45 4c 46) or raw
/// little-endian instruction slots.
///
/// Any input is safe: what cannot be loaded throws a ``LoadError``. The result is linked but not verified.
public enum ProgramLoader {
  /// Where a program begins.
  public enum EntryPoint: Hashable, Sendable {
    /// The first executable section with content, preferring one whose name does not begin with `.text`
    /// (`SEC("prog")` over subprograms); in it the global function at the lowest address, or the start when it has
    /// no global function. The first slot of a raw program.
    case automatic
    /// The same rule within the named section.
    case section(String)
    /// The function of that name, global or local.
    case symbol(String)
  }

  /// The most that the data sections of one object may occupy.
  public static let maximumDataBytes = 16 << 20

  /// - Parameters:
  ///   - bytes: the file
  ///   - dataBase: the guest address at which the caller will place `Program.data`
  ///   - helpers: numbers of the helper functions that the object may call by name
  public static func load(
    _ bytes: [UInt8], dataBase: UInt64 = 0, entry: EntryPoint = .automatic, helpers: [String: Int32] = [:]
  ) throws(LoadError) -> Program {
    if bytes.isEmpty { throw LoadError(.emptyProgram, "the program is empty") }
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return try loadRaw(bytes, entry) }
    let object = try ELFObject(bytes)
    var linker = try Linker(object, dataBase: dataBase, helpers: helpers)
    try linker.relocate()
    return Program(
      text: linker.text, entry: try linker.entrySlot(entry), functions: linker.functions(),
      data: linker.data, dataBase: dataBase, writableDataOffset: linker.writableDataOffset)
  }

  private static func loadRaw(_ bytes: [UInt8], _ entry: EntryPoint) throws(LoadError) -> Program {
    guard bytes.count.isMultiple(of: 8) else {
      throw LoadError(.badLength, "raw program length \(bytes.count) is not a multiple of 8")
    }
    guard entry == .automatic else {
      throw LoadError(.entryNotFound, "a raw program has no symbols or sections to begin at")
    }
    return Program(text: words(of: bytes))
  }

  /// Little-endian 8-byte words; a rest of fewer bytes is dropped.
  static func words(of bytes: [UInt8]) -> [UInt64] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / 8).map { UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
    }
  }
}
