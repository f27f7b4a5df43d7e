import Foundation
import Testing

/// The Python module, and cocotb benches over it.
struct PythonTests {
  @Test(.enabled(if: Tool.areInstalled("python3"), "SKIPPED: python3 is not installed; run scripts/setup.sh test"))
  func theModule() throws {
    let outcome = try Tool.run(
      ["python3", Tool.file("Tests/Python/test_ubpfsim.py")],
      environment: ["UBPFSIM_LIBRARY": Tool.library, "PYTHONPATH": Tool.file("Bindings/Python")])
    #expect(outcome.status == 0 && outcome.text.contains("\nOK"), "\(outcome.text)")
  }

  @Test func itsVersionIsThatOfTheSimulator() throws {
    let version = try Tool.run([Tool.simulator, "--version"])
    #expect(version.status == 0 && version.text.split(separator: ".").count == 3, "\(version.text)")
    let project = try String(contentsOfFile: Tool.file("Bindings/Python/pyproject.toml"), encoding: .utf8)
    #expect(project.contains("\nversion = \"\(version.text.dropLast())\"\n"), "\(version.text)")
  }

  static let hasCocotb =
    Tool.areInstalled("iverilog", "vvp") && (try? Tool.run([Tool.python, "-c", "import cocotb"]).status) == 0

  @Test(
    .enabled(
      if: hasCocotb, "SKIPPED: iverilog, or cocotb under .build/oracle, is not installed; run scripts/setup.sh test"))
  func theReferenceUnderIcarus() throws {
    let outcome = try Tool.run([
      Tool.python, Tool.file("Tests/RTL/cocotb_check.py"), "--build", Tool.file(".build/rtl"), "core", "--library",
      Tool.library, "--programs", Tool.programs, "--simulator", "icarus", "--count", "6",
    ])
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(outcome.text.contains("cocotb with icarus: 6 programs, each as in the model"), "\(outcome.text)")
  }

  @Test(
    .enabled(
      if: hasCocotb, "SKIPPED: iverilog, or cocotb under .build/oracle, is not installed; run scripts/setup.sh test"))
  func packetsUnderIcarus() throws {
    let outcome = try Tool.run([
      Tool.python, Tool.file("Tests/RTL/cocotb_check.py"), "--build", Tool.file(".build/rtl"), "stream",
    ])
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(outcome.text.contains("cocotb with icarus: 1 stream of random packets, each as it"), "\(outcome.text)")
  }

  @Test(
    .enabled(
      if: hasCocotb && VerilatorTests.isAvailable,
      "SKIPPED: verilator, or cocotb under .build/oracle, is not installed; run scripts/setup.sh test"))
  func theDeviceOverAXIStream() throws {
    let outcome = try Tool.run([
      Tool.python, Tool.file("Tests/RTL/cocotb_check.py"), "--build", Tool.file(".build/rtl"), "device", "--ubpf-sim",
      Tool.simulator, "--library", Tool.library,
    ])
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(outcome.text.contains("cocotb with verilator: 1 scenario over AXI-Stream, each packet"), "\(outcome.text)")
    #expect(
      outcome.text.contains(#/the dump of cocotb with verilator: The same: \d+ TLPs of device down completions; /#),
      "\(outcome.text)")
  }
}
