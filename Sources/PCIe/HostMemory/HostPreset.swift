import SimKernel

/// A named host: other defaults for the fields of `HostSpec`.
///
/// The figures are those of Neugebauer et al., "Understanding PCIe performance for end host networking" (SIGCOMM 2018), for
/// reads of 64 bytes. Published are the medians, the minimum of the E5 and the differences; the rest of each distribution,
/// its tail above all, is ours.
public struct HostPreset: Sendable {
  public let name: String
  public let summary: String
  public let spec: HostSpec

  /// The published latencies are those that a device sees; `HostSpec.readLatency` is what the root complex makes of them.
  /// The rest is this model's own way over the default link and back: from the read request that the DMA engine sends to
  /// the first data that it sees, less the read latency.
  public static let linkRoundTrip: Picoseconds = .nanoseconds(248)

  /// The first is the default.
  public static let all: [HostPreset] = [
    HostPreset("generic", "a server without surprises", latency: nil),
    HostPreset("xeon_e5", "a Xeon E5: a 64-byte read takes the device 547 ns in the median", latency: e5),
    HostPreset(
      "xeon_e3", "a Xeon E3: 1,213 ns in the median, one read in a hundred takes longer than 6 us", latency: e3),
    HostPreset("xeon_e5_iommu", "the Xeon E5 with an IOMMU: 330 ns more for a page that is not among 64", latency: e5) {
      $0.iommu = true
      $0.iommuTLBEntries = 64
      $0.iommuMissLatency = .fixed(.nanoseconds(330))
    },
    HostPreset("xeon_e5_remote", "the Xeon E5 with the memory of its other socket: 100 ns more", latency: e5) {
      $0.remoteNode = true
      $0.remoteLatency = .nanoseconds(100)
    },
    HostPreset("xeon_e5_ddio", "the Xeon E5 with all data in its cache: 70 ns less", latency: e5) {
      $0.cacheHitPermille = 1_000
      $0.cacheHitGain = .nanoseconds(70)
    },
  ]

  private static let e5 = hostPart(of: [(0, 520), (500, 547), (900, 570), (990, 590), (999, 620), (1_000, 950)])
  private static let e3 = hostPart(
    of: [(0, 500), (500, 1_213), (650, 1_500), (900, 3_600), (990, 6_000), (999, 9_000), (1_000, 12_000)])

  private init(
    _ name: String, _ summary: String, latency: LatencyDistribution?,
    _ change: (inout MemoryPathSpec) -> Void = { _ in }
  ) {
    var spec = HostSpec()
    if let latency { spec.readLatency = latency }
    change(&spec.memoryPath)
    (self.name, self.summary, self.spec) = (name, summary, spec)
  }

  /// What is left of latencies in nanoseconds that a device sees.
  private static func hostPart(of corners: [(permille: UInt64, seen: UInt64)]) -> LatencyDistribution {
    try! LatencyDistribution(
      corners: corners.map { .init(permille: $0.permille, delay: .nanoseconds($0.seen) - linkRoundTrip) })
  }
}
