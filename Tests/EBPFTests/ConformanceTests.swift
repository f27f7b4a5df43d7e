import EBPF
import TestSupport
import Testing

/// The assembled programs of the public conformance corpus.
@Suite struct ConformanceTests {
  static let vectors = ConformanceCorpus.vectors
  static let missing = Comment(rawValue: ConformanceCorpus.missing)

  @Test(.enabled(if: !vectors.isEmpty, missing))
  func theCorpusIsComplete() {
    #expect(Self.vectors.count == 211)
  }

  @Test(
    .enabled(if: !vectors.isEmpty, missing),
    arguments: vectors.filter { $0.name != "callx" })
  func vectorReturnsItsResult(_ vector: ConformanceCorpus.Vector) throws {
    let program = try ProgramLoader.load(vector.programBytes)
    try Verifier.verify(program, limits: .init(helpers: Set(TestHelpers.all.keys)))
    let outcome = run(program, memory: vector.memoryBytes, helpers: TestHelpers.all)
    #expect(outcome.result.r0 == vector.result)
  }

  /// CALLX is no part of RFC 9669: the one vector that this machine refuses, as uBPF does.
  @Test(.enabled(if: !vectors.isEmpty, missing))
  func callThroughARegisterIsRefused() throws {
    let vector = try #require(Self.vectors.first { $0.name == "callx" })
    let program = try ProgramLoader.load(vector.programBytes)
    let error = #expect(throws: LoadError.self) { try Verifier.verify(program) }
    #expect(error?.description == "at PC 2: call through a register (callx) is not supported")
  }
}
