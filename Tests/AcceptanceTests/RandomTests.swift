import Foundation
import Testing

@Suite("random and coverage")
struct RandomTests {
  @Test("random writes the same scenarios for the same seed, and they pass")
  func random() throws {
    let folder = try Folder()
    for name in ["a", "b"] {
      let outcome = try Command.run(
        ["random", "--seed", "9", "--count", "2", "--profile", "system", "--out", name], in: folder)
      #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome.errors)")
    }
    for number in 0...1 {
      let name = "system-9-\(number).json"
      #expect(try folder.data("a/\(name)") == folder.data("b/\(name)"))
      #expect(try Command.run(["a/\(name)"], in: folder).status == 0)
    }
  }

  @Test("an expectation that is wrong ends with status 1")
  func mutation() throws {
    let folder = try Folder()
    _ = try Command.run(["random", "--seed", "1", "--length", "long", "--out", "s"], in: folder)
    let text = try folder.text("s/device-1-0.json")
    let ret = try #require(text.range(of: "\"ret\": \"0x")).upperBound
    let digit = try #require(text[ret].hexDigitValue)
    try folder.write(text.replacingCharacters(in: ret...ret, with: String(digit ^ 1, radix: 16)), to: "wrong.json")
    let outcome = try Command.run(["wrong.json"], in: folder)
    #expect(outcome.status == 1 && outcome.output.contains(".run.expect.ret: expected 0x"), "\(outcome.output)")
  }

  @Test("report and TLP log are the same with and without coverage, which adds up")
  func coverage() throws {
    let folder = try Folder()
    _ = try Command.run(["random", "--seed", "4", "--out", "s", "--profile", "system"], in: folder)
    let scenario = "s/system-4-0.json"
    let plain = try Command.run([scenario, "--tlp-log", "a.log", "--report", "a.json"], in: folder)
    let observed = try Command.run(
      [scenario, "--tlp-log", "b.log", "--report", "b.json", "--coverage", "c.json", "--timeline", "t.json"], in: folder
    )
    #expect(plain.status == 0 && observed.status == 0)
    #expect(try folder.data("a.log") == folder.data("b.log"))
    #expect(try report("a.json", folder) == report("b.json", folder))
    let sum = try Command.run(["coverage", "c.json", "c.json", "-o", "sum.json"], in: folder)
    #expect(sum.status == 0 && sum.output.hasPrefix("2 scenarios\n") && sum.output.contains("never hit, "))
    let once = try bins("c.json", folder), twice = try bins("sum.json", folder)
    #expect(once.mapValues { $0.mapValues { 2 * $0 } } == twice)
    #expect(try Command.run([scenario, "--coverage", "c.txt"], in: folder).status == 0)
    #expect(try folder.text("c.txt").hasPrefix("1 scenario\n"))
  }

  /// Without what depends on the time that the run took.
  private func report(_ name: String, _ folder: Folder) throws -> String {
    try folder.text(name).components(separatedBy: "\"host\"")[0]
  }

  private func bins(_ name: String, _ folder: Folder) throws -> [String: [String: Int]] {
    try #require(try folder.json(name)["bins"] as? [String: [String: Int]])
  }

  @Test(
    "wrong arguments are refused in one line",
    arguments: [
      (
        ["random", "--out", "r", "--profile", "sytem"],
        #"--profile: found "sytem", expected one of "device", "reference", "system"; did you mean "system"?"#
      ),
      (["random", "--out", "r", "--core", "clasic5"], #"did you mean "classic5"?"#),
      (["random", "--out", "r", "--preset", "gen6x8"], #"--preset: found "gen6x8""#),
      (["random", "--out", "r", "--length", "shor"], #"did you mean "short"?"#),
      (["random", "--out", "r", "--count", "0"], "--count: found 0, expected 1 or more"),
      (["random", "--count", "1"], "--out"),
      (["random", "--out", "file"], "cannot write scenarios to 'file': it is no folder"),
      (["random", "--out", "none/r"], "cannot write scenarios to 'none/r': No such file or directory"),
      (["coverage", "none.json"], "none.json: found "),
      (["coverage", "file"], "file:1:1: found"),
    ])
  func refusals(arguments: [String], says: String) throws {
    let folder = try Folder(["file": "text"])
    let outcome = try Command.run(arguments, in: folder)
    #expect(outcome.status == 2 && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(says), "\(outcome.errors)")
  }
}
