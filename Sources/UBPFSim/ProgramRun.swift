import Device
import Scenario

/// One program on a device of its own: without a scenario file, for conformance suites.
public enum ProgramRun {
  /// The program faulted, or could not be loaded.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Loads and runs `program`, an ELF object or raw slots, with r1 = `memory` and r2 = its length, or both 0 when it is
  /// empty. The whole device takes part: bytes travel by DMA, and the result is read from its record of the run.
  /// - Returns: r0
  /// - Throws: `Failure`, or `ScenarioError` for a program that does not fit
  public static func r0(of program: [UInt8], memory: [UInt8], core: Microarchitecture) throws -> UInt64 {
    let data = memory.isEmpty ? "" : #"{"load_data": {"hex": "\#(hex(memory))"}}, "#
    let text = #"{"steps": [\#(data){"load_text": {"program": {"hex": "\#(hex(program))"}}}, {"run": {}}]}"#
    let document = try ScenarioDocument.parse(
      Array(text.utf8), file: "program", directory: ".", checkProgram: { _, _ in })
    let simulator = Simulator(document) { $0.microarchitecture = core }
    try simulator.run()
    guard let run = simulator.system.device.core.runs.last else {
      throw Failure(description: simulator.report.failures.first.map { "\($0)" } ?? "the program did not run")
    }
    guard run.fault == .none else { throw Failure(description: run.account) }
    return run.r0
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  }
}
