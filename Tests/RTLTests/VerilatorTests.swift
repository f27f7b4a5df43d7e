import Foundation
import Testing

/// The reference RTL under Verilator, in lock-step with the model: the same instructions in the same cycles, and seeded bugs
/// are found. `make rtl-check` does the same with more programs and all bugs.
struct VerilatorTests {
  /// The folder of the test build, which has the library and the writer of programs.
  private static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let isAvailable = ["verilator", "g++", "python3"].allSatisfy { tool in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
  }

  @Test(.enabled(if: isAvailable, "SKIPPED: verilator, g++ or python3 is not installed; run scripts/setup.sh test"))
  func theReferenceIsTheSameAndBugsAreFound() throws {
    let process = Process(), output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", Self.repository.appending(path: "Tests/RTL/check.py").path,
      "--library", Self.products.path, "--programs", Self.products.appending(path: "RTLPrograms").path,
      "--count", "200", "--bugs", "4", "--build", Self.repository.appending(path: ".build/rtl").path,
    ]
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("reference RTL: 200 programs, ") && text.contains("\n4 of 4 bugs found"), "\(text)")
  }
}
