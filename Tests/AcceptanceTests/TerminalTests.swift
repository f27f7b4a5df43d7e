import Testing

@Suite("Progress")
struct TerminalTests {
  private static let long = #"{"steps": [{"load_text": {"program": "p.c"}}, {"run": {"timeout": "160ms"}}]}"#
  private static let loop = "int f(void) { volatile int x = 0; while (1) x++; }"

  /// Runs a command on a pseudo-terminal and passes on what the terminal got.
  private static let terminal = """
    import os, pty, sys
    sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
    """

  @Test("shows on a terminal during a long run, and leaves nothing behind")
  func onTerminal() throws {
    let folder = try Folder(["s.json": TerminalTests.long, "p.c": TerminalTests.loop, "t.py": TerminalTests.terminal])
    let outcome = try Command.run("/usr/bin/env", ["python3", "t.py", Command.path, "s.json"], in: folder)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("ms simulated, "), "\(outcome.output)")
    // The last word about progress erases its line; the report follows on a clean one.
    let report = try #require(outcome.output.range(of: "s: FAILED after"))
    #expect(outcome.output[..<report.lowerBound].hasSuffix("\r\u{1b}[K"), "\(outcome.output)")
    #expect(!outcome.output[report.lowerBound...].contains("\u{1b}"))
  }

  @Test("stays away from pipes and files")
  func inPipe() throws {
    let folder = try Folder(["s.json": TerminalTests.long, "p.c": TerminalTests.loop])
    let outcome = try Command.run(["s.json"], in: folder)
    #expect(outcome.status == 1 && outcome.errors.isEmpty)
    #expect(!outcome.output.contains("\r") && !outcome.output.contains("\u{1b}"))
  }
}
