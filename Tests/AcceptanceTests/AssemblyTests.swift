import Foundation
import Testing

@Suite("ubpf-sim asm and ubpf-sim disasm")
struct AssemblyTests {
  static let source = """
    entry: mov %r1, 40
      r1 += 2 ; the same language, another dialect
      call twice
      exit
    twice: r0 = r1
      r0 <<= 1
      exit
    """

  static let hex = """
    b7 01 00 00 28 00 00 00
    07 01 00 00 02 00 00 00
    85 10 00 00 01 00 00 00
    95 00 00 00 00 00 00 00
    bf 10 00 00 00 00 00 00
    67 00 00 00 01 00 00 00
    95 00 00 00 00 00 00 00

    """

  @Test("asm writes slots beside the source, or where it is told, or as hexadecimal digits")
  func outputs() throws {
    let folder = try Folder(["p.s": AssemblyTests.source])
    for arguments in [["p.s"], ["p.s", "-o", "other"]] {
      let outcome = try Command.run(["asm"] + arguments, in: folder)
      #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty)
    }
    let printed = try Command.run(["asm", "p.s", "--hex"], in: folder)
    #expect(printed.status == 0 && printed.output == AssemblyTests.hex)
    let bytes = AssemblyTests.hex.split { $0.isWhitespace }.compactMap { UInt8($0, radix: 16) }
    #expect(try folder.data("p.bin") == Data(bytes) && folder.data("other") == Data(bytes))
    #expect(try folder.names == ["p.s", "p.bin", "other"])
  }

  @Test("disasm prints what asm reads")
  func roundTrip() throws {
    let folder = try Folder(["p.s": AssemblyTests.source])
    _ = try Command.run(["asm", "p.s"], in: folder)
    let listing = try Command.run(["disasm", "p.bin"], in: folder)
    #expect(listing.status == 0)
    #expect(listing.output.contains("\n  call L4                                 ; 2    85 10 00 00 01 00 00 00\n"))
    #expect(listing.output.contains("\nL4:\n"))
    try folder.write(listing.output, to: "again.s")
    #expect(try Command.run(["asm", "again.s", "--hex"], in: folder).output == AssemblyTests.hex)
  }

  static let hasClang = (try? compile(in: Folder(["p.c": "int f;"])).status) == 0

  private static func compile(in folder: Folder) throws -> Command.Outcome {
    try Command.run("/usr/bin/env", ["clang", "-target", "bpf", "-O2", "-c", "p.c", "-o", "p.o"], in: folder)
  }

  @Test(
    "disasm shows an object with the names of its functions and the place of its data",
    .enabled(if: hasClang, "SKIPPED: no clang with the BPF target"))
  func object() throws {
    let folder = try Folder(["p.c": "int counter = 5; int entry(void) { return counter; }"])
    try #require(try AssemblyTests.compile(in: folder).status == 0)
    let listing = try Command.run(["disasm", "p.o"], in: folder)
    #expect(listing.status == 0)
    #expect(listing.output.hasPrefix("; data: 0x2000000...0x2000003, 4 bytes, writable\nentry:\n  r1 = 0x2000000 ll "))
  }

  @Test(
    "disasm gives numbers to helper functions that only a scenario knows",
    .enabled(if: hasClang, "SKIPPED: no clang with the BPF target"))
  func helpers() throws {
    let folder = try Folder(["p.c": "int csum(void *); int sqrti(int); int f(void *p) { return csum(p) + sqrti(4); }"])
    try #require(try AssemblyTests.compile(in: folder).status == 0)
    let listing = try Command.run(["disasm", "p.o"], in: folder)
    #expect(listing.status == 0)
    #expect(listing.output.hasPrefix("; helper 2147483647: csum, which has its number in the scenario\nf:\n"))
    #expect(listing.output.contains("  call 2147483647 ") && listing.output.contains("  call 3 "))
  }

  @Test("a scenario called like a sub-command is reached by its path")
  func scenarioWithThatName() throws {
    let folder = try Folder(["asm": #"{"steps": []}"#])
    #expect(try Command.run(["./asm"], in: folder).status == 0)
  }

  @Test("bad input", arguments: refusals)
  func refused(_ arguments: [String], _ says: String) throws {
    let folder = try Folder([
      "bad.s": "r0 = 1\n\tr0 += r11\n", "data.s": "exit\n.data\n", "p.s": "exit", "odd.bin": "12345",
    ])
    let before = try folder.names
    let outcome = try Command.run(arguments, in: folder)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors == "ubpf-sim: \(says)\n")
    #expect(try folder.names == before)
  }

  static let refusals = [
    (["asm", "bad.s"], "bad.s:2:8: found 'r11', expected a register, r0...r10 or w0...w10"),
    (
      ["asm", "data.s"],
      "data.s:2:1: found '.data', expected instructions of one section (data and more sections take an object file, as "
        + "clang makes it)"
    ),
    (["asm", "none.s"], "none.s: found No such file or directory, expected an assembly file"),
    (["asm", "p.s", "-o", "./p.s"], "cannot write slots './p.s': it is the source"),
    (["asm", "p.s", "-o", "/nonexistent/p"], "cannot write slots '/nonexistent/p': No such file or directory"),
    (["asm"], "Missing expected argument '<file>'; see ubpf-sim --help"),
    (["disasm", "none.o"], "none.o: found No such file or directory, expected an ELF object or raw slots"),
    (
      ["disasm", "odd.bin"],
      "odd.bin: found raw program length 5 is not a multiple of 8, expected an eBPF program"
    ),
  ]
}
