import Diagnostics
import Glibc

/// Compiles C and assembly for BPF with the first clang that can.
struct Compiler {
  struct Failure: Error {
    let found: String
    let expected: String
  }

  private let environment: ToolEnvironment
  /// The clang that worked, once one did.
  private var clang: String?

  init(environment: ToolEnvironment = ToolEnvironment()) { self.environment = environment }

  /// The ELF object that `source` compiles to: the same bytes wherever the source lies, since clang strips the folder
  /// from the names it records, and writes no debug information.
  mutating func compile(_ source: String) throws(Failure) -> [UInt8] {
    let folder = try temporaryFolder()
    defer { folder.remove() }
    if let clang {
      return try object(source, with: clang, in: folder).programBytes()
    }
    let candidates = try candidates()
    for candidate in candidates {
      let result = object(source, with: candidate, in: folder)
      if case .failure = result, !targetsBPF(candidate, in: folder) { continue }
      clang = candidate
      return try result.programBytes()
    }
    let tried = candidates.isEmpty ? "" : " (tried \(candidates.joined(separator: ", ")))"
    throw Failure(
      found: "no clang with the BPF target" + tried, expected: "one in the variable CLANG, on PATH, or beside swift")
  }

  private func temporaryFolder() throws(Failure) -> TemporaryFolder {
    do throws(FileReader.Failure) {
      return try TemporaryFolder(in: environment.temporaryFolder)
    } catch {
      throw Failure(found: "no temporary folder: \(error.description)", expected: "a writable TMPDIR")
    }
  }

  private func object(_ source: String, with clang: String, in folder: TemporaryFolder) -> Result<[UInt8], Messages> {
    let directory = source.lastIndex(of: "/").map { source[...$0] } ?? ""
    let output = folder.path + "/program.o"
    let messages = folder.path + "/messages.txt"
    let arguments = ["-target", "bpf", "-O2", "-g0", "-c", "-mcpu=v3", "-ffile-prefix-map=\(directory)="]
    let status = Subprocess.run(clang, arguments + ["-o", output, "--", source], messages: messages)
    let text = (try? FileReader.read(messages, limit: 1 << 20)) ?? []
    guard status == .exited(0), let bytes = try? FileReader.read(output, limit: 64 << 20) else {
      return .failure(Messages(text: String(decoding: text, as: UTF8.self), status: status))
    }
    return .success(bytes)
  }

  /// Tells a source that is wrong from a clang that has no BPF target.
  private func targetsBPF(_ clang: String, in folder: TemporaryFolder) -> Bool {
    let probe = folder.path + "/probe.c"
    guard FileWriter.write("int probe(void) { return 0; }\n", to: probe) else { return false }
    if case .success = object(probe, with: clang, in: folder) { return true }
    return false
  }

  /// Where a clang may be: the one that CLANG names, or else on PATH and beside the Swift compiler.
  private func candidates() throws(Failure) -> [String] {
    if let chosen = environment.clang {
      guard let path = chosen.contains("/") ? chosen : environment.search(chosen) else {
        throw Failure(found: "no program called \(chosen.quoted) on PATH", expected: "a clang in the variable CLANG")
      }
      return [path]
    }
    let onPath = ["clang"].compactMap(environment.search)
    let swift = ["swift", "swiftc"].compactMap(environment.search)
    let all = onPath + swift.compactMap { environment.sibling(of: $0, "clang") }
    return all.enumerated().filter { all.firstIndex(of: $0.element) == $0.offset }.map(\.element)
  }
}

/// What clang said when it failed.
private struct Messages: Error {
  let text: String
  let status: Subprocess.Status

  /// The first error, or whatever came first.
  var summary: String {
    let lines = text.split(separator: "\n")
    if let line = lines.first(where: { $0.contains("error:") }) ?? lines.first { return String(line) }
    return "clang \(status.description)"
  }
}

extension Result<[UInt8], Messages> {
  fileprivate func programBytes() throws(Compiler.Failure) -> [UInt8] {
    switch self {
    case .success(let bytes): return bytes
    case .failure(let messages):
      throw Compiler.Failure(found: messages.summary, expected: "source that clang compiles for BPF")
    }
  }
}
