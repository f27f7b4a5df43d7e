import Device
import TestSupport
import Testing

/// `ubpf-sim conformance-plugin`, called as the public conformance runner calls its plugins.
@Suite struct ConformancePluginTests {
  static let vectors = ConformanceCorpus.vectors
  static let missing = Comment(rawValue: ConformanceCorpus.missing)
  static let modes = Microarchitecture.presets.map(\.name)

  private func plugin(_ arguments: [String], _ program: String) throws -> Command.Outcome {
    try Command.run(["conformance-plugin"] + arguments, in: try Folder(), input: program + "\n")
  }

  /// The engine and the cores have tests of their own with all vectors.
  @Test(.enabled(if: !vectors.isEmpty, missing), arguments: vectors.indices.filter { $0 % 8 == 0 }, modes)
  func someVectorsInEveryMode(_ vector: Int, _ mode: String) throws { try check(Self.vectors[vector], mode) }

  /// The runner writes bytes apart, and gives no first argument when there is no memory.
  private func check(_ vector: ConformanceCorpus.Vector, _ mode: String) throws {
    let memory = vector.memoryBytes.isEmpty ? [] : [hex(vector.memoryBytes)]
    let outcome = try plugin(memory + ["--mode", mode], hex(vector.programBytes))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(UInt64(outcome.output.dropLast(), radix: 16) == vector.result)
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  private static let exit = "95 00 00 00 00 00 00 00"

  @Test func twoSpacesOrNoneBetweenBytes() throws {
    for program in ["b7 00 00 00 2a 00 00 00  " + Self.exit, "b7000000 2a000000" + Self.exit] {
      #expect(try plugin([], program).output == "2a\n")
    }
  }

  @Test func memoryIsInR1AndItsLengthInR2() throws {
    #expect(try plugin(["0a 0b 0c"], "71 10 01 00 00 00 00 00 " + Self.exit).output == "b\n")
    #expect(try plugin(["0a 0b 0c"], "bf 20 00 00 00 00 00 00 " + Self.exit).output == "3\n")
    #expect(try plugin([], "bf 10 00 00 00 00 00 00 " + Self.exit).output == "0\n")
    #expect(try plugin([""], "bf 20 00 00 00 00 00 00 " + Self.exit).output == "0\n")
  }

  /// All 64 bits of r0.
  @Test func wideResults() throws {
    #expect(try plugin([], "b7 00 00 00 ff ff ff ff " + Self.exit).output == "ffffffffffffffff\n")
  }

  @Test(arguments: [
    ("zz", "program: found \"z\" at character 1, expected hexadecimal bytes"),
    ("b70", "program: found an odd number of digits, expected hexadecimal bytes"),
    ("b7", "TEXT holds no loadable program: raw program length 1 is not a multiple of 8"),
    ("71 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00", "load outside of data and stack at PC 0"),
  ]) func refusals(_ program: String, _ message: String) throws {
    let outcome = try plugin([], program)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errorLines == ["ubpf-sim: \(message)"])
  }
}
