import Device
import Foundation
import Testing

/// `--mode`, `--fast-forward` and the logs: one program, seen through every core.
@Suite struct ModeTests {
  static let modes = Microarchitecture.presets.map(\.name)

  /// Calls, a loop, memory, an atomic, a helper function.
  private static let files = [
    "loop.s": """
      r6 = 5
      r7 = 0
    loop:
      r1 = r6
      call square
      r7 += r0
      *(u64 *)(r10 - 8) = r7
      r2 = 1
      lock *(u64 *)(r10 - 8) += r2
      r7 = *(u64 *)(r10 - 8)
      r6 -= 1
      if r6 != 0 goto loop
      r1 = r7
      call 3
      exit
    square:
      r0 = r1
      r0 *= r1
      exit
    """,
    "s.json": #"{"steps": [{"load_text": {"program": "loop.s"}}, {"run": {"expect": {"ret": 7}}}]}"#,
  ]

  private func run(_ arguments: String...) throws -> (folder: Folder, run: [String: Any]) {
    let folder = try Folder(Self.files)
    let outcome = try Command.run(["s.json", "--report", "r.json"] + arguments, in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let steps = try #require(try folder.json("r.json")["steps"] as? [[String: Any]])
    return (folder, steps[1])
  }

  /// What instructions do is the same on every core; when they do it is not.
  @Test func commitLogsAgreeBeforeTheSemicolon() throws {
    func lines(_ mode: String) throws -> [Substring] {
      let folder = try run("--mode", mode, "--commit-log", "log").folder
      return try folder.text("log").split(separator: "\n").filter { !$0.hasPrefix("#") }
    }
    func architecture(_ lines: [Substring]) -> [Substring] { lines.map { $0.prefix { $0 != ";" } } }
    let expected = try lines("functional")
    #expect(expected.count == 65)
    for mode in Self.modes {
      let found = try lines(mode)
      #expect(architecture(found) == architecture(expected), "\(mode)")
      #expect(mode == "functional" || found != expected)
    }
  }

  @Test func functionalHasResultsWithoutTiming() throws {
    let run = try run("--mode", "functional").run
    #expect(run["cycles"] as? Int == 0 && run["instructions"] as? Int == 65)
    #expect((run["stalls"] as? [String: Any])?.isEmpty == true)
  }

  @Test(arguments: modes) func aPartCanBeSkipped(_ mode: String) throws {
    let whole = try run("--mode", mode).run, instructions = try #require(whole["instructions"] as? Int)
    let skipped = try run("--mode", mode, "--fast-forward", "20").run
    #expect(skipped["fast_forwarded"] as? Int == 20)
    #expect(skipped["instructions"] as? Int == instructions - 20)
    // Slot 11 follows the loop.
    let tail = try run("--mode", mode, "--fast-forward", "pc=11").run
    #expect(tail["instructions"] as? Int == 3)
    let nothing = try run("--mode", mode, "--fast-forward", "1000000").run
    #expect(nothing["instructions"] as? Int == 0 && nothing["cycles"] as? Int == 0)
    #expect(nothing["fast_forwarded"] as? Int == instructions)
  }

  @Test(arguments: [["--mode", "turbo"], ["--fast-forward", "soon"], ["--fast-forward", "pc=65536"]])
  func unknownValuesAreRefused(_ arguments: [String]) throws {
    let outcome = try Command.run(["s.json"] + arguments, in: try Folder(Self.files))
    #expect(outcome.status == 2 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(arguments[0]))
  }
}
