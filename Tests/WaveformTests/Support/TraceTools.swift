import CLibFST
import Foundation
import Testing

/// A folder that goes away with the value that a test holds.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("waveform-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// GTKWave's converter, from the Debian package gtkwave.
enum FST2VCD {
  private static let executable = ProcessInfo.processInfo.environment["PATH", default: ""]
    .split(separator: ":").map { "\($0)/fst2vcd" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  static let isAvailable = {
    if executable == nil { print("SKIPPED: tests that read FST by fst2vcd; apt-get install gtkwave") }
    return executable != nil
  }()

  /// The VCD text of an FST file; with `extensions`, FST attributes too.
  static func convert(_ path: String, extensions: Bool = false) throws -> String {
    let output = path + ".converted.vcd"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable!)
    process.arguments = (extensions ? ["-e"] : []) + ["-f", path, "-o", output]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "fst2vcd reads \(path)")
    return try readText(output)
  }

  static func read(_ path: String) throws -> VCDCanonical {
    VCDCanonical(parsing: try convert(path))
  }
}

/// GTKWave's FST library, from the Debian package verilator.
enum LibFST {
  static let isAvailable = {
    let available = libfst_is_available()
    if !available { print("SKIPPED: tests against libfst; apt-get install verilator, then build again") }
    return available
  }()
}

func readText(_ path: String) throws -> String {
  try String(contentsOfFile: path, encoding: .utf8)
}

func readBytes(_ path: String) throws -> Data {
  try Data(contentsOf: URL(fileURLWithPath: path))
}
