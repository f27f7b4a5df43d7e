import Foundation

/// clang with the BPF target; the tests that need it are skipped where there is none.
enum Clang {
  static let isAvailable = (try? compile("int f(void) { return 0; }")) != nil
  static let missing = "SKIPPED: no clang with the BPF target"

  /// Compiles C (or, with `language`, assembly) to an object file (or, with `emit` -S, to assembly).
  static func compile(
    _ source: String, target: String = "bpf", cpu: String? = nil, language: String = "c", emit: String = "-c",
    options: [String] = []
  ) throws -> [UInt8] {
    let cpu = cpu.map { ["-mcpu=\($0)"] } ?? []
    return try compileFile(source, with: ["clang", "-target", target, "-O2", emit, "-x", language] + cpu + options)
  }
}

/// gcc for BPF, as Debian's gcc-bpf installs it, with GNU as.
enum GCC {
  static let isAvailable = (try? compile("int f(void) { return 0; }")) != nil
  static let missing = "SKIPPED: no bpf-gcc (package gcc-bpf)"

  static func compile(_ source: String, options: [String] = []) throws -> [UInt8] {
    try compileFile(source, with: ["bpf-gcc", "-O2", "-c", "-x", "c"] + options)
  }
}

struct CompilerFailure: Error { let text: String }

private func compileFile(_ source: String, with command: [String]) throws -> [UInt8] {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ebpf-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let (input, output) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out.o"))
  try Data(source.utf8).write(to: input)
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = command + [input.path, "-o", output.path]
  let errors = Pipe()
  process.standardError = errors
  try process.run()
  let message = errors.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw CompilerFailure(text: String(decoding: message, as: UTF8.self)) }
  return [UInt8](try Data(contentsOf: output))
}
