import Foundation
import Testing

/// A call with bad input, and pieces of the one line that answers it.
struct BadInput: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var scenario = #"{"steps": [{"wait": "1us"}]}"#
  var files: [String: String] = [:]
  var arguments = ["s.json", "--trace", "t.fst", "--report", "r.json"]
  var environment: [String: String] = [:]
  let says: [String]
}

@Suite("Bad input: one line on standard error, exit status 2, and no file touched")
struct RefusalTests {
  @Test("is refused", arguments: scenarios + programs + outputs)
  func refused(_ input: BadInput) throws {
    let folder = try Folder(input.files)
    try folder.write(input.scenario, to: "s.json")
    try folder.write("an old trace", to: "t.fst")
    try folder.write("an old report", to: "r.json")
    let before = try folder.names
    let outcome = try Command.run(input.arguments, in: folder, environment: input.environment)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("ubpf-sim: "), "\(outcome.errors)")
    for piece in input.says { #expect(outcome.errors.contains(piece), "\(outcome.errors)") }
    #expect(try folder.names == before)
    #expect(try folder.text("t.fst") == "an old trace" && folder.text("r.json") == "an old report")
  }

  /// Links count femtoseconds in 64 bits: 18,446 s.
  @Test("a scenario that goes on for longer than five hours ends with one line", arguments: [(1_844, 0), (1_845, 2)])
  func longWaits(count: Int, status: Int32) throws {
    let folder = try Folder()
    try folder.write(#"{"steps": [{"repeat": {"count": \#(count), "steps": [{"wait": "10s"}]}}]}"#, to: "s.json")
    let outcome = try Command.run(["s.json"], in: folder)
    #expect(outcome.status == status && outcome.errorLines.count == (status == 0 ? 0 : 1), "\(outcome.errors)")
    #expect(status == 0 || outcome.errors.contains("18445 s of simulated time, expected less"), "\(outcome.errors)")
  }

  static let scenarios = [
    BadInput(
      testDescription: "missing scenario", arguments: ["none.json", "--trace", "t.fst", "--report", "r.json"],
      says: ["none.json", "No such file", "expected a scenario file"]),
    BadInput(
      testDescription: "folder as scenario", arguments: ["/tmp", "--report", "r.json"],
      says: ["/tmp: found a directory, expected a scenario file"]),
    BadInput(
      testDescription: "unknown key", scenario: #"{"stepz": []}"#,
      says: [#"s.json:1:2: $.stepz"#, #"did you mean "steps"?"#]),
    BadInput(
      testDescription: "wrong unit", scenario: #"{"steps": [{"wait": "5 parsecs"}]}"#,
      says: ["s.json:1:21: $.steps[0].wait", "5 parsecs", "ps, ns, us, ms, s"]),
    BadInput(testDescription: "bad JSON", scenario: #"{"steps": ["#, says: ["s.json:1:12: found the end of the text"]),
    BadInput(
      testDescription: "32-bit BAR from 4 GiB up", scenario: #"{"host": {"bar_base": "8GiB"}, "steps": []}"#,
      says: ["$.host.bar_base", "below 4 GiB"]),
    BadInput(
      testDescription: "BAR inside host memory", scenario: #"{"host": {"memory_base": "3580MiB"}, "steps": []}"#,
      says: ["$.host.bar_base", "an address outside host memory"]),
    BadInput(
      testDescription: "access over a 4 KiB boundary",
      scenario: #"{"steps": [{"mmio_read": {"address": "0xfff", "size": 4}}]}"#,
      says: ["$.steps[0].mmio_read.address", "crosses no 4 KiB boundary"]),
    BadInput(
      testDescription: "poll over a 4 KiB boundary",
      scenario: #"{"steps": [{"poll": {"address": "0x401ffc", "size": 8, "value": 0}}]}"#,
      says: ["$.steps[0].poll.address", "crosses no 4 KiB boundary"]),
    BadInput(
      testDescription: "more bytes than host memory",
      scenario: #"{"host": {"memory_size": "64KiB"}, "steps": [{"load_data": {"fill": {"bytes": 100000}}}]}"#,
      says: ["$.steps[0].load_data.fill.bytes", "at most 65536 bytes"]),
    BadInput(
      testDescription: "file larger than host memory",
      scenario: #"{"host": {"memory_size": "64KiB"}, "steps": [{"load_data": {"file": "big"}}]}"#,
      files: ["big": String(repeating: "x", count: 65_537)],
      says: ["$.steps[0].load_data.file", "at most 65536 bytes"]),
    BadInput(
      testDescription: "pages larger than host memory",
      scenario: """
        {"host": {"memory_size": "64KiB"}, "driver": {"page_size": 262144, "buffer_offset": 4095},
          "steps": [{"load_data": {"fill": {"bytes": "64KiB"}}}]}
        """, says: ["s.json:2:", "$.steps[0].load_data", "fits host.memory_size"]),
    BadInput(
      testDescription: "missing data file", scenario: #"{"steps": [{"load_data": {"file": "none.dat"}}]}"#,
      says: ["$.steps[0].load_data.file", "none.dat", "No such file"]),
    BadInput(
      testDescription: "fault that the core does not know",
      scenario: #"{"steps": [{"run": {"expect": {"fault": "loadOutOfBound"}}}]}"#,
      says: ["$.steps[0].run.expect.fault", #"did you mean "loadOutOfBounds"?"#]),
  ]

  private static func program(_ name: String) -> String { "{\"steps\": [{\"load_text\": {\"program\": \"\(name)\"}}]}" }

  static let programs = [
    BadInput(
      testDescription: "missing program", scenario: program("none.c"),
      says: ["$.steps[0].load_text.program", "none.c", "No such file"]),
    BadInput(
      testDescription: "text that is no program", scenario: program("text.bin"),
      files: ["text.bin": "Hello, I am a text, no program. "],
      says: ["text.bin", "at PC 0: legacy packet access (opcode 0x48)"]),
    BadInput(
      testDescription: "unresolved symbol", scenario: program("p.c"),
      files: ["p.c": "int other(int); int f(void) { return other(3); }"], says: ["p.c", "unresolved symbol 'other'"]),
    BadInput(
      testDescription: "more data than the device has memory for", scenario: program("p.c"),
      files: ["p.c": "char big[1048577]; int f(void) { return big[3]; }"],
      says: ["p.c", "the program has 1048577 bytes of data, at most 1048576 fit"]),
    BadInput(
      testDescription: "entry that the program does not have",
      scenario: #"{"steps": [{"load_text": {"program": "p.c", "entry": "nobody"}}]}"#,
      files: ["p.c": "int f(void) { return 1; } int g(void) { return 2; }"],
      says: [
        "$.steps[0].load_text.entry", "no function or executable section 'nobody'; functions: 'f', 'g'; sections:",
      ]),
    BadInput(
      testDescription: "compile error", scenario: program("p.c"), files: ["p.c": "int f(void) { return x; }"],
      says: ["p.c:1:22: error: use of undeclared identifier 'x'"]),
    BadInput(
      testDescription: "no clang", scenario: program("p.c"), files: ["p.c": "int f(void) { return 1; }"],
      environment: ["CLANG": "/nonexistent"],
      says: ["no clang with the BPF target", "/nonexistent", "the variable CLANG"]),
    BadInput(
      testDescription: "error in assembly, where no clang is needed", scenario: program("p.s"),
      files: ["p.s": "r0 = 1\n r0 =+ x\n"], environment: ["CLANG": "/nonexistent"],
      says: ["s.json:1:38: $.steps[0].load_text.program", "\"p.s\":2:6: '+'", "expected a register"]),
    BadInput(
      testDescription: "assembly with data, and no clang", scenario: program("p.s"),
      files: ["p.s": "exit\n.data\n.long 1\n"], environment: ["CLANG": "/nonexistent"],
      says: ["\"p.s\" with '.data' in line 2: no clang with the BPF target"]),
  ]

  static let outputs = [
    BadInput(
      testDescription: "trace in no folder",
      arguments: ["s.json", "--report", "r.json", "--trace", "/nonexistent/x.fst"],
      says: ["cannot write trace '/nonexistent/x.fst': No such file or directory"]),
    BadInput(
      testDescription: "trace of unknown format", arguments: ["s.json", "--report", "r.json", "--trace", "x.txt"],
      says: ["cannot write trace 'x.txt'", "ends in .fst or .vcd"]),
    BadInput(
      testDescription: "report in no folder",
      arguments: ["s.json", "--trace", "t.fst", "--report", "/nonexistent/x.json"],
      says: ["cannot write report '/nonexistent/x.json': No such file or directory"]),
    BadInput(
      testDescription: "folder as report", arguments: ["s.json", "--trace", "t.fst", "--report", "/tmp"],
      says: ["cannot write report '/tmp': Is a directory"]),
    BadInput(
      testDescription: "report over the scenario", arguments: ["s.json", "--report", "./s.json"],
      says: ["cannot write report './s.json': it is the scenario"]),
    BadInput(
      testDescription: "report over the trace", arguments: ["s.json", "--trace", "t.fst", "--report", "./t.fst"],
      says: ["it is the trace"]),
    BadInput(
      testDescription: "commit log in no folder",
      arguments: ["s.json", "--trace", "t.fst", "--report", "r.json", "--commit-log", "/nonexistent/x.log"],
      says: ["cannot write commit log '/nonexistent/x.log': No such file or directory"]),
    BadInput(
      testDescription: "pipeline log over the report",
      arguments: ["s.json", "--trace", "t.fst", "--report", "r.json", "--pipeline", "./r.json"],
      says: ["cannot write pipeline log './r.json': it is the report"]),
    BadInput(
      testDescription: "both logs in one file", arguments: ["s.json", "--commit-log", "x.log", "--pipeline", "x.log"],
      says: ["cannot write pipeline log 'x.log': it is the commit log"]),
    BadInput(
      testDescription: "TLP log in no folder",
      arguments: ["s.json", "--trace", "t.fst", "--report", "r.json", "--tlp-log", "/nonexistent/x.jsonl"],
      says: ["cannot write TLP log '/nonexistent/x.jsonl': No such file or directory"]),
    BadInput(
      testDescription: "TLP log over the pipeline log",
      arguments: ["s.json", "--pipeline", "x.log", "--tlp-log", "x.log"],
      says: ["cannot write TLP log 'x.log': it is the pipeline log"]),
    BadInput(
      testDescription: "timeline in no folder",
      arguments: ["s.json", "--trace", "t.fst", "--report", "r.json", "--timeline", "/nonexistent/t.json"],
      says: ["cannot write timeline '/nonexistent/t.json': No such file or directory"]),
    BadInput(
      testDescription: "timeline over the scenario", arguments: ["s.json", "--timeline", "./s.json"],
      says: ["cannot write timeline './s.json': it is the scenario"]),
    BadInput(
      testDescription: "timeline over the TLP log",
      arguments: ["s.json", "--tlp-log", "x.jsonl", "--timeline", "x.jsonl"],
      says: ["cannot write timeline 'x.jsonl': it is the TLP log"]),
    BadInput(
      testDescription: "no arguments", arguments: [], says: ["Missing expected argument '<scenario>'", "--help"]),
    BadInput(
      testDescription: "unknown option", arguments: ["s.json", "--bogus"],
      says: ["Unknown option '--bogus'", "--help"]),
    BadInput(
      testDescription: "two scenarios", arguments: ["s.json", "t.json"], says: ["Unexpected argument 't.json'"]),
  ]

  @Test("an object for another machine is refused")
  func foreignObject() throws {
    let folder = try Folder(["s.json": RefusalTests.program("p.o"), "p.c": "int f(void) { return 1; }"])
    #expect(try Command.run("/usr/bin/env", ["gcc", "-c", "p.c", "-o", "p.o"], in: folder).status == 0)
    let outcome = try Command.run(["s.json"], in: folder)
    #expect(outcome.status == 2 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("not an eBPF object"))
  }

  @Test("a full disk under the trace ends in one line", arguments: ["t.fst", "t.vcd"])
  func fullDisk(_ name: String) throws {
    let folder = try Folder(["s.json": #"{"steps": [{"load_data": {"fill": {"bytes": 5000}}}]}"#])
    try folder.link(name, to: "/dev/full")
    let outcome = try Command.run(["s.json", "--trace", name], in: folder)
    #expect(outcome.status == 2)
    #expect(outcome.errors == "ubpf-sim: cannot write trace '\(name)': No space left on device\n")
  }

  @Test(
    "a full disk under a log ends in one line",
    arguments: [
      ("--commit-log", "commit log"), ("--pipeline", "pipeline log"), ("--tlp-log", "TLP log"),
      ("--timeline", "timeline"),
    ])
  func fullLog(_ option: String, _ what: String) throws {
    let outcome = try Command.run(["s.json", option, "/dev/full"], in: Folder(["s.json": #"{"steps": []}"#]))
    #expect(outcome.status == 2)
    #expect(outcome.errors == "ubpf-sim: cannot write \(what) '/dev/full': No space left on device\n")
  }

  @Test("a report that cannot be written whole, as a file or on standard output, is no success")
  func fullReport() throws {
    let folder = try Folder(["s.json": #"{"steps": []}"#])
    let report = try Command.run(["s.json", "--report", "/dev/full"], in: folder)
    #expect(report.status == 2 && report.errorLines.count == 1)
    let shell = try Command.run("/bin/sh", ["-c", "\(Command.path) s.json > /dev/full"], in: folder)
    #expect(shell.status == 2)
    #expect(shell.errors == "ubpf-sim: cannot write to standard output: No space left on device\n")
  }

  @Test("help goes to standard output and names the exit statuses")
  func help() throws {
    let outcome = try Command.run(["--help"], in: Folder())
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.contains("USAGE: ubpf-sim <scenario>") && outcome.output.contains("Exit status: 0"))
  }
}
