import EBPF
import TestSupport
import Testing

@testable import Device

/// The assembled programs of the public conformance corpus through the pipelines, their memory at DATA.
@Suite struct ConformanceTests {
  static let vectors = ConformanceCorpus.vectors
  static let missing = Comment(rawValue: ConformanceCorpus.missing)

  @Test(.enabled(if: !vectors.isEmpty, missing)) func theCorpusIsComplete() {
    #expect(Self.vectors.count == 211)
  }

  static let specs =
    DifferentialTests.presets + [CoreSpec { $0.predictor = .backwardTaken }] + Deep8Specs.all

  @Test(.enabled(if: !vectors.isEmpty, missing), arguments: vectors, specs.indices)
  func vectorReturnsItsResult(_ vector: ConformanceCorpus.Vector, _ spec: Int) {
    let bench = CoreBench(Self.specs[spec])
    bench.load(text: vector.programBytes, data: vector.memoryBytes)
    let outcome = bench.run()
    #expect(outcome.fault == CoreFault.none)
    #expect(outcome.r0 == vector.result)
  }
}
