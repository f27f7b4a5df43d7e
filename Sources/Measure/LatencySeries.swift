import SimKernel

/// Latencies of one kind that a report summarises and draws.
public struct LatencySeries: Sendable {
  /// In JSON.
  public let name: String
  /// For people, as in "latency of transfers".
  public let title: String
  /// In the order in which they were measured.
  public let samples: [Picoseconds]

  public init(_ name: String, title: String, _ samples: [Picoseconds]) {
    self.name = name
    self.title = title
    self.samples = samples
  }

  public var summary: LatencySummary { LatencySummary(samples) }
  public var histogram: Histogram { Histogram(samples) }
}
