import SimKernel

/// A peer: an endpoint with a storage-like engine that moves chunks between its medium and bus addresses.
public struct PeerSpec: ComponentSpec {
  /// From the host's command to the first chunk.
  public var startCycles: Cycle = 16
  /// Between two packets.
  public var interval: Cycle = 1
  /// From the turn of a chunk until the medium has it.
  public var mediaLatency: LatencyDistribution = .fixed(0)
  /// Chunks that are worked on at a time.
  public var queueDepth: Int = 8
  /// Requests outstanding at a time.
  public var tags: Int = 32
  /// A request without all its data after this time has failed (Base Specification 2.8).
  public var completionTimeout: Picoseconds = .milliseconds(10)

  public init() {}

  public static let fields: [SpecField<PeerSpec>] = [
    .count("start_cycles", \.startCycles, of: "PCIe cycles", 1...65_536, "host command to the peer's first chunk"),
    .count("interval", \.interval, of: "PCIe cycles", 1...65_536, "between two packets"),
    .latency("media_latency", \.mediaLatency, "the turn of a chunk until the medium has it"),
    .count("queue_depth", \.queueDepth, of: "chunks", 1...256, "chunks worked on at a time"),
    .count("tags", \.tags, of: "tags", 1...768, "requests outstanding at a time"),
    .duration(
      "completion_timeout", \.completionTimeout, 1_000_000...100_000_000_000,
      "request to failure when data is missing"),
  ]
}
