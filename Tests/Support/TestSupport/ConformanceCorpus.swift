import Foundation

/// The assembled programs of the public eBPF conformance corpus.
public enum ConformanceCorpus {
  public struct Vector: Decodable, Sendable {
    public let name, cpu: String
    private let program, memory, r0: String

    public var programBytes: [UInt8] { ConformanceCorpus.bytes(program) }
    public var memoryBytes: [UInt8] { ConformanceCorpus.bytes(memory) }
    /// What the program returns.
    public var result: UInt64? { UInt64(r0.dropFirst(2), radix: 16) }
  }

  /// Why a test that needs the corpus does not run.
  public static let missing = "SKIPPED: no ebpf-conformance.json; set UBPFSIM_VECTORS to its folder"

  /// Empty when the file is not there.
  public static let vectors: [Vector] = {
    struct File: Decodable { let vectors: [Vector] }
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("ebpf-conformance.json")) else { return [] }
    return (try? JSONDecoder().decode(File.self, from: data).vectors) ?? []
  }()

  /// `$UBPFSIM_VECTORS`, or `shared/vectors` beside the repository.
  private static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["UBPFSIM_VECTORS"] { return URL(fileURLWithPath: path) }
    var repository = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { repository.deleteLastPathComponent() }
    return repository.deletingLastPathComponent().appendingPathComponent("shared/vectors")
  }()

  private static func bytes(_ text: String) -> [UInt8] {
    text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
  }
}
