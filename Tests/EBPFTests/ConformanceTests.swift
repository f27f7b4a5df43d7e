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

  @Test(.enabled(if: !vectors.isEmpty, missing), arguments: vectors)
  func vectorReturnsItsResult(_ vector: ConformanceCorpus.Vector) throws {
    let program = try ProgramLoader.load(vector.programBytes)
    try Verifier.verify(program, limits: .init(helpers: HelperTable.test.numbers))
    let outcome = run(program, memory: vector.memoryBytes, helpers: .test)
    #expect(outcome.result.r0 == vector.result)
  }
}
