import EBPF
import TestSupport
import Testing

@testable import Device

/// The assembled programs of the public conformance corpus through the pipeline, their memory at DATA.
@Suite struct ConformanceTests {
  static let vectors = ConformanceCorpus.vectors
  static let missing = Comment(rawValue: ConformanceCorpus.missing)

  /// The vectors that this core does not run to their result, and why.
  static let exceptions: [String: CoreFault] = [
    // Not part of RFC 9669: refused at load, as uBPF does.
    "callx": .badProgram
  ]

  @Test(.enabled(if: !vectors.isEmpty, missing)) func theCorpusIsComplete() {
    #expect(Self.vectors.count == 211)
  }

  static let specs: [CoreSpec] = [
    CoreSpec(), CoreSpec { $0.predictor = .backwardTaken }, CoreSpec { $0.microarchitecture = .hbpf(HBPFSpec()) },
  ]

  @Test(.enabled(if: !vectors.isEmpty, missing), arguments: vectors, specs.indices)
  func vectorReturnsItsResult(_ vector: ConformanceCorpus.Vector, _ spec: Int) {
    let bench = CoreBench(Self.specs[spec])
    bench.load(text: vector.programBytes, data: vector.memoryBytes)
    let outcome = bench.run()
    if let fault = Self.exceptions[vector.name] {
      #expect(outcome.fault == fault)
    } else {
      #expect(outcome.fault == CoreFault.none)
      #expect(outcome.r0 == vector.result)
    }
  }

  @Test(.enabled(if: !vectors.isEmpty, missing)) func theExceptionsAreInTheCorpus() {
    #expect(Set(Self.exceptions.keys).isSubset(of: Self.vectors.map(\.name)))
  }
}
