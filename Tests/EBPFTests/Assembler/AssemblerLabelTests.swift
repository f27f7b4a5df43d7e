import EBPF
import Testing

@Suite("Assembler: labels, comments and directives") struct AssemblerLabelTests {
  private func slots(_ source: String) throws -> [UInt64] { try Assembler.assemble(source).text }

  @Test("labels of all kinds, in both directions, alone or before an instruction")
  func labels() throws {
    let found = try Assembler.assemble(
      """
      entry: first: r1 = 0
      LBB0_1: .L3:
        if r1 == 9 goto exit
        r1 += 1
        ja LBB0_1
      1:  goto 1f
          goto 1b
      1:  gotol 1b
      exit: exit
      """)
    let expected = try slots(
      """
      r1 = 0
      if r1 == 9 goto +5
      r1 += 1
      goto -3
      goto +1
      goto -2
      gotol -1
      exit
      """)
    #expect(found.text == expected)
    #expect(found.labels == ["entry": 0, "first": 0, "LBB0_1": 1, ".L3": 1, "exit": 7])
    #expect(found.functions.isEmpty)
  }

  @Test("without such a label, exit is the first exit")
  func firstExit() throws {
    #expect(try slots("jeq r1, 0, exit\nja exit\nexit\nexit") == slots("jeq r1, 0, +1\nja +0\nexit\nexit"))
    #expect(try slots("ja exit\nexit\nexit: exit") == slots("ja +1\nexit\nexit"))
  }

  @Test("a label counts both slots of a wide instruction, and may stand behind the last")
  func distances() throws {
    #expect(try slots("goto end\nr1 = 5 ll\nend:") == slots("goto +2\nr1 = 5 ll"))
  }

  @Test("calls by label are local; what is called or declared is a function")
  func functions() throws {
    let found = try Assembler.assemble(
      """
      .globl main
      .type main, @function
      main: call leaf
      loop: call local other
      exit
      leaf: exit
      other: exit
      """)
    #expect(try found.text == slots("call pc+2\ncall pc+2\nexit\nexit\nexit"))
    #expect(found.functions == ["main": 0, "leaf": 3, "other": 4] && found.labels["loop"] == 1)
    #expect(found.program.functions == found.functions && found.program.entry == 0)
  }

  @Test(
    "words that mean something elsewhere are labels too", arguments: ["exit", "local", "pc", "if", "s", "ll", "add"])
  func keywords(_ name: String) throws {
    #expect(try slots("\(name): call \(name)\ngoto \(name)") == slots("call pc-1\ngoto -2"))
  }

  @Test("comments in four styles, blanks, and line ends of any system")
  func comments() throws {
    let source = """
      # r0 = 1
      ; r0 = 2\r
      \tr0 = 3 ; three\r
      r1 = 4 // four /* not
      /* r0 = 5
         r0 = 6 */ r2 = /* seven */ 7 # end
      """
    #expect(try slots(source) == slots("r0 = 3\nr1 = 4\nr2 = 7"))
  }

  @Test("directives without bytes, as compilers write them")
  func directives() throws {
    let source = """
      	.file	"e.c"
      	.text
      	.section	prog,"ax",@progbits
      	.globl	main_program                    # -- Begin function
      	.p2align	3
      	.type	main_program,@function
      main_program:
      	.cfi_startproc
      	r0 = 0
      	exit
      .Lfunc_end0:
      	.size	main_program, .Lfunc_end0-main_program
      	.section	".note.GNU-stack","",@progbits
      	.addrsig
      	.ident	"clang"
      """
    #expect(try slots(source) == slots("r0 = 0\nexit"))
  }

  @Test("raw slots")
  func rawSlots() throws {
    #expect(try slots(".8byte 0xff, -1\n.8byte 18446744073709551614") == [0xff, .max, .max - 1])
  }

  static let toolchain = [
    (".data", 1, 1), ("exit\n .quad 5", 2, 2), ("exit\n.section .rodata,\"a\"\nname: .ascii \"x\"", 3, 1),
    ("r1 = table ll\nexit", 1, 6), ("exit\n.section other,\"ax\"\nexit", 3, 1), (".p2align 3\nexit\n.p2align 4", 3, 1),
    (".macro twice\nexit\n.endm", 1, 1), (".8byte name", 1, 8),
    // A raw text begins at slot 0, an object at its first global function.
    ("leaf: exit\n.globl main\n.type main,@function\nmain: exit", 4, 1),
  ]

  @Test("data and several sections are left to a toolchain", arguments: toolchain)
  func needsObjectFile(_ source: String, _ line: Int, _ column: Int) throws {
    let error = try #require(throws: AssemblyError.self) { try Assembler.assemble(source) }
    #expect(error.code == .needsObjectFile && error.line == line && error.column == column, "\(error)")
  }
}
