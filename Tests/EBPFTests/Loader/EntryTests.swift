import EBPF
import Testing

/// Where programs begin: by rule, by the caller's choice, and by the choice that travels in the image.
@Suite struct EntryTests {
  /// .text (hidden, shared), prog (start, second), alone; data; all return a number of their own.
  private static let object: [UInt8] = {
    var object = ObjectBuilder()
    let text = object.text([.move(0, 1), .exit, .move(0, 2), .exit])
    let prog = object.text([.move(0, 3), .exit, .move(0, 4), .exit, .move(0, 5), .exit], name: "prog")
    let alone = object.text([.move(0, 6), .exit], name: "alone")
    let data = object.data([1])
    object.symbol("hidden", in: text, binding: ObjectBuilder.local)
    object.symbol("shared", in: text, at: 16)
    object.symbol("second", in: prog, at: 32)
    object.symbol("start", in: prog, at: 16)
    object.symbol("alone", in: text, at: 16, binding: ObjectBuilder.weak)
    object.symbol("label", in: prog, at: 8, kind: ObjectBuilder.noType)
    object.symbol("local_label", in: prog, kind: ObjectBuilder.noType, binding: ObjectBuilder.local)
    object.symbol("variable", in: data, kind: ObjectBuilder.object)
    _ = alone
    return object.bytes()
  }()

  private func result(_ image: [UInt8], _ entry: ProgramLoader.EntryPoint = .automatic) throws -> UInt64? {
    run(try ProgramLoader.load(image, entry: entry)).result.r0
  }

  @Test func choices() throws {
    let object = Self.object
    #expect(try result(object) == 4, "the first global function of the first section that is not .text")
    #expect(try result(object, .section("prog")) == 4)
    #expect(try result(object, .section(".text")) == 2, "a local function is no program")
    #expect(try result(object, .section("alone")) == 6, "no function: the start")
    #expect(try result(object, .symbol("hidden")) == 1)
    #expect(try result(object, .symbol("second")) == 5)
    #expect(try result(object, .named("alone")) == 2, "functions go before sections")
    #expect(try result(object, .named("prog")) == 4)
  }

  /// The image says itself where it begins; nothing else of it changes.
  @Test(arguments: [("hidden", 1), ("shared", 2), ("prog", 4), ("second", 5), (".text", 2)] as [(String, UInt64)])
  func inTheImage(_ name: String, _ expected: UInt64) throws {
    let image = try ProgramLoader.image(Self.object, withEntry: name)
    #expect(try result(image) == expected)
    #expect(image.count == Self.object.count)
    #expect(zip(image, Self.object).enumerated().allSatisfy { (24..<32).contains($0) || $1.0 == $1.1 })
    #expect(try result(image, .symbol("second")) == 5, "the caller's choice goes before the image's")
    #expect(
      try ProgramLoader.image(image, withEntry: "second") == ProgramLoader.image(Self.object, withEntry: "second"))
  }

  /// Section number in the upper half, offset in the lower.
  @Test func encoding() throws {
    let image = try ProgramLoader.image(Self.object, withEntry: "second")
    #expect(Array(image[24..<32]) == little(2 << 32 | 32, 8))
  }

  /// A global label of assembly, in the middle of a section, may be chosen too.
  @Test func label() throws {
    #expect(try ProgramLoader.load(Self.object, entry: .symbol("label")).entry == 5)
  }

  @Test(arguments: ["nobody", "variable", "local_label", ".data", ""])
  func unknownNames(_ name: String) {
    let error = #expect(throws: LoadError.self) { _ = try ProgramLoader.image(Self.object, withEntry: name) }
    #expect(error?.code == .entryNotFound)
    #expect(
      error?.description == "no function or executable section '\(name)'; functions: 'alone', 'hidden', 'label', "
        + "'second', 'shared', 'start'; sections: '.text', 'prog', 'alone'")
  }

  @Test func manyNames() {
    var object = ObjectBuilder()
    let text = object.text([.exit])
    for index in 10..<40 { object.symbol("f\(index)", in: text) }
    let error = #expect(throws: LoadError.self) { _ = try ProgramLoader.image(object.bytes(), withEntry: "g") }
    #expect(error?.description.contains("'f24', 'f25' and 14 more; sections: '.text'") == true)
  }

  @Test func rawProgramsHaveNoNames() {
    let error = #expect(throws: LoadError.self) {
      _ = try ProgramLoader.image([0x95, 0, 0, 0, 0, 0, 0, 0], withEntry: "main")
    }
    #expect(error?.description == "a raw program has no names to begin at: only an object has")
  }

  /// The entry may not be the second half of an instruction.
  @Test func middleOfAnInstruction() throws {
    var object = ObjectBuilder()
    let text = object.text(Instruction.wide(0, 1) + [.exit])
    object.symbol("middle", in: text, at: 8)
    let program = try ProgramLoader.load(ProgramLoader.image(object.bytes(), withEntry: "middle"))
    let error = #expect(throws: LoadError.self) { try Verifier.verify(program) }
    #expect(error?.code == .entryNotFound)
  }
}
