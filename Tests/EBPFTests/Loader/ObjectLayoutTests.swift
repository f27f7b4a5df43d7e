import EBPF
import Testing

/// Sections, symbols and relocations that only some compilers write, in objects made by hand.
@Suite struct ObjectLayoutTests {
  private static let base: UInt64 = 0x2000_0000

  private func load(_ object: ObjectBuilder, entry: ProgramLoader.EntryPoint = .automatic) throws -> Program {
    try ProgramLoader.load(object.bytes(), dataBase: Self.base, entry: entry)
  }

  private func words(_ program: Program) -> [UInt64] {
    stride(from: 0, to: program.data.count - 7, by: 8).map { start in
      program.data[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private func constant(_ program: Program, at pc: Int) -> UInt64 {
    Instruction(word: program.text[pc]).wideImmediate(next: Instruction(word: program.text[pc + 1]))
  }

  // MARK: Addends

  /// A call, a constant and a pointer, each to a symbol that is not at the start of its section; `inPlace` is what the
  /// assembler left there beside the addends, which are 0, 4 and 8.
  private func references(call: Int32, constant: UInt64, pointer: UInt64) -> ObjectBuilder {
    var object = ObjectBuilder()
    let text = object.text(
      [.move(0, 1), .exit, .move(0, 2), .exit] + [.callLocal(call)] + Instruction.wide(1, constant) + [.exit])
    let data = object.data([UInt8](repeating: 0, count: 16) + little(pointer, 8))
    let second = object.symbol("second", in: text, at: 16)
    object.symbol("entry", in: text, at: 32)
    let variable = object.symbol("variable", in: data, at: 8, kind: ObjectBuilder.object)
    object.relocate(text, at: 32, type: 10, symbol: second)
    object.relocate(text, at: 40, type: 1, symbol: variable)
    object.relocate(data, at: 16, type: 2, symbol: variable)
    return object
  }

  private func expectLinked(_ object: ObjectBuilder) throws {
    let program = try load(object, entry: .symbol("entry"))
    #expect(Instruction(word: program.text[4]) == .callLocal(-3))
    #expect(constant(program, at: 5) == Self.base + 8 + 4)
    #expect(words(program)[2] == Self.base + 8 + 8)
  }

  /// As the format has it, with any table of names and any CPU version.
  @Test func addends() throws {
    var object = references(call: -1, constant: 4, pointer: 8)
    try expectLinked(object)
    object.separatesNames = true
    try expectLinked(object)
    object.flags = 3
    try expectLinked(object)
  }

  /// GNU as of binutils 2.40 leaves the value of the symbol in the place too: 16 bytes in the call, 8 in the others.
  @Test func addendsWithSymbolValues() throws {
    var object = references(call: 15, constant: 12, pointer: 16)
    object.separatesNames = true
    try expectLinked(object)
  }

  /// Only in an object that looks like one of that assembler: with one table of names, or with a CPU version, the
  /// same numbers are plain addends.
  @Test func largeAddends() throws {
    var object = references(call: 1, constant: 12, pointer: 16)
    for separatesNames in [false, true] {
      object.separatesNames = separatesNames
      object.flags = separatesNames ? 3 : 0
      let program = try load(object, entry: .symbol("entry"))
      #expect(Instruction(word: program.text[4]) == .callLocal(-1))
      #expect(constant(program, at: 5) == Self.base + 8 + 12)
      #expect(words(program)[2] == Self.base + 8 + 16)
    }
  }

  /// Negative addends, and those of section symbols.
  @Test func negativeAndSectionAddends() throws {
    var object = ObjectBuilder()
    let text = object.text(Instruction.wide(1, UInt64(bitPattern: -4)) + [.callLocal(0), .exit, .exit])
    let data = object.data(little(12, 8) + little(UInt64(bitPattern: -8), 8) + little(UInt64(bitPattern: -12), 4))
    let inText = object.symbol("", in: text, kind: ObjectBuilder.section, binding: ObjectBuilder.local)
    let inData = object.symbol("", in: data, kind: ObjectBuilder.section, binding: ObjectBuilder.local)
    let end = object.symbol("end", in: data, at: 20, kind: ObjectBuilder.object)
    object.relocate(text, at: 0, type: 1, symbol: end)
    object.relocate(text, at: 16, type: 10, symbol: inText)
    object.relocate(data, at: 0, type: 2, symbol: inData)
    object.relocate(data, at: 8, type: 2, symbol: end)
    object.relocate(data, at: 16, type: 3, symbol: end)
    let program = try load(object)
    #expect(constant(program, at: 0) == Self.base + 16)
    #expect(Instruction(word: program.text[2]) == .callLocal(-2))
    #expect(words(program) == [Self.base + 12, Self.base + 12])
    #expect(Array(program.data[16..<20]) == little(Self.base + 8, 4))
  }

  // MARK: Relocation types

  @Test(arguments: [10, 2] as [UInt32])
  func callTypes(_ type: UInt32) throws {
    var object = ObjectBuilder()
    let entry = object.text([.callLocal(-1), .exit], name: "prog")
    let text = object.text([.move(0, 7), .exit, .move(0, 9), .exit])
    let callee = object.symbol("callee", in: text, at: 16)
    object.relocate(entry, at: 0, type: type, symbol: callee)
    #expect(run(try load(object)).result.r0 == 9)
  }

  /// LLVM's, those of LLVM before version 13 (1, 10) and those of early GNU as (11, 12).
  @Test(arguments: [(1, 8), (2, 8), (12, 8), (3, 4), (4, 4), (10, 4), (11, 4)] as [(UInt32, Int)])
  func dataTypes(_ type: UInt32, _ width: Int) throws {
    var object = ObjectBuilder()
    _ = object.text([.exit])
    let data = object.data([UInt8](repeating: 0, count: 8) + [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    let symbol = object.symbol("", in: data, at: 0, kind: ObjectBuilder.section, binding: ObjectBuilder.local)
    object.relocate(data, at: 8, type: type, symbol: symbol)
    let program = try load(object)
    #expect(Array(program.data[8...]) == little(Self.base - 1, width) + [UInt8](repeating: 0xff, count: 8 - width))
  }

  // MARK: Addresses of functions

  @Test func functionAddresses() throws {
    var object = ObjectBuilder()
    let first = object.text([.exit, .exit] + Instruction.wide(1, 8) + Instruction.wide(2, 0) + [.exit], name: "prog")
    let text = object.text([.exit, .exit, .exit])
    let data = object.data(little(0, 8) + little(8, 8) + little(0, 4))
    let section = object.symbol("", in: text, kind: ObjectBuilder.section, binding: ObjectBuilder.local)
    let function = object.symbol("function", in: text, at: 16)
    object.relocate(first, at: 16, type: 1, symbol: section)
    object.relocate(first, at: 32, type: 1, symbol: function)
    object.relocate(data, at: 0, type: 2, symbol: function)
    object.relocate(data, at: 8, type: 2, symbol: section)
    object.relocate(data, at: 16, type: 3, symbol: function)
    let program = try load(object)
    let (inSection, atFunction) = (CodeAddress.address(ofSlot: 8), CodeAddress.address(ofSlot: 9))
    #expect(constant(program, at: 2) == inSection && constant(program, at: 4) == atFunction)
    #expect(words(program) == [atFunction, inSection] && Array(program.data[16...]) == little(atFunction, 4))
  }

  /// CALLX with the register in the immediate becomes one with the register as the destination; others stay.
  @Test func callThroughRegister() throws {
    func callx(_ dst: UInt8, _ src: UInt8 = 0, _ offset: Int16 = 0, _ imm: Int32 = 0) -> Instruction {
      Instruction(opcode: Opcode.callx, dst: dst, src: src, offset: offset, imm: imm)
    }
    let (old, new) = ((1...10).map { callx(0, 0, 0, $0) }, (1...10).map { callx(UInt8($0)) })
    let others = [
      callx(0), callx(3), callx(0, 0, 0, 11), callx(0, 0, 0, -1), callx(1, 0, 0, 2), callx(0, 1, 0, 2),
      callx(0, 0, 1, 2),
      Instruction(opcode: Opcode.call, imm: 2),
    ]
    let raw = try ProgramLoader.load((old + others).flatMap { little($0.word, 8) })
    #expect(raw.text == (new + others).map(\.word))
    var object = ObjectBuilder()
    _ = object.text(old + others)
    #expect(try load(object).text == raw.text)
  }

  // MARK: Data

  /// Read-only sections first, then writable ones; those that only relocation writes are read-only. Each is aligned
  /// as it asks, to 16 at least.
  @Test func placement() throws {
    var object = ObjectBuilder()
    _ = object.text([.exit])
    _ = object.data([1], name: ".data")
    _ = object.data([2], name: ".rodata", flags: ObjectBuilder.allocated)
    _ = object.data([3], name: ".data.rel.ro")
    _ = object.data(Array("abc\0".utf8), name: ".rodata.str1.1", flags: 0x32)
    var wide = ObjectBuilder.Section(name: ".data.line", flags: 3, bytes: [4])
    wide.alignment = 64
    _ = object.add(wide)
    _ = object.add(.init(name: ".bss", type: 8, flags: 3, size: 3))
    let program = try load(object)
    let nonzero = program.data.indices.filter { program.data[$0] != 0 }
    #expect(
      nonzero.map { [$0, Int(program.data[$0])] } == [
        [0, 2], [16, 3], [32, 97], [33, 98], [34, 99], [48, 1], [64, 4],
      ])
    #expect(program.writableDataOffset == 48 && program.data.count == 80 + 3)
  }

  /// Common symbols are zeros behind .bss; their value is their alignment.
  @Test func commonSymbols() throws {
    var object = ObjectBuilder()
    object.separatesNames = true
    let text = object.text(Instruction.wide(1, 0) + Instruction.wide(2, 4) + [.exit])
    _ = object.data([7])
    let small = object.symbol("small", in: ObjectBuilder.common, at: 4, size: 4, kind: ObjectBuilder.object)
    let line = object.symbol("line", in: ObjectBuilder.common, at: 64, size: 64, kind: ObjectBuilder.object)
    object.relocate(text, at: 0, type: 1, symbol: small)
    object.relocate(text, at: 16, type: 1, symbol: line)
    let program = try load(object)
    #expect(constant(program, at: 0) == Self.base + 64 && constant(program, at: 2) == Self.base + 128 + 4)
    #expect(program.data.count == 192 && program.data.filter { $0 != 0 } == [7])
  }

  /// A weak symbol that nobody defines has the address 0, and an absolute one its value.
  @Test func addressesOfNothing() throws {
    var object = ObjectBuilder()
    let text = object.text(Instruction.wide(1, 0) + Instruction.wide(2, 1) + [.exit])
    let weak = object.symbol(
      "maybe", in: ObjectBuilder.undefined, kind: ObjectBuilder.noType, binding: ObjectBuilder.weak)
    let absolute = object.symbol("absolute", in: ObjectBuilder.absolute, at: 0x1234, kind: ObjectBuilder.noType)
    object.relocate(text, at: 0, type: 1, symbol: weak)
    object.relocate(text, at: 16, type: 1, symbol: absolute)
    let program = try load(object)
    #expect(constant(program, at: 0) == 0 && constant(program, at: 2) == 0x1235)
  }

  /// What a debugger or a kernel reads is not looked at, whatever its relocations are.
  @Test(arguments: [".BTF", ".BTF.ext", ".debug_info", ".llvm_addrsig", ".comment"])
  func ignoredSections(_ name: String) throws {
    var object = ObjectBuilder()
    let text = object.text([.exit])
    let ignored = object.data([1, 2, 3, 4], name: name, flags: 0)
    let symbol = object.symbol("f", in: text)
    object.relocate(ignored, at: 1 << 40, type: 99, symbol: symbol)
    object.relocate(ignored, at: 0, type: 3, symbol: 12_345)
    #expect(try load(object).data.isEmpty)
  }
}
