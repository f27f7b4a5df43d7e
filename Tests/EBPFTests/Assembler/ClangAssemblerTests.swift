import EBPF
import TestSupport
import Testing

/// clang's own assembler as the oracle.
@Suite("Assembler: the same slots as clang", .enabled(if: Clang.isAvailable, "SKIPPED: no clang with the BPF target"))
struct ClangAssemblerTests {
  private func clang(_ source: String) throws -> [UInt64] {
    try ProgramLoader.load(Clang.compile(source, cpu: "v4", language: "assembler")).text
  }

  @Test("every form in its syntax")
  func forms() throws {
    let groups = [AssemblerTests.arithmetic, AssemblerTests.moves, AssemblerTests.memory, AssemblerTests.atomics]
    // Of these, clang has only the ones below, or writes an upper half of zero.
    let texts = groups.flatMap { $0 }.map { $0.texts[0] }.filter { !$0.contains("lddw") && !$0.hasSuffix(", 5, -7") }
    let packets = texts.filter { $0.contains("skb[r2 ") }
    let source = texts.filter { !packets.contains($0) }.joined(separator: "\n") + "\n"
    #expect(try Assembler.assemble(source).text == clang(source))
  }

  @Test("jumps, calls and labels")
  func jumps() throws {
    let source = """
      start: r1 = 0x1122334455667788 ll
      1: if r1 s> r2 goto 1f
        if w1 & 3 goto start
        gotol 1b
        callx r3
        call 5
        call leaf
        goto +1
      1: exit
      leaf: if r1 <= -1 goto leaf
        if w1 s<= w2 goto 1b
        exit
      """ + "\n"
    #expect(try Assembler.assemble(source).text == clang(source))
  }

  @Test("every encoding that clang has, with random operands")
  func random() throws {
    var random = SeededRandom(state: 31)
    // It links local calls itself, cannot add to a register in a packet load, leaves the second immediate zero, and
    // takes no more than 16 bits behind gotol.
    let encodings = RoundTripTests.encodings.filter { encoding in
      ![Opcode.call, 0x40, 0x48, 0x50].contains(encoding.opcode)
        && !(encoding.opcode == Opcode.lddw && encoding.source > 0)
    }
    let slots = (0..<20).flatMap { _ in
      encodings.map { RoundTripTests.filled($0, &random, near: $0.opcode == Opcode.ja32) }
    }
    let lines = slots.map { Disassembler.text(of: $0[0], next: $0.count > 1 ? $0[1] : nil) }
    let found = try clang(lines.joined(separator: "\n") + "\n")
    #expect(found == slots.flatMap { $0.map(\.word) }, "seed 31")
  }

  @Test("what clang writes for C", arguments: ["v1", "v2", "v3", "v4"])
  func compilerOutput(_ cpu: String) throws {
    let source = """
      __attribute__((section("prog"))) int entry(unsigned char *memory, unsigned long size) {
        int sum = 0;
        for (unsigned long i = 0; i < size; i++) if (memory[i] != 'k') sum += memory[i] / 3; else sum ^= (int)i;
        return sum;
      }
      """
    let assembly = String(decoding: try Clang.compile(source, cpu: cpu, emit: "-S"), as: UTF8.self)
    #expect(try Assembler.assemble(assembly).text == ProgramLoader.load(Clang.compile(source, cpu: cpu)).text)
  }
}
