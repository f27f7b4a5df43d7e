import Foundation
import Testing

/// The built command, run as a user runs it.
enum Command {
  /// Beside the test bundle, where the build puts both.
  static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "ubpf-sim").path(percentEncoded: false)

  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The lines of standard error, without the line feeds that end them.
    var errorLines: [String] {
      errors.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
    }
  }

  /// Runs the command in `folder`; `environment` adds to the test's own. Without `input` standard input is empty.
  static func run(
    _ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: String = ""
  ) throws -> Outcome {
    try run(path, arguments, in: folder, environment: environment, input: input)
  }

  /// Runs any program. Its output goes through files, so that no pipe can fill up.
  static func run(
    _ program: String, _ arguments: [String], in folder: Folder, environment: [String: String] = [:],
    input: String = ""
  ) throws -> Outcome {
    let captured = try Folder()
    try captured.write(input, to: "input")
    let output = try captured.create("output"), errors = try captured.create("errors")
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: captured.url.appending(path: "input"))
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    process.waitUntilExit()
    // A crash would otherwise pass for the exit status of its signal's number.
    #expect(process.terminationReason == .exit, "killed by signal \(process.terminationStatus)")
    return Outcome(
      status: process.terminationStatus, output: try captured.text("output"), errors: try captured.text("errors"))
  }
}

/// A new folder, removed with everything in it at the end of its life.
final class Folder: Sendable {
  let url: URL

  init(_ files: [String: String] = [:]) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "acceptance-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, text) in files { try write(text, to: name) }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, to name: String) throws {
    try text.write(to: url.appending(path: name), atomically: false, encoding: .utf8)
  }

  func create(_ name: String) throws -> FileHandle {
    try write("", to: name)
    return try FileHandle(forWritingTo: url.appending(path: name))
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
  }

  func data(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: url.appending(path: name).path(percentEncoded: false), withDestinationPath: target)
  }

  func json(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: url.appending(path: name))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  var names: Set<String> {
    get throws { Set(try FileManager.default.contentsOfDirectory(atPath: url.path(percentEncoded: false))) }
  }
}

/// The scenarios that come with the project.
enum Traces {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "traces")

  static func scenario(_ name: String) -> String {
    let folder = name.split(separator: "-").first.map(String.init) ?? name
    return Traces.folder.appending(path: "\(folder)/\(name).json").path(percentEncoded: false)
  }
}

/// A scenario of these steps, run in a folder of its own with `files` beside it, and its report.
struct Run {
  let outcome: Command.Outcome
  let report: [String: Any]

  init(_ steps: String, system: String = "", files: [String: String] = [:]) throws {
    let folder = try Folder(files)
    try folder.write("{\(system.isEmpty ? "" : system + ", ")\"steps\": [\(steps)]}", to: "s.json")
    outcome = try Command.run(["s.json", "--report", "r.json"], in: folder)
    try #require(outcome.status < 2, "\(outcome.errors)")
    report = try folder.json("r.json")
  }

  var steps: [[String: Any]] { report["steps"] as? [[String: Any]] ?? [] }
  var failures: [[String: Any]] { report["failures"] as? [[String: Any]] ?? [] }

  /// `error` of each step, "" for none.
  var errors: [String] { steps.map { $0["error"] as? String ?? "" } }
}
