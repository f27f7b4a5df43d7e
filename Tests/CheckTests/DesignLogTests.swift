import Check
import EBPF
import Testing

/// What test benches get wrong in their logs.
struct DesignLogTests {
  private static let line = "core0 run0 #0 pc=0x0 insn=0xb7 r1=0x2a"

  private func message(_ text: String) -> String? {
    let log = DesignLog(commits: Array(text.utf8), path: "d.log")
    do {
      while try log.record() != nil {}
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func aWholeLogHasNoError() { #expect(message("# a comment\n\(Self.line)\n\n") == nil) }

  @Test func aLogThatWasCutShortIsNotWhole() {
    #expect(
      message("\(Self.line)\n\(Self.line)")
        == "d.log: found no line feed at the end, expected one behind line 2: the log was cut short")
    #expect(message("\(Self.line)\ncore0 run0 #1 pc")?.hasPrefix("d.log:2:15: found 'pc', expected ") == true)
  }

  @Test(arguments: ["r1=0xxx", "r1=0x00000000xxxxxxXX", "r1=0x0z", "ld8 0xx=0x1"]) func unknownValuesAreTold(
    field: String
  ) {
    let text = message(Self.line.replacing("r1=0x2a", with: field) + "\n")
    #expect(text?.hasSuffix("; x and z are values that nobody drives or resets") == true, "\(text ?? "nil")")
  }

  @Test func otherMistakesAreNotTakenForThem() {
    let text = message(Self.line.replacing("0x2a", with: "2a") + "\n")
    #expect(text == "d.log:1:35: found '2a', expected 0x and 1 to 16 hexadecimal digits")
  }
}
