import Foundation
import Testing

/// `ubpf-sim check --dump --map`: dumps that say what a commit log of the model says.
@Suite("ubpf-sim check with a dump")
struct CheckDumpTests {
  private static let files = [
    "p.s": """
      r6 = 20
      r7 = 0
    loop:
      r7 += r6
      r6 -= 1
      if r6 != 0 goto loop
      r0 = r7
      exit
    """,
    "s.json": #"{"steps": [{"load_text": {"program": "p.s"}}, {"run": {"expect": {"ret": 210}}}]}"#,
    "m.json": """
    {"scope": "tb", "clock": "clk", "reset": {"signal": "rst_n", "active": "low"},
     "commits": {"valid": "valid", "pc": "pc", "insn": "insn", "rd_write": "rd_write", "rd": "rd", "rd_value": "value"}}
    """,
  ]
  private static let clockPeriod: UInt64 = 5000

  private struct Commit {
    var cycle: UInt64
    var pc: UInt64
    var instruction: UInt64
    var write: (register: UInt64, value: UInt64)?
  }

  /// A folder with the dump `d.vcd` of a design that does what the model does, unless `change` changes it.
  private func design(_ change: (inout [Commit]) -> Void = { _ in }) throws -> Folder {
    let folder = try Folder(Self.files)
    let outcome = try Command.run(["s.json", "--commit-log", "d.log"], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    var commits = try folder.text("d.log").split(separator: "\n").filter { $0.hasPrefix("core") }.map(Self.commit)
    change(&commits)
    try folder.write(Self.dump(commits), to: "d.vcd")
    return folder
  }

  private static func commit(_ line: Substring) -> Commit {
    var commit = Commit(cycle: 0, pc: 0, instruction: 0)
    for word in line.split(separator: " ") {
      let parts = word.split(separator: "=")
      guard parts.count == 2 else { continue }
      let value = UInt64(parts[1].dropFirst(2), radix: 16) ?? UInt64(parts[1]) ?? 0
      switch parts[0] {
      case "pc": commit.pc = value
      case "insn": commit.instruction = value
      case "c": commit.cycle = UInt64(parts[1]) ?? 0
      case _ where parts[0].hasPrefix("r"): commit.write = (UInt64(parts[0].dropFirst()) ?? 0, value)
      default: break
      }
    }
    return commit
  }

  /// Three cycles of reset come first, and two before the first commit.
  private static func dump(_ commits: [Commit]) -> String {
    var text = """
      $timescale 1ps $end
      $scope module tb $end
      $var wire 1 ! clk $end
      $var wire 1 " rst_n $end
      $var wire 1 # valid $end
      $var wire 17 $ pc [16:0] $end
      $var wire 64 % insn [63:0] $end
      $var wire 1 & rd_write $end
      $var wire 4 ' rd [3:0] $end
      $var wire 64 ( value [63:0] $end
      $upscope $end
      $enddefinitions $end
      #0
      0!
      0"
      x#

      """
    let first = commits.first?.cycle ?? 0, last = (commits.last?.cycle ?? 0) - first + 5
    let byCycle = Dictionary(commits.map { ($0.cycle - first + 5, $0) }) { first, _ in first }
    for cycle in 0...last {
      if cycle == 3 { text += "1\"\n" }
      if let commit = byCycle[cycle] {
        text += "1#\nb\(String(commit.pc, radix: 2)) $\nb\(String(commit.instruction, radix: 2)) %\n"
        text += "\(commit.write == nil ? 0 : 1)&\n"
        if let (register, value) = commit.write {
          text += "b\(String(register, radix: 2)) '\nb\(String(value, radix: 2)) (\n"
        }
      } else if cycle >= 3 {
        text += "0#\nbx $\nbx %\nbx (\n"
      }
      text += "#\(clockPeriod * cycle + clockPeriod / 2)\n0!\n#\(clockPeriod * (cycle + 1))\n1!\n"
    }
    return text
  }

  private func check(_ folder: Folder, _ options: String...) throws -> Command.Outcome {
    try Command.run(["check", "s.json", "--dump", "d.vcd", "--map", "m.json"] + options, in: folder)
  }

  @Test("a dump like the model is the same, to the cycle")
  func same() throws {
    let outcome = try check(try design(), "--cycles", "0")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(
      outcome.output == "The same: 64 commits of core0 by pc, insn, registers, with their cycles\n", "\(outcome.output)"
    )
  }

  @Test("the first difference is told with cycle, time and signal, and both sides are in the waveform around it")
  func different() throws {
    let folder = try design { $0[5].write?.value += 1 }
    for window in ["w.vcd", "w.fst"] {
      let outcome = try check(folder, "--context", "2", "--window", window)
      #expect(outcome.status == 1 && outcome.errors.isEmpty, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n").map(String.init)
      #expect(
        lines[0].hasPrefix(
          "Different: core0 run0 #5 (r7 += r6) differs in cycle 12 (65.00 ns) of d.vcd: r7 is 0x27 in ")
          && lines[0].contains(" in the model, 0x28 in the design (tb.value), at "), "\(outcome.output)")
      #expect(lines.count == 10 && lines[9].hasPrefix("Both sides around it are in \(window), the model "))
      #expect(lines[9].contains(" earlier than it was"), "\(lines[9])")
      let info = try Command.run(["wave", "info", window], in: folder)
      #expect(info.status == 0 && info.output.contains("design: 0 signals\n  tb: 8 signals"), "\(info.output)")
      #expect(info.output.contains("model: 0 signals\n  device: 0 signals\n    core: "), "\(info.output)")
    }
    #expect(try check(folder, "--ignore", "r7").status == 0)
    #expect(try check(folder, "--mask", "r7=0xf0").status == 0)
  }

  @Test("cycles, and a tolerance of the map over that of the command")
  func cycles() throws {
    let folder = try design { commits in for index in 9..<commits.count { commits[index].cycle += 1 } }
    #expect(try check(folder).status == 0)
    let timed = try check(folder, "--cycles", "0")
    #expect(timed.status == 1 && timed.output.contains("cycles since #0 is "), "\(timed.output)")
    try folder.write(
      Self.files["m.json"]!.replacingOccurrences(of: "\"pc\":", with: "\"cycles\": 1, \"pc\":"), to: "m.json")
    #expect(try check(folder, "--cycles", "0").status == 0)
  }

  @Test("a design that ends early differs, one that says more too")
  func ends() throws {
    let short = try check(try design { $0.removeLast(3) })
    #expect(
      short.status == 1 && short.output.hasPrefix("Different: d.vcd ends before core0 run0 #61 "), "\(short.output)")
    let long = try check(
      try design {
        var more = $0[$0.count - 1]
        more.cycle += 4
        $0.append(more)
      })
    #expect(long.status == 1 && long.output.contains("d.vcd goes on with core0 run0 #64 "), "\(long.output)")
  }

  @Test(
    "wrong input",
    arguments: [
      (
        "m.json", "\"pc\": \"pc\"", "\"pc\": \"pcs\"",
        "m.json:2:38: $.commits.pc: found \"tb.pcs\", expected a signal of d.vcd; did you mean \"tb.pc\"?"
      ),
      (
        "m.json", "\"clk\"", "\"rst_n\"",
        "d.vcd: found tb.rst_n active at all of 1 rising edges of tb.rst_n, expected a reset that ends"
      ),
      (
        "m.json", "\"low\"", "\"high\"", "found tb.valid is x at 5 ns (cycle 0), expected only 0 and 1 outside of reset"
      ),
      ("m.json", "\"commits\"", "\"comits\"", "unknown key \"comits\"; did you mean \"commits\"?"),
      ("d.vcd", "1#", "0#", "found tb.valid at none of "),
      ("d.vcd", "$timescale 1ps $end", "$timescale 3ps $end", "d.vcd:1: found \"3ps\""),
      ("d.vcd", "$scope", "hello", "d.vcd:2: found \"hello\", expected FST, or VCD"),
    ])
  func refused(file: String, text: String, other: String, message: String) throws {
    let folder = try design()
    try folder.write(try folder.text(file).replacingOccurrences(of: text, with: other), to: file)
    let outcome = try check(folder)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(message) && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test("a dump that was cut short is no success, and neither are options that lack each other")
  func incomplete() throws {
    let folder = try design()
    try folder.write(String(try folder.text("d.vcd").dropLast(1)), to: "d.vcd")
    let cut = try check(folder)
    #expect(cut.status == 2 && cut.errors.contains("it ends in the middle of line "), "\(cut.errors)")
    for (options, message) in [
      (["--dump", "d.vcd"], "--dump: found no --map, expected both"),
      (["--map", "m.json"], "found neither --commits nor --tlps nor --dump"),
      (
        ["--dump", "d.vcd", "--map", "none.json"],
        "none.json: found No such file or directory, expected a map of signals"
      ),
      (
        ["--dump", "none.vcd", "--map", "m.json"], "none.vcd: found No such file or directory, expected a waveform file"
      ),
      (["--dump", "d.vcd", "--map", "m.json", "--commits", "d.log"], "--commits: found \"commits\" in m.json too"),
    ] {
      let outcome = try Command.run(["check", "s.json"] + options, in: folder)
      #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.errors)")
    }
  }

  @Test("signals of the model are found by their paths, and compared with themselves cycle by cycle")
  func signals() throws {
    let folder = try Folder(Self.files)
    #expect(
      try Command.run(["s.json", "--trace", "t.vcd", "--trace-scope", "device.core"], in: folder).status == 0)
    // The model's trace has no clock: a counter's lowest bit serves as one where it changes each cycle.
    func map(_ signal: String, _ other: String = "device.core.r6") -> String {
      """
      {"clock": "device.core.retired[0]",
       "streams": [{"model": {"valid": "device.core.phase == running", "fields": {"x": "\(signal)"}},
         "design": {"valid": "device.core.phase == 0", "fields": {"x": "\(other)"}}}]}
      """
    }
    for (text, message) in [
      (
        map("device.core.r66"),
        "$.streams[0].model.fields.x: found \"device.core.r66\", expected a signal of the model; did you mean "
      ),
      (
        map("device.core.pc"),
        "found \"device.core.r6\" with 64, expected 17 bits as device.core.pc of the model has, or a mask of 17 bits"
      ),
      (
        map("device.core.r6").replacingOccurrences(of: "running", with: "runing"),
        "found \"runing\", expected a number or one of "
      ),
      (map("device.dmaEngine.bytesMoved"), "expected a signal of one clock with device.dmaEngine.bytesMoved"),
    ] {
      try folder.write(text, to: "m.json")
      let outcome = try Command.run(["check", "s.json", "--dump", "t.vcd", "--map", "m.json"], in: folder)
      #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.errors)\(outcome.output)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
  }
}
