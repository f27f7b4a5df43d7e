import SimKernel

/// What lies between the root complex and host memory; all of it is off by default.
public struct MemoryPathSpec: Equatable, Sendable {
  /// Device addresses are translated.
  public var iommu = false
  public var iommuTLBEntries = 64
  public var iommuPage = TranslatedPage.small
  /// Added to a request whose page the IOMMU has to look up in the page tables.
  public var iommuMissLatency = LatencyDistribution.fixed(.nanoseconds(330))
  /// Reads in 1,000 that the cache answers.
  public var cacheHitPermille: UInt64 = 0
  /// What such a read is faster than one from memory; a latency never falls below 0.
  public var cacheHitGain: Picoseconds = .nanoseconds(70)
  /// Memory belongs to another node (NUMA) than the device.
  public var remoteNode = false
  /// Added to each request to a remote node.
  public var remoteLatency: Picoseconds = .nanoseconds(100)

  public init() {}

  /// As fields of the host, where scenarios have them.
  static let fields: [SpecField<HostSpec>] = [
    .flag("iommu", \.memoryPath.iommu, "translate the addresses of devices"),
    .count(
      "iommu_tlb_entries", \.memoryPath.iommuTLBEntries, of: "pages", 1...4096,
      "pages that the IOMMU's translation buffer holds, the least recently used one goes"),
    .choice("iommu_page", \.memoryPath.iommuPage, "what one entry of the translation buffer covers"),
    .latency(
      "iommu_miss_latency", \.memoryPath.iommuMissLatency, "added to a request whose page the buffer does not hold"),
    .count(
      "cache_hit_permille", \.memoryPath.cacheHitPermille, of: "permille", 0...1000, "reads that the cache answers"),
    .duration(
      "cache_hit_gain", \.memoryPath.cacheHitGain, 0...1_000_000_000, "read_latency less this when the cache answers"),
    .flag("remote_node", \.memoryPath.remoteNode, "memory belongs to another NUMA node"),
    .duration(
      "remote_latency", \.memoryPath.remoteLatency, 0...1_000_000_000, "added to each request to a remote node"),
  ]
}

/// The pages that an IOMMU maps.
public enum TranslatedPage: String, CaseIterable, Sendable {
  case small = "4KiB"
  case large = "2MiB"

  /// Bits of an address within the page.
  var shift: UInt64 { self == .small ? 12 : 21 }
}
