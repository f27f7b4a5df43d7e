import EBPF
import Foundation
import Testing

/// Everything that a loader says no to, in its words.
@Suite struct LoaderRefusalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let code: LoadError.Code
    let message: String
    let image: [UInt8]
    var testDescription: String { message }

    init(_ code: LoadError.Code, _ message: String, _ make: (inout ObjectBuilder) -> Void) {
      var object = ObjectBuilder()
      make(&object)
      (self.code, self.message, self.image) = (code, message, object.bytes())
    }
  }

  @Test(arguments: header + sections + relocations + entries)
  func refused(_ row: Row) {
    let error = #expect(throws: LoadError.self) { _ = try ProgramLoader.load(row.image, dataBase: 0x2000_0000) }
    #expect(error?.code == row.code)
    #expect(error?.description == row.message)
  }

  static let header = [
    Row(.wrongMachine, "not an eBPF object: 64-bit big-endian ELF, expected 64-bit little-endian") {
      $0.identification[5] = 2
    },
    Row(.wrongMachine, "not an eBPF object: 32-bit little-endian ELF, expected 64-bit little-endian") {
      $0.identification[4] = 1
    },
    Row(.wrongMachine, "not an eBPF object: ELF machine 62, expected 247 (EM_BPF)") { $0.machine = 62 },
    Row(.malformedELF, "ELF type 2, expected a relocatable object (1)") { $0.type = 2 },
    Row(.malformedELF, "ELF type 3, expected a relocatable object (1)") { $0.type = 3 },
  ]

  static let sections = [
    Row(.noCode, "the object has no executable section with content") { _ = $0.data([1]) },
    Row(.badLength, "section '.text' length 9 is not a multiple of 8") {
      let text = [UInt8](repeating: 0, count: 9)
      _ = $0.add(.init(name: ".text", flags: ObjectBuilder.allocated | ObjectBuilder.executable, bytes: text))
    },
    Row(.mapsUnsupported, "maps are not supported: section '.maps' has 'counters', 'events'") {
      let maps = $0.data([UInt8](repeating: 0, count: 16), name: ".maps")
      $0.symbol("counters", in: maps, kind: ObjectBuilder.object)
      $0.symbol("events", in: maps, at: 8, kind: ObjectBuilder.object)
    },
    Row(.mapsUnsupported, "maps are not supported: section 'maps' has 'legacy'") {
      let text = $0.text(Instruction.wide(1, 0) + [.exit])
      let maps = $0.data([UInt8](repeating: 0, count: 20), name: "maps")
      $0.relocate(text, at: 0, type: 1, symbol: $0.symbol("legacy", in: maps, kind: ObjectBuilder.object))
    },
    Row(.mapsUnsupported, "maps are not supported: section 'maps/one' has a map") {
      _ = $0.data([0], name: "maps/one")
    },
    Row(.unsupportedSection, "constructors are not supported: section '.init_array'") {
      _ = $0.add(.init(name: ".init_array", type: 14, flags: 3, bytes: [UInt8](repeating: 0, count: 8)))
    },
    Row(.unsupportedSection, "thread-local data is not supported: section '.tdata'") {
      _ = $0.data([1], name: ".tdata", flags: 0x403)
    },
    Row(.tooLarge, "section '.bss' of 1099511627776 bytes: the data exceeds 16777216 bytes") {
      _ = $0.text([.exit])
      _ = $0.add(.init(name: ".bss", type: 8, flags: 3, size: 1 << 40))
    },
    Row(.tooLarge, "common symbol 'huge' of 1099511627776 bytes: the data exceeds 16777216 bytes") {
      _ = $0.text([.exit])
      $0.symbol("huge", in: ObjectBuilder.common, at: 8, size: 1 << 40, kind: ObjectBuilder.object)
    },
    Row(
      .malformedELF, "malformed ELF object: section '.data' has an alignment of 24, expected a power of two up to 4096"
    ) {
      var section = ObjectBuilder.Section(name: ".data", flags: 3, bytes: [1])
      section.alignment = 24
      _ = $0.add(section)
    },
    Row(
      .malformedELF,
      "malformed ELF object: symbol 'wide' has an alignment of 8192, expected a power of two up to 4096"
    ) {
      $0.symbol("wide", in: ObjectBuilder.common, at: 8192, size: 8, kind: ObjectBuilder.object)
    },
    // Each lies inside of the file, over what follows it.
    Row(.malformedELF, "malformed ELF object: the sections have more bytes than the file") {
      for _ in 0..<3 { _ = $0.add(.init(name: ".data", flags: 3, bytes: [1], size: 300)) }
    },
    Row(.malformedELF, "malformed ELF object: section '.data' extends beyond the end of the file") {
      _ = $0.add(.init(name: ".data", flags: 3, bytes: [], size: 700))
      _ = $0.data([UInt8](repeating: 0, count: 64), name: ".comment", flags: 0)
    },
    Row(.malformedELF, "malformed ELF object: the name of section 1 is longer than 1024 bytes") {
      _ = $0.data([1], name: String(repeating: "n", count: 1025))
    },
  ]

  static let relocations = [
    relocation(
      .unresolvedSymbol, "unresolved symbol 'nobody' (relocation at .text+0x0)", type: 10,
      in: ObjectBuilder.undefined),
    relocation(
      .unresolvedSymbol, "unresolved symbol 'nobody' (relocation at .text+0x8)", at: 8, type: 1,
      in: ObjectBuilder.undefined),
    relocation(
      .unsupportedRelocation, "at PC 0: call to 'nobody', which is not in executable text (relocation at .text+0x0)",
      type: 10, in: 2),
    relocation(
      .unsupportedRelocation, "at PC 0: call to 'nobody', which is not in executable text (relocation at .text+0x0)",
      type: 10, in: 1, value: 12),
    relocation(
      .unsupportedRelocation, "at PC 0: unsupported relocation type 1 for opcode 0x85 (relocation at .text+0x0)",
      type: 1, in: 1),
    relocation(
      .unsupportedRelocation, "at PC 4: unsupported relocation type 1 for opcode 0x18 (relocation at .text+0x20)",
      at: 32, type: 1, in: 1),
    relocation(
      .unsupportedRelocation, "'nobody' + 0 is no instruction of the text (relocation at .text+0x8)", at: 8, type: 1,
      in: 1, value: 4),
    relocation(
      .unsupportedRelocation, "'nobody' + 0 is no instruction of the text (relocation at .text+0x8)", at: 8, type: 1,
      in: 1, value: 40),
    relocation(
      .unsupportedRelocation, "'nobody' is neither in a data section nor in text (relocation at .text+0x8)", at: 8,
      type: 1, in: 3),
    relocation(.malformedELF, "relocation outside of the section (relocation at .text+0x28)", at: 40, type: 1, in: 1),
    relocation(.malformedELF, "relocation outside of the section (relocation at .text+0x4)", at: 4, type: 1, in: 1),
    relocation(
      .unsupportedRelocation, "unsupported relocation type 5 (relocation at .data+0x0)", of: 2, type: 5, in: 1),
    relocation(
      .malformedELF, "relocation outside of the section (relocation at .data+0x1)", of: 2, at: 1, type: 2, in: 1),
    relocation(
      .unsupportedRelocation, "address 0x120000000 does not fit in 4 bytes (relocation at .data+0x4)", of: 2, at: 4,
      type: 3, in: 2, value: 1 << 32),
    Row(.malformedELF, "relocation names symbol 77 of 1 (relocation at .text+0x0)") {
      let text = $0.text([.callLocal(-1), .exit])
      $0.relocate(text, at: 0, type: 10, symbol: 77)
    },
    Row(.malformedELF, "malformed ELF object: relocation section '.rel.text' does not refer to the symbol table") {
      let text = $0.text([.callLocal(-1), .exit])
      $0.relocate(text, at: 0, type: 10, symbol: $0.symbol("f", in: text))
      $0.relocationLinkError = 1
    },
    Row(
      .unsupportedRelocation, "relocations with addends (SHT_RELA) are not supported: section '.rela.text'"
    ) {
      let text = $0.text([.callLocal(-1), .exit])
      $0.relocate(text, at: 0, type: 10, symbol: $0.symbol("f", in: text))
      $0.relocationType = 4
    },
  ]

  /// One relocation of an object with .text (call, lddw, exit, half an lddw), .data (8 bytes) and a note.
  private static func relocation(
    _ code: LoadError.Code, _ message: String, of section: Int = 1, at offset: UInt64 = 0, type: UInt32,
    in symbolSection: Int, value: UInt64 = 0
  ) -> Row {
    Row(code, message) {
      _ = $0.text([.callLocal(-1)] + Instruction.wide(1, 0) + [.exit, Instruction(opcode: Opcode.lddw)])
      _ = $0.data([UInt8](repeating: 0, count: 8))
      _ = $0.add(.init(name: ".note", type: 7, flags: 2, bytes: [0]))
      $0.relocate(section, at: offset, type: type, symbol: $0.symbol("nobody", in: symbolSection, at: value))
    }
  }

  static let entries = [
    Row(
      .entryNotFound, "the entry 0x100000008 of the ELF header: 0x8 is no instruction slot of section '.text'"
    ) {
      _ = $0.text([.exit])
      $0.entry = 1 << 32 | 8
    },
    Row(
      .entryNotFound, "the entry 0x100000004 of the ELF header: 0x4 is no instruction slot of section '.text'"
    ) {
      _ = $0.text([.exit])
      $0.entry = 1 << 32 | 4
    },
    Row(.entryNotFound, "the entry 0x200000000 of the ELF header: section 2 is not executable") {
      _ = $0.text([.exit])
      _ = $0.data([UInt8](repeating: 0, count: 8))
      $0.entry = 2 << 32
    },
    Row(.entryNotFound, "the entry 0x8 of the ELF header: section 0 is not executable") {
      _ = $0.text([.exit, .exit])
      $0.entry = 8
    },
    Row(.entryNotFound, "the entry 0xffffffffffffffff of the ELF header: section 4294967295 is not executable") {
      _ = $0.text([.exit])
      $0.entry = .max
    },
  ]

  /// Weak or not, nobody can be called.
  @Test func callOfAnUndefinedWeakFunction() {
    let row = Row(.unresolvedSymbol, "unresolved symbol 'maybe' (relocation at .text+0x0)") {
      let text = $0.text([.callLocal(-1), .exit])
      let symbol = $0.symbol("maybe", in: ObjectBuilder.undefined, binding: ObjectBuilder.weak)
      $0.relocate(text, at: 0, type: 10, symbol: symbol)
    }
    refused(row)
  }

  @Test func unprintableNamesStayInOneLine() {
    let row = Row(.badLength, "section '(unprintable)' length 9 is not a multiple of 8") {
      let text = [UInt8](repeating: 0, count: 9)
      _ = $0.add(.init(name: "a\nb", flags: ObjectBuilder.allocated | ObjectBuilder.executable, bytes: text))
    }
    refused(row)
  }

  @Test func truncatedHeader() {
    var object = ObjectBuilder()
    _ = object.text([.exit])
    for length in [4, 16, 63] {
      let error = #expect(throws: LoadError.self) { _ = try ProgramLoader.load(Array(object.bytes()[..<length])) }
      #expect(error?.code == .malformedELF)
      #expect(error?.description.hasPrefix("malformed ELF object: header: ") == true)
    }
  }

  @Test func truncatedFile() {
    var object = ObjectBuilder()
    _ = object.text([.exit])
    let image = object.bytes()
    // The null section, .text, .symtab and .strtab.
    let table = image.count - 4 * 64
    for length in [64, 100, image.count - 1] {
      let error = #expect(throws: LoadError.self) { _ = try ProgramLoader.load(Array(image[..<length])) }
      #expect(
        error?.description == "malformed ELF object: the section table at 0x\(String(table, radix: 16)) extends beyond "
          + "the end of the file, \(length) bytes")
    }
  }

  /// The table of specs/programs.md has the messages that the rows above have, word for word.
  @Test func documented() throws {
    var folder = URL(filePath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    let text = try String(contentsOf: folder.appending(path: "specs/programs.md"), encoding: .utf8)
    let rows = try #require(text.components(separatedBy: "## Refused\n").last).split(separator: "\n")
    let documented = rows.filter { $0.hasPrefix("| `") }.compactMap { $0.split(separator: "`").dropFirst().first }
    #expect(documented.count > 10)
    let messages = Set((Self.header + Self.sections + Self.relocations + Self.entries).map(\.message))
    for message in documented { #expect(messages.contains(String(message))) }
  }
}
