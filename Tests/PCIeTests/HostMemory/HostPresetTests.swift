import SimKernel
import Testing

@testable import PCIe

/// The presets against the published latencies of 64-byte reads as a device sees them (Neugebauer et al., SIGCOMM 2018).
@Suite struct HostPresetTests {
  /// Latencies of 100,000 reads on a seeded way through as many pages, in nanoseconds as a device sees them, sorted.
  private static func latencies(_ name: String, pages: UInt64) throws -> [Double] {
    let spec = try #require(HostPreset.all.first { $0.name == name }).spec
    var model = HostMemoryModel(spec), random = RandomStream(seed: 7, name: "host.memory")
    defer { model.deallocate() }
    var places = RandomStream(seed: 7, name: "places")
    return (0..<100_000).map { _ in
      let latency = model.latency(
        address: places.next(below: pages) << 12, length: 64, isWrite: false, spec: spec, random: &random)
      return Double(latency + HostPreset.linkRoundTrip) / 1_000
    }.sorted()
  }

  /// (preset, pages, nanoseconds by permille). 6,400 pages miss a buffer of 64 entries 99 times in 100.
  @Test(
    arguments: [
      ("xeon_e5", 1, [0: 520, 500: 547, 999: 620]), ("xeon_e3", 1, [500: 1_213, 990: 6_000]),
      ("xeon_e5_iommu", 64, [500: 547]), ("xeon_e5_iommu", 6_400, [500: 877]),
      ("xeon_e5_remote", 1, [0: 620, 500: 647]), ("xeon_e5_ddio", 1, [0: 450, 500: 477]),
    ] as [(String, UInt64, [Int: Double])])
  func quantilesAreThePublishedOnes(name: String, pages: UInt64, quantiles: [Int: Double]) throws {
    let sorted = try Self.latencies(name, pages: pages)
    for (permille, expected) in quantiles {
      let found = sorted[min(sorted.count - 1, sorted.count * permille / 1_000)]
      #expect((found / expected - 1).magnitude < 0.02, "\(permille): \(found) ns")
    }
  }

  /// The body of the E5 is narrow, the E3 has a long tail.
  @Test func onlyTheE3HasALongTail() throws {
    let e5 = try Self.latencies("xeon_e5", pages: 1), e3 = try Self.latencies("xeon_e3", pages: 1)
    #expect(e5[99_000] < 1.1 * e5[50_000])
    #expect(e3[99_000] > 4 * e3[50_000])
  }

  @Test func theFirstPresetIsTheDefault() {
    #expect(HostPreset.all[0].name == "generic")
    #expect(HostPreset.all[0].spec == HostSpec())
    #expect(Set(HostPreset.all.map(\.name)).count == HostPreset.all.count)
  }

  @Test func everyPresetIsLegal() throws {
    for preset in HostPreset.all {
      var copy = preset.spec
      for field in HostSpec.fields { try field.assign(&copy, field.get(preset.spec)) }
      #expect(copy == preset.spec)
      try copy.validate()
    }
  }
}
