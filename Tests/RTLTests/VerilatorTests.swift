import Testing

/// The reference RTL under Verilator, in lock-step with the model: the same instructions in the same cycles, and seeded bugs
/// are found. `make rtl-check` does the same with more programs and all bugs.
struct VerilatorTests {
  static let isAvailable = Tool.areInstalled("verilator", "g++", "python3")

  @Test(.enabled(if: isAvailable, "SKIPPED: verilator, g++ or python3 is not installed; run scripts/setup.sh test"))
  func theReferenceIsTheSameAndBugsAreFound() throws {
    let outcome = try Tool.run([
      "python3", Tool.file("Tests/RTL/check.py"), "--library", Tool.products.path, "--programs", Tool.programs,
      "--count", "120", "--bugs", "4", "--build", Tool.file(".build/rtl"),
    ])
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(outcome.text.contains("reference RTL: 120 programs, "), "\(outcome.text)")
    #expect(outcome.text.contains("\noverrides: the result of a helper function was taken over"), "\(outcome.text)")
    #expect(outcome.text.contains("\n4 of 4 bugs found"), "\(outcome.text)")
  }

  @Test(.enabled(if: isAvailable, "SKIPPED: verilator, g++ or python3 is not installed; run scripts/setup.sh test"))
  func theDeviceIsTheSameAndBugsAreFound() throws {
    let outcome = try Tool.run([
      "python3", Tool.file("Tests/RTL/device_check.py"), "--simulator", Tool.simulator, "--count", "20", "--bugs", "3",
      "--build", Tool.file(".build/rtl"),
    ])
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(outcome.text.contains("reference device: 20 scenarios, "), "\(outcome.text)")
    #expect(outcome.text.contains("\n3 of 3 bugs found"), "\(outcome.text)")
  }

  @Test(.enabled(if: isAvailable, "SKIPPED: verilator, g++ or python3 is not installed; run scripts/setup.sh test"))
  func theScoreboardKnowsPackets() throws {
    let outcome = try Tool.run([
      "python3", Tool.file("Tests/RTL/tlp_check.py"), "--simulator", Tool.simulator, "--library", Tool.products.path,
      "--build", Tool.file(".build/rtl"),
    ])
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(outcome.text.contains("all as in the model, and 3 of 3 wrong ones found"), "\(outcome.text)")
  }
}
