import Foundation

/// Programs beside which the tests run, and where things are.
enum Tool {
  /// The folder of the test build, which has the library and the writer of programs.
  static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let library = products.appending(path: "libubpfsim.so").path
  static let simulator = products.appending(path: "ubpf-sim").path
  static let programs = products.appending(path: "RTLPrograms").path
  /// The Python in which scripts/setup.sh puts cocotb.
  static let python = repository.appending(path: ".build/oracle/bin/python3").path

  static func areInstalled(_ names: String...) -> Bool {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return names.allSatisfy { name in
      folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
  }

  static func file(_ path: String) -> String { repository.appending(path: path).path }

  /// The status and all output of a program that is looked for on the PATH.
  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> (status: Int32, text: String) {
    let process = Process(), output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
