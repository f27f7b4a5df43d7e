import Foundation

/// A folder that goes away with the value that a test holds.
public final class TemporaryFolder {
  public let path: String

  public init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("waveform-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  public func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// GTKWave's converter, from the Debian package gtkwave.
public enum FST2VCD {
  /// An FST file that fst2vcd does not read.
  public struct Failure: Error {
    public let path: String
    public let status: Int32
  }

  private static let executable = ProcessInfo.processInfo.environment["PATH", default: ""]
    .split(separator: ":").map { "\($0)/fst2vcd" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  public static let isAvailable = {
    if executable == nil { print("SKIPPED: tests that read FST by fst2vcd; apt-get install gtkwave") }
    return executable != nil
  }()

  /// The VCD text of an FST file; with `extensions`, FST attributes too.
  public static func convert(_ path: String, extensions: Bool = false) throws -> String {
    let output = path + ".converted.vcd"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable!)
    process.arguments = (extensions ? ["-e"] : []) + ["-f", path, "-o", output]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(path: path, status: process.terminationStatus) }
    return try readText(output)
  }

  public static func read(_ path: String) throws -> VCDCanonical {
    VCDCanonical(parsing: try convert(path))
  }
}

public func readText(_ path: String) throws -> String {
  try String(contentsOfFile: path, encoding: .utf8)
}

public func readBytes(_ path: String) throws -> Data {
  try Data(contentsOf: URL(fileURLWithPath: path))
}

/// A file that is being written, as it was at one moment. One that grows while it is read could be there up to its old
/// length with a section that has become whole since.
public func readMoment(_ path: String) throws -> Data {
  while true {
    let bytes = try readBytes(path)
    if try readBytes(path).count == bytes.count { return bytes }
  }
}
