/// Reads the blocks GEOM and HIER.
struct FSTHierarchyReader {
  private var hierarchy = WaveHierarchy()
  private var openScopes: [Int] = []
  /// The signal that introduced each handle.
  private var firstSignals: [Int] = []
  private var hasGeometry = false
  private var tables: [UInt64: Int] = [:]
  private var pendingTable: Int?

  static func read(_ layout: FSTLayout, _ source: ByteSource) throws(WaveReadError) -> WaveHierarchy {
    var reader = FSTHierarchyReader()
    if let geometry = layout.geometry { try reader.readGeometry(geometry, source) }
    guard let (type, range) = layout.hierarchy else {
      throw WaveReadError(
        path: source.path, found: "no hierarchy" + (layout.loss.map { ": \($0)" } ?? ""),
        expected: "a block with the names of the signals (many writers add it when they finish)")
    }
    let packed = try source.bytes(range)
    guard let bytes = unpack(packed.raw, type) else {
      throw source.error(at: range.lowerBound, found: "damaged bytes", expected: "the packed hierarchy")
    }
    var items = ByteReader(bytes.raw)
    while !items.isAtEnd {
      let offset = items.position
      guard try reader.readItem(&items, source, range.lowerBound) else {
        throw source.error(
          at: range.lowerBound, found: "item at byte \(offset) of the unpacked hierarchy", expected: "scope or variable"
        )
      }
    }
    return reader.hierarchy
  }

  // MARK: - Geometry

  private mutating func readGeometry(_ range: Range<Int>, _ source: ByteSource) throws(WaveReadError) {
    let block = try source.bytes(range)
    var reader = ByteReader(block.raw)
    guard let size = reader.count(), let count = reader.count(), let packed = reader.take(reader.remaining),
      count <= size, let widths = Packing.unpackUnlessStored(packed, count: size)
    else { throw source.error(at: range.lowerBound, found: "damaged bytes", expected: "the packed geometry") }
    var items = ByteReader(widths.raw)
    hierarchy.handles.reserveCapacity(count)
    for _ in 0..<count {
      guard let width = items.size(), width <= UInt32.max else {
        throw source.error(at: range.lowerBound, found: "an end", expected: "the widths of \(count) signals")
      }
      hierarchy.handles.append(
        width == 0
          ? WaveHandle(kind: .real, width: 64)
          : width == UInt32.max ? WaveHandle(kind: .text, width: 0) : WaveHandle(kind: .bits, width: width))
    }
    hasGeometry = true
  }

  // MARK: - Hierarchy

  private static func unpack(_ block: UnsafeRawBufferPointer, _ type: UInt8) -> Bytes? {
    var reader = ByteReader(block)
    guard let size = reader.count() else { return nil }
    if type == FSTBlock.lz4TwiceHierarchy {
      guard let onceSize = reader.size(), let packed = reader.take(reader.remaining),
        let once = Packing.lz4.unpack(packed, count: onceSize)
      else { return nil }
      return Packing.lz4.unpack(once.raw, count: size)
    }
    guard let packed = reader.take(reader.remaining) else { return nil }
    return type == FSTBlock.gzipHierarchy
      ? Gunzip.unpack(packed, count: size) : Packing.lz4.unpack(packed, count: size)
  }

  private enum Item {
    static let attributeBegin: UInt8 = 252
    static let attributeEnd: UInt8 = 253
    static let scope: UInt8 = 254
    static let upscope: UInt8 = 255
    static let miscAttribute: UInt8 = 0
    static let enumTable: UInt8 = 7
  }

  /// Reads one item and says whether it was one.
  private mutating func readItem(
    _ items: inout ByteReader, _ source: ByteSource, _ offset: Int
  ) throws(WaveReadError) -> Bool {
    switch items.byte() {
    case Item.scope:
      guard let type = items.byte(), let name = items.text(), let component = items.text() else { return false }
      guard openScopes.count < WaveHierarchy.depthLimit else {
        throw source.error(
          at: offset, found: "scopes inside each other", expected: "at most \(WaveHierarchy.depthLimit)")
      }
      openScopes.append(hierarchy.scopes.count)
      hierarchy.scopes.append(
        WaveScope(
          name: name, type: FSTNames.scope(type), component: component, parent: openScopes.dropLast().last))
    case Item.upscope:
      guard openScopes.popLast() != nil else { return false }
    case Item.attributeBegin:
      guard let type = items.byte(), let subtype = items.byte(), let text = items.text(), let argument = items.varint()
      else { return false }
      if type == Item.miscAttribute && subtype == Item.enumTable { readEnum(text, argument) }
    case Item.attributeEnd: break
    case let type? where type < FSTNames.variables.count:
      return try readVariable(type, &items, source, offset)
    default: return false
    }
    return true
  }

  private mutating func readVariable(
    _ type: UInt8, _ items: inout ByteReader, _ source: ByteSource, _ offset: Int
  ) throws(WaveReadError) -> Bool {
    guard let direction = items.byte(), let name = items.text(), let width = items.size(), let alias = items.size()
    else { return false }
    guard type != FSTNames.port else {
      throw source.error(at: offset, found: "the port '\(name)' of an extended VCD", expected: "a variable")
    }
    if alias == 0 {
      let handle = firstSignals.count
      if handle >= hierarchy.handles.count {
        guard !hasGeometry, width <= UInt32.max else { return false }
        hierarchy.handles.append(Self.handle(type, width: width))
      }
      firstSignals.append(hierarchy.signals.count)
    }
    let handle = alias == 0 ? firstSignals.count - 1 : alias - 1
    guard handle < firstSignals.count else { return false }
    hierarchy.signals.append(
      WaveSignal(
        name: name, scope: openScopes.last, handle: handle, type: FSTNames.variables[Int(type)],
        direction: FSTNames.direction(direction), enumTable: pendingTable,
        aliasOf: alias == 0 ? nil : firstSignals[handle]))
    pendingTable = nil
    return true
  }

  /// What the geometry says, for files without it.
  private static func handle(_ type: UInt8, width: Int) -> WaveHandle {
    if FSTNames.reals.contains(type) { return WaveHandle(kind: .real, width: 64) }
    return width == 0 ? WaveHandle(kind: .text, width: 0) : WaveHandle(kind: .bits, width: width)
  }

  /// With text the definition of a table, without it a reference by the next variable.
  private mutating func readEnum(_ text: String, _ number: UInt64) {
    if text.isEmpty {
      pendingTable = tables[number]
    } else if let table = WaveEnumTable(words: text) {
      tables[number] = hierarchy.enumTables.count
      hierarchy.enumTables.append(table)
    }
  }
}

/// The words for the type numbers of the format.
enum FSTNames {
  static let variables = [
    "event", "integer", "parameter", "real", "real_parameter", "reg", "supply0", "supply1", "time", "tri", "triand",
    "trior", "trireg", "tri0", "tri1", "wand", "wire", "wor", "port", "sparray", "realtime", "string", "bit", "logic",
    "int", "shortint", "longint", "byte", "enum", "shortreal",
  ]
  static let port: UInt8 = 18
  static let reals: Set<UInt8> = [3, 4, 20, 29]

  private static let scopes = [
    "module", "task", "function", "begin", "fork", "generate", "struct", "union", "class", "interface", "package",
    "program", "vhdl_architecture", "vhdl_procedure", "vhdl_function", "vhdl_record", "vhdl_process", "vhdl_block",
    "vhdl_for_generate", "vhdl_if_generate", "vhdl_generate", "vhdl_package",
  ]
  private static let directions = ["implicit", "input", "output", "inout", "buffer", "linkage"]

  static func scope(_ number: UInt8) -> String { name(number, scopes) }
  static func direction(_ number: UInt8) -> String { name(number, directions) }

  /// Newer writers may know more.
  private static func name(_ number: UInt8, _ names: [String]) -> String {
    Int(number) < names.count ? names[Int(number)] : "type \(number)"
  }
}

extension WaveEnumTable {
  /// Name, number of cases, names of the cases, values in binary digits, separated by spaces; what is no plain
  /// character is a backslash and three octal digits, or a letter as in C. Nil when that is not what `words` are.
  init?(words text: String) {
    let words = text.split(separator: " ")
    guard words.count >= 2, let count = Int(words[1]), count >= 0, count == (words.count - 2) / 2,
      words.count == 2 + 2 * count
    else { return nil }
    var cases: [UInt64: String] = [:]
    for (name, digits) in zip(words[2..<2 + count], words[(2 + count)...]) {
      // Values with unknown bits have no name here.
      guard let value = UInt64(digits, radix: 2) else { continue }
      cases[value] = String(decoding: Escapes.undone(Array(name.utf8)), as: UTF8.self)
    }
    self.init(name: String(decoding: Escapes.undone(Array(words[0].utf8)), as: UTF8.self), cases: cases)
  }
}

/// Backslashes as in C, which carry what a word cannot have.
enum Escapes {
  private static let letters: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
    UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11,
  ]

  static func undone(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(UInt8(ascii: "\\")) else { return text }
    var plain: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
        plain.append(byte)
        continue
      }
      if next == UInt8(ascii: "x"), let number = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        plain.append(number)
        rest = rest.dropFirst(2)
        continue
      }
      let octal = ([next] + rest.prefix(2)).prefix { (0x30...0x37).contains($0) }
      if octal.count == 3 {
        plain.append(octal.reduce(0) { $0 << 3 | ($1 & 7) })
        rest = rest.dropFirst(2)
      } else {
        plain.append(letters[next] ?? next)
      }
    }
    return plain
  }
}
