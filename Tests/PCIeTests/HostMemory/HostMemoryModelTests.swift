import SimKernel
import Testing

@testable import PCIe

/// The latency of host memory as the root complex sees it.
@Suite struct HostMemoryModelTests {
  private static let distribution = try! LatencyDistribution(corners: [
    .init(permille: 0, delay: 100_000), .init(permille: 500, delay: 200_000), .init(permille: 1_000, delay: 900_000),
  ])

  /// A model with its random numbers. Its memory takes 300 ns, unless the test says otherwise.
  private final class Memory {
    let spec: HostSpec
    var model: HostMemoryModel
    var random = RandomStream(seed: 1, name: "host.memory")

    init(latency: LatencyDistribution = .fixed(300_000), _ change: (inout MemoryPathSpec) -> Void = { _ in }) {
      var spec = HostSpec()
      spec.readLatency = latency
      change(&spec.memoryPath)
      self.spec = spec
      model = HostMemoryModel(spec)
    }

    deinit { model.deallocate() }

    func read(_ address: UInt64, _ length: Int = 64) -> Picoseconds {
      model.latency(address: address, length: length, isWrite: false, spec: spec, random: &random)
    }

    func write(_ address: UInt64) -> Picoseconds {
      model.latency(address: address, length: 64, isWrite: true, spec: spec, random: &random)
    }
  }

  /// The numbers of the stream go to the read latency alone.
  @Test func withDefaultsAReadTakesTheReadLatencyAndAWriteNoTime() {
    let memory = Memory(latency: Self.distribution)
    var random = memory.random
    for index in 0..<1_000 {
      #expect(memory.read(UInt64(index) << 12) == Self.distribution.draw(&random))
      #expect(memory.write(UInt64(index) << 12) == 0)
    }
    #expect(memory.random == random)
    #expect(memory.model.tlbHits == 0 && memory.model.tlbMisses == 0)
    #expect(memory.model.cacheHits == 0 && memory.model.cacheMisses == 0)
  }

  @Test func equalSeedsGiveEqualLatencies() {
    func latencies() -> [Picoseconds] {
      let memory = Memory(latency: Self.distribution) {
        $0.iommu = true
        $0.iommuTLBEntries = 8
        $0.iommuMissLatency = Self.distribution
        $0.cacheHitPermille = 300
      }
      return (0..<1_000).map { memory.read(UInt64($0 * $0 % 19) << 12) }
    }
    #expect(latencies() == latencies())
    #expect(Set(latencies()).count > 500)
  }

  // MARK: IOMMU

  /// The first request to each page pays for the walk; later ones do not as long as all pages fit.
  @Test(arguments: [(TranslatedPage.small, UInt64(4_096)), (.large, 2 << 20)])
  func aPagePaysForItsWalkOnce(page: TranslatedPage, bytes: UInt64) {
    let memory = Memory {
      $0.iommu = true
      $0.iommuTLBEntries = 4
      $0.iommuPage = page
    }
    for index in 0..<4 as Range<UInt64> {
      #expect(memory.read(index * bytes) == 630_000)
      #expect(memory.read(index * bytes + bytes - 64) == 300_000)
    }
    #expect((0..<4 as Range<UInt64>).allSatisfy { memory.read($0 * bytes + 128) == 300_000 })
    #expect(memory.model.tlbMisses == 4 && memory.model.tlbHits == 8)
    // The fifth page takes the place of the first, which was used longest ago.
    #expect(memory.read(4 * bytes) == 630_000)
    #expect(memory.read(1 * bytes) == 300_000)
    #expect(memory.read(0) == 630_000)
    #expect(memory.model.tlbMisses == 6 && memory.model.tlbHits == 9)
  }

  /// A write waits for its translation too, and leaves it for the reads.
  @Test func writesAreTranslated() {
    let memory = Memory { $0.iommu = true }
    #expect(memory.write(0x5000) == 330_000)
    #expect(memory.write(0x5040) == 0)
    #expect(memory.read(0x5080) == 300_000)
    #expect(memory.model.tlbMisses == 1 && memory.model.tlbHits == 2)
  }

  @Test func walksTakeTheirDistribution() {
    let memory = Memory(latency: .fixed(0)) {
      $0.iommu = true
      $0.iommuTLBEntries = 1
      $0.iommuMissLatency = Self.distribution
    }
    var random = memory.random
    for page in 0..<1_000 as Range<UInt64> { #expect(memory.read(page << 12) == Self.distribution.draw(&random)) }
  }

  // MARK: Cache

  @Test func withoutHitsNothingChanges() {
    let memory = Memory { $0.cacheHitPermille = 0 }
    let before = memory.random
    #expect((0..<1_000).allSatisfy { _ in memory.read(0) == 300_000 })
    #expect(memory.random == before)
  }

  @Test func aThousandPermilleAlwaysHit() {
    let memory = Memory { $0.cacheHitPermille = 1_000 }
    let before = memory.random
    #expect((0..<1_000).allSatisfy { _ in memory.read(0) == 230_000 })
    #expect(memory.random == before)
    #expect(memory.model.cacheHits == 1_000 && memory.model.cacheMisses == 0)
  }

  @Test(arguments: [1, 250, 999] as [UInt64])
  func theShareOfHitsIsAsTold(permille: UInt64) {
    let memory = Memory { $0.cacheHitPermille = permille }
    let hits = (0..<100_000).count { _ in memory.read(0) == 230_000 }
    // Five standard deviations, at most 0.7 %.
    #expect(abs(hits - Int(permille) * 100) < 700 && hits > 0 && hits < 100_000)
    #expect(memory.model.cacheHits == hits && memory.model.cacheMisses == 100_000 - hits)
  }

  @Test(arguments: [(299_999, 1), (300_000, 0), (300_001, 0)] as [(Picoseconds, Picoseconds)])
  func aHitNeverTakesLessThanNoTime(gain: Picoseconds, latency: Picoseconds) {
    let memory = Memory {
      $0.cacheHitPermille = 1_000
      $0.cacheHitGain = gain
    }
    #expect(memory.read(0) == latency)
  }

  /// The cache shortens the memory's part only.
  @Test func theGainComesOffTheReadLatencyAlone() {
    let memory = Memory(latency: .fixed(50_000)) {
      $0.cacheHitPermille = 1_000
      $0.remoteNode = true
      $0.iommu = true
    }
    #expect(memory.read(0) == 430_000)
  }

  // MARK: Remote node

  @Test func aRemoteNodeAddsItsLatencyToEachRequest() {
    let memory = Memory { $0.remoteNode = true }
    for _ in 0..<10 {
      #expect(memory.read(0) == 400_000)
      #expect(memory.write(0) == 100_000)
    }
  }
}
