import EBPF
import Foundation
import Testing

/// The assembled programs of the public conformance corpus.
@Suite struct ConformanceTests {
  struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    let name, cpu, program, memory, r0: String
    var testDescription: String { "\(name) (\(cpu))" }
  }

  /// `$UBPFSIM_VECTORS`, or `shared/vectors` beside the repository.
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["UBPFSIM_VECTORS"] { return URL(fileURLWithPath: path) }
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return repository.deletingLastPathComponent().appendingPathComponent("shared/vectors")
  }()

  static let vectors: [Vector] = {
    struct File: Decodable { let vectors: [Vector] }
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("ebpf-conformance.json")) else { return [] }
    return (try? JSONDecoder().decode(File.self, from: data).vectors) ?? []
  }()

  @Test(.enabled(if: !vectors.isEmpty, "SKIPPED: no ebpf-conformance.json; set UBPFSIM_VECTORS to its folder"))
  func theCorpusIsComplete() {
    #expect(Self.vectors.count == 211)
  }

  @Test(
    .enabled(if: !vectors.isEmpty, "SKIPPED: no ebpf-conformance.json; set UBPFSIM_VECTORS to its folder"),
    arguments: vectors.filter { $0.name != "callx" })
  func vectorReturnsItsResult(_ vector: Vector) throws {
    let program = try ProgramLoader.load(bytes(vector.program))
    try Verifier.verify(program, limits: .init(helpers: Set(TestHelpers.all.keys)))
    let outcome = run(program, memory: bytes(vector.memory), helpers: TestHelpers.all)
    #expect(outcome.result.r0 == UInt64(vector.r0.dropFirst(2), radix: 16))
  }

  /// CALLX is no part of RFC 9669: the one vector that this machine refuses, as uBPF does.
  @Test(.enabled(if: !vectors.isEmpty, "SKIPPED: no ebpf-conformance.json; set UBPFSIM_VECTORS to its folder"))
  func callThroughARegisterIsRefused() throws {
    let vector = try #require(Self.vectors.first { $0.name == "callx" })
    let program = try ProgramLoader.load(bytes(vector.program))
    let error = #expect(throws: LoadError.self) { try Verifier.verify(program) }
    #expect(error?.description == "at PC 2: call through a register (callx) is not supported")
  }

  private func bytes(_ text: String) -> [UInt8] { text.split(separator: " ").map { UInt8($0, radix: 16)! } }
}
