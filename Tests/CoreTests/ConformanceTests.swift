import EBPF
import Foundation
import Testing

@testable import Device

/// The assembled programs of the public conformance corpus through the pipeline, their memory at DATA.
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

  static let reason: Comment = "SKIPPED: no ebpf-conformance.json; set UBPFSIM_VECTORS to its folder"

  /// The vectors that this core does not run to their result, and why.
  static let exceptions: [String: CoreFault] = [
    // Not part of RFC 9669: refused at load, as uBPF does.
    "callx": .badProgram,
    // Calls a helper function; the core has none.
    "call_unwind_fail": .unknownHelper,
  ]

  @Test(.enabled(if: !vectors.isEmpty, reason)) func theCorpusIsComplete() {
    #expect(Self.vectors.count == 211)
  }

  @Test(.enabled(if: !vectors.isEmpty, reason), arguments: vectors, BranchPredictor.allCases)
  func vectorReturnsItsResult(_ vector: Vector, _ predictor: BranchPredictor) {
    let bench = CoreBench(CoreSpec { $0.predictor = predictor })
    bench.load(text: bytes(vector.program), data: bytes(vector.memory))
    let outcome = bench.run()
    if let fault = Self.exceptions[vector.name] {
      #expect(outcome.fault == fault)
    } else {
      #expect(outcome.fault == CoreFault.none)
      #expect(outcome.r0 == UInt64(vector.r0.dropFirst(2), radix: 16))
    }
  }

  @Test(.enabled(if: !vectors.isEmpty, reason)) func theExceptionsAreInTheCorpus() {
    #expect(Set(Self.exceptions.keys).isSubset(of: Self.vectors.map(\.name)))
  }

  private func bytes(_ text: String) -> [UInt8] { text.split(separator: " ").map { UInt8($0, radix: 16)! } }
}
