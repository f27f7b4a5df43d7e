import Foundation
import Testing

@Suite("ubpf-sim stimulus")
struct StimulusTests {
  private static let files = [
    "s.json": #"{"name": "s", "steps": [{"load_data": {"fill": {"bytes": 3000}}}]}"#,
    "wrong.json": #"{"steps": [{"mmio_read": {"address": "0x100004", "expect": 5}}]}"#,
  ]

  @Test("both files are written, and the output says how the replay compares")
  func written() throws {
    let folder = try Folder(Self.files)
    let outcome = try Command.run(["stimulus", "s.json", "--out", "s.stim", "--expect", "s.exp"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines[0].hasPrefix("s: ") && lines[0].contains(" packets to the device, "))
    #expect(lines.last?.hasPrefix("the device sends what it sends in the scenario, ") == true)
    #expect(try folder.text("s.stim").hasPrefix("# ubpf-sim stimulus 1\n# s\nparam pcie_period_ps 4000\n"))
    #expect(try folder.text("s.exp").hasPrefix("# ubpf-sim expected 1\n# s\ntx "))
  }

  @Test("the same command writes the same bytes, with stalls too")
  func deterministic() throws {
    let folder = try Folder(Self.files)
    for name in ["a", "b"] {
      let outcome = try Command.run(
        ["stimulus", "s.json", "--out", "\(name).stim", "--expect", "\(name).exp", "--stall", "3"], in: folder)
      #expect(outcome.status == 0)
    }
    #expect(try folder.data("a.stim") == folder.data("b.stim"))
    #expect(try folder.data("a.exp") == folder.data("b.exp"))
  }

  @Test("a scenario that does not pass is written all the same")
  func failedScenario() throws {
    let folder = try Folder(Self.files)
    let outcome = try Command.run(["stimulus", "wrong.json", "--out", "s.stim", "--expect", "s.exp"], in: folder)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("\nthe scenario did not pass"))
    #expect(try folder.text("s.stim").contains("\nend "))
  }

  @Test(
    "one line says what is wrong",
    arguments: [
      (
        ["s.json", "--out", "/nowhere/x", "--expect", "e"],
        "cannot write stimulus '/nowhere/x': No such file or directory"
      ),
      (
        ["s.json", "--out", "x", "--expect", "/nowhere/e"],
        "cannot write expected '/nowhere/e': No such file or directory"
      ),
      (["s.json", "--out", "x", "--expect", "x"], "cannot write expected 'x': it is the stimulus"),
      (["s.json", "--out", "s.json", "--expect", "x"], "cannot write stimulus 's.json': it is the scenario"),
      (["none.json", "--out", "x", "--expect", "y"], "none.json"), (["s.json", "--out", "x"], "--expect"),
      (["s.json", "--out", "x", "--expect", "y", "--stall", "often"], "often"),
    ])
  func refused(arguments: [String], message: String) throws {
    let folder = try Folder(Self.files)
    let outcome = try Command.run(["stimulus"] + arguments, in: folder)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains(message), "\(outcome.errors)")
  }
}
