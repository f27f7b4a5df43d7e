import Foundation
import Testing

@Suite("ubpf-sim check")
struct CheckTests {
  private static let files = [
    "p.s": """
      r6 = 20
      r7 = 0
    loop:
      r7 += r6
      *(u64 *)(r10 - 8) = r7
      r6 -= 1
      if r6 != 0 goto loop
      r0 = *(u64 *)(r10 - 8)
      exit
    """,
    "s.json": #"{"steps": [{"load_text": {"program": "p.s"}}, {"run": {"expect": {"ret": 210}}}]}"#,
  ]

  /// A folder with the logs of a design that does what the model does.
  private func design() throws -> Folder {
    let folder = try Folder(Self.files)
    let outcome = try Command.run(["s.json", "--commit-log", "d.log", "--tlp-log", "d.tlp"], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  private func change(_ name: String, in folder: Folder, _ change: (inout [String]) -> Void) throws {
    let url = folder.url.appending(path: name)
    var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    change(&lines)
    try lines.joined(separator: "\n").write(to: url, atomically: true, encoding: .utf8)
  }

  @Test("a design like the model is the same, to the cycle and the picosecond")
  func same() throws {
    let folder = try design()
    let outcome = try Command.run(
      ["check", "s.json", "--commits", "d.log", "--tlps", "d.tlp", "--cycles", "0", "--time", "0ns"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.hasPrefix("The same: 84 commits of core0, with their cycles; "), "\(outcome.output)")
    #expect(outcome.output.contains(" TLPs of link up, with their times"))
    #expect(outcome.output.split(separator: "\n").count == 1)
  }

  @Test("the first wrong instruction is told, with what was before it and a waveform around it")
  func wrongRegister() throws {
    let folder = try design()
    try change("d.log", in: folder) { $0[8] = $0[8].replacingOccurrences(of: "r7=0x", with: "r7=0xf") }
    let outcome = try Command.run(
      ["check", "s.json", "--commits", "d.log", "--context", "3", "--window", "w.fst"], in: folder)
    #expect(outcome.status == 1 && outcome.errors.isEmpty)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(
      lines[0].hasPrefix(
        "Different: core0 run0 #6 (r7 += r6) differs in line 9 of d.log: r7 is 0x27 in the model, 0xf27 in the design, at "
      ),
      "\(outcome.output)")
    #expect(lines[1] == "commits of the model, the last ones:" && lines[6] == "commits of the design, the last ones:")
    #expect(lines[5].hasPrefix("  > core0 run0 #6 ") && lines[10].hasPrefix("  > core0 run0 #6 "))
    #expect(lines[11].hasPrefix("The model from ") && lines[11].hasSuffix(" is in w.fst"))
    let info = try Command.run(["wave", "info", "w.fst"], in: folder)
    #expect(info.status == 0 && info.output.contains("finished     yes"))
    let free = try Command.run(["check", "s.json", "--commits", "d.log", "--mask", "r7=0xff"], in: folder)
    #expect(free.status == 0)
    let ignored = try Command.run(["check", "s.json", "--commits", "d.log", "--ignore", "r7"], in: folder)
    #expect(ignored.status == 0)
  }

  @Test("beside a wrong instruction stand the last packets, and beside a wrong packet the last instructions")
  func both() throws {
    let folder = try design()
    let command = ["check", "s.json", "--commits", "d.log", "--tlps", "d.tlp", "--context", "2"]
    func others(_ kind: String) throws -> [String] {
      let outcome = try Command.run(command, in: folder)
      #expect(outcome.status == 1, "\(outcome.errors)")
      let parts = outcome.output.components(separatedBy: "\n\n")
      try #require(parts.count == 5, "\(outcome.output)")
      let sides = zip(parts[3...], ["model", "design"]).map { part, side in
        #expect(part.hasPrefix("\(kind) of the \(side), the last ones:\n"), "\(part)")
        return part.split(separator: "\n").dropFirst().map(String.init)
      }
      #expect(sides[0] == sides[1] && sides[0].count == 2)
      return sides[0]
    }
    let log = try folder.text("d.log")
    try change("d.log", in: folder) { $0[8] = $0[8].replacingOccurrences(of: "r7=0x", with: "r7=0xf") }
    // The doorbell that started the run, and what the host read meanwhile.
    #expect(try others("TLPs").allSatisfy { $0.hasPrefix("    link ") || $0.hasPrefix("    peerLink ") })
    try folder.write(log, to: "d.log")
    try change("d.tlp", in: folder) { lines in
      let line = lines.lastIndex { $0.hasPrefix("link up CplD") }!
      lines[line] = lines[line].replacingOccurrences(of: "tag=0x", with: "tag=0x1")
    }
    #expect(try others("commits").map { $0.prefix(18) } == ["    core0 run0 #82", "    core0 run0 #83"])
  }

  @Test("another core is the same to a program, but not to the cycle")
  func otherCore() throws {
    let folder = try design()
    #expect(try Command.run(["check", "s.json", "--commits", "d.log", "--mode", "deep8"], in: folder).status == 0)
    let timed = try Command.run(
      ["check", "s.json", "--commits", "d.log", "--mode", "deep8", "--cycles", "0"], in: folder)
    #expect(timed.status == 1 && timed.output.contains("cycles since #0 is "), "\(timed.output)")
  }

  @Test("a wrong TLP is told by its field")
  func wrongTLP() throws {
    let folder = try design()
    try change("d.tlp", in: folder) { lines in
      let line = lines.firstIndex { $0.hasPrefix("link up CplD") }!
      lines[line] = lines[line].replacingOccurrences(of: "tag=0x", with: "tag=0x1")
    }
    let outcome = try Command.run(["check", "s.json", "--tlps", "d.tlp"], in: folder)
    #expect(outcome.status == 1 && outcome.output.hasPrefix("Different: link up CplD differs in line "))
    #expect(outcome.output.contains(": tag is 0x"))
    #expect(try Command.run(["check", "s.json", "--tlps", "d.tlp", "--ignore", "tag"], in: folder).status == 0)
  }

  @Test("what was not compared is no success")
  func nothing() throws {
    let folder = try design()
    try "# nothing\n".write(to: folder.url.appending(path: "n.log"), atomically: true, encoding: .utf8)
    let empty = try Command.run(["check", "s.json", "--commits", "n.log"], in: folder)
    #expect(empty.status == 2)
    #expect(
      empty.errors == "ubpf-sim: n.log: found no commits to compare, expected some; the model has core0 (84 commits)\n")
    let part = try Command.run(["check", "s.json", "--commits", "n.log", "--tlps", "d.tlp"], in: folder)
    #expect(part.status == 2 && part.errors == empty.errors)
    try change("d.tlp", in: folder) { $0.removeAll { $0.hasPrefix("link down") } }
    let up = try Command.run(["check", "s.json", "--tlps", "d.tlp"], in: folder)
    #expect(
      up.status == 0 && up.output.contains("\nNot compared: the design has no link down ("), "\(up.output)")
    try change("d.log", in: folder) { $0.removeSubrange(20...) }
    let cut = try Command.run(["check", "s.json", "--commits", "d.log"], in: folder)
    #expect(cut.status == 2 && cut.errors.contains("d.log: found no line feed at the end"), "\(cut.errors)")
    try change("d.log", in: folder) { $0.append("") }
    let short = try Command.run(["check", "s.json", "--commits", "d.log"], in: folder)
    #expect(
      short.status == 1 && short.output.hasPrefix("Different: d.log ends before core0 run0 #18 "), "\(short.output)")
  }

  @Test(
    "wrong options",
    arguments: [
      ([], "found neither --commits nor --tlps"),
      (["--commits", "none.log"], "none.log: found No such file or directory, expected a commit log"),
      (["--commits", "d.log", "--ignore", "tga"], "; did you mean \"tag\"?"),
      (["--commits", "d.log", "--mask", "r11=0x1"], "--mask: found \"r11=0x1\", expected a register and a mask"),
      (["--tlps", "d.tlp", "--time", "soon"], "--time: found \"soon\", expected "),
      (["--tlps", "d.log"], "d.log:3:"),
    ] as [([String], String)])
  func refused(arguments: [String], message: String) throws {
    let outcome = try Command.run(["check", "s.json"] + arguments, in: try design())
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(message) && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }
}
