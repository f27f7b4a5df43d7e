import EBPF
import Testing

@Suite("Assembler: errors say where, what was found and what was expected") struct AssemblerErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let source: String
    let says: String
    var code = AssemblyError.Code.syntax
    var testDescription: String { source }
  }

  @Test("the one line", arguments: syntax + ranges + labels)
  func message(_ wrong: Case) throws {
    let error = try #require(throws: AssemblyError.self) { try Assembler.assemble(wrong.source) }
    #expect(error.description == wrong.says)
    #expect(error.code == wrong.code)
  }

  static let syntax = [
    Case(source: "", says: "1:1: found the end of the source, expected an instruction"),
    Case(source: "# only\n", says: "2:1: found the end of the source, expected an instruction"),
    Case(source: "r0 = 1\n  mvo %r0, 1", says: "2:3: found 'mvo', expected an instruction; did you mean 'mov'?"),
    Case(source: "mov %r0 1", says: "1:9: found '1', expected ','"),
    Case(source: "exit exit", says: "1:6: found 'exit', expected the end of the instruction"),
    Case(source: "r11 = 1", says: "1:1: found 'r11', expected a register, r0...r10 or w0...w10"),
    Case(source: "mov %r01, 1", says: "1:5: found '%r01', expected a register, r0...r10 or w0...w10"),
    Case(source: "r1 = w2", says: "1:6: found 'w2', expected a register, r0...r10"),
    Case(source: "add32 w1, 2", says: "1:7: found 'w1', expected a register, r0...r10"),
    Case(source: "r1 = -r2", says: "1:7: found 'r2', expected 'r1'"),
    Case(source: "r1 = be16 w1", says: "1:11: found 'w1', expected 'r1'"),
    Case(source: "w1 = (s32)w2", says: "1:7: found 's32', expected s8, s16"),
    Case(source: "w1 = *(u64 *)(r2 + 0)", says: "1:8: found 'u64', expected a type: u8, u16, u32"),
    Case(source: "*(u64 *)(r2 + 0) = w1", says: "1:20: found 'w1', expected a register, r0...r10"),
    Case(source: "r1 = *(u8 *)(r2 4)", says: "1:17: found '4', expected ')'"),
    Case(
      source: "r0 = 010",
      says: "1:6: found '010', expected a number, decimal without leading zeros or hexadecimal with 0x"),
    Case(
      source: "r0 = 0xg",
      says: "1:6: found '0xg', expected a number, decimal without leading zeros or hexadecimal with 0x"),
    Case(
      source: "r0 =   ",
      says: "1:8: found the end of the line, expected a register, a number, a load, a byte swap or an atomic operation"),
    Case(source: "r0 = 1 /* x", says: "1:8: found a comment without end, expected '*/' behind it"),
    Case(source: ".file \"x", says: "1:7: found a text without end, expected '\"' behind it, on the same line"),
    Case(source: "/* ü */ \u{1b}", says: "1:9: found '\\u{1b}', expected an instruction, label or directive"),
    Case(source: "r1: exit", says: "1:1: found 'r1', expected a label or an instruction"),
    Case(
      source: "r1 = 5; r2 = 6",
      says: "1:9: found an instruction behind ';', expected a line of its own for it (';' begins a comment)"),
    Case(source: "if r1 = 2 goto +1", says: "1:7: found '=', expected a comparison: == > >= & != s> s>= < <= s< s<="),
    Case(
      source: "lock sub [%r1], %r2",
      says:
        "1:6: found 'sub', expected an atomic operation: add, and, cmpxchg, fetch_add, fetch_and, fetch_or, fetch_xor, or, xchg, xor, with or without 32"
    ),
  ]

  static let ranges = [
    Case(
      source: "r1 += 4294967296", says: "1:7: found '4294967296', expected an immediate, -2147483648...4294967295",
      code: .outOfRange),
    Case(
      source: "mov r1, -0x80000001", says: "1:9: found '-0x80000001', expected an immediate, -2147483648...4294967295",
      code: .outOfRange),
    Case(
      source: "r1 = *(u8 *)(r2 + 32768)", says: "1:17: found '+32768', expected an offset, -32768...32767",
      code: .outOfRange),
    Case(
      source: "stb [r1-32769], 1", says: "1:8: found '-32769', expected an offset, -32768...32767", code: .outOfRange),
    Case(
      source: "goto -32769", says: "1:6: found '-32769', expected a distance in slots, -32768...32767",
      code: .outOfRange),
    Case(
      source: "ja32 2147483648",
      says: "1:6: found '2147483648', expected a distance in slots, -2147483648...2147483647", code: .outOfRange),
    Case(source: "call -1", says: "1:6: found '-1', expected a helper's number, 0...2147483647", code: .outOfRange),
    Case(
      source: "r0 = -9223372036854775809 ll",
      says: "1:6: found '-9223372036854775809', expected a constant, -9223372036854775808...18446744073709551615",
      code: .outOfRange),
    Case(
      source: "r0 = 0x10000000000000000 ll",
      says: "1:6: found '0x10000000000000000', expected a number of at most 64 bits", code: .outOfRange),
    Case(source: "ld_pseudo r1, 7, 0", says: "1:15: found '7', expected a kind of LDDW, 0...6", code: .outOfRange),
  ]

  static let labels = [
    Case(
      source: "loop: exit\ngoto lop",
      says: "2:6: found 'lop', which is nowhere, expected a label of this source; did you mean 'loop'?", code: .badLabel
    ),
    Case(source: "a: exit\n  a: exit", says: "2:3: found label 'a' again, expected a new name", code: .badLabel),
    Case(source: "1: goto 1f", says: "1:9: found '1f', expected a label '1:' below", code: .badLabel),
    Case(source: "goto 1b\n1:", says: "1:6: found '1b', expected a label '1:' above", code: .badLabel),
  ]

  @Test("a jump reaches 32767 slots and not one more; gotol does")
  func farLabels() throws {
    func source(_ jump: String, _ count: Int) -> String {
      "\(jump) end\n" + String(repeating: "exit\n", count: count) + "end: exit"
    }
    #expect(try Assembler.assemble(source("goto", 32_767)).text[0] == Instruction(opcode: 0x05, offset: 32_767).word)
    #expect(try Assembler.assemble(source("gotol", 32_768)).text[0] == Instruction(opcode: 0x06, imm: 32_768).word)
    let error = try #require(throws: AssemblyError.self) { try Assembler.assemble(source("goto", 32_768)) }
    #expect(
      error.description
        == "1:6: found 'end' at a distance of 32768 slots, expected a distance of -32768...32767 (gotol reaches further)"
    )
  }
}
