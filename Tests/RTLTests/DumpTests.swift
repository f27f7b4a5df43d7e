import Testing

/// Dumps of the reference RTL under Verilator beside the model, by a map of its signals: its commits, what it retires and
/// its pipeline cycle by cycle are those of the model, and so are the packets of the device; seeded bugs are found.
struct DumpTests {
  @Test(
    .enabled(
      if: VerilatorTests.isAvailable, "SKIPPED: verilator, g++ or python3 is not installed; run scripts/setup.sh test"),
    arguments: ["fst", "vcd"])
  func dumpsAreTheSameAndBugsAreFound(format: String) throws {
    // One bug of a value, one of cycles; a second build of each would show nothing new.
    let bugs = format == "fst" ? ["--bug", "0", "--bug", "17"] : []
    let outcome = try Tool.run(
      [
        "python3", Tool.file("Tests/RTL/dump_check.py"), "core", "--simulator", Tool.simulator,
        "--library", Tool.products.path, "--programs", Tool.programs, "--count", "16", "--format", format,
        "--build", Tool.file(".build/rtl"),
      ] + bugs)
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(
      outcome.text.contains("dumps: 16 programs, ") && outcome.text.contains("all as in the model"), "\(outcome.text)")
    if format == "fst" {
      #expect(outcome.text.contains("\nsubtraction the wrong way round: Different: "), "\(outcome.text)")
      #expect(outcome.text.contains("\nevery writer is taken for a load: Different: "), "\(outcome.text)")
    }
  }

  @Test(
    .enabled(
      if: VerilatorTests.isAvailable, "SKIPPED: verilator, g++ or python3 is not installed; run scripts/setup.sh test"))
  func packetsOfADeviceAreTheSameAndABugIsFound() throws {
    let outcome = try Tool.run([
      "python3", Tool.file("Tests/RTL/dump_check.py"), "device", "--simulator", Tool.simulator, "--count", "5",
      "--bug",
      "12", "--build", Tool.file(".build/rtl"),
    ])
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(
      outcome.text.contains("dumps: 5 scenarios, ") && outcome.text.contains("all as in the model"), "\(outcome.text)")
    #expect(
      outcome.text.contains("\nunaligned requests forget a dword: Different: device up MRd "), "\(outcome.text)")
  }
}
