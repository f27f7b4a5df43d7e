import SimKernel

/// Order statistics of a set of latencies, exact.
public struct LatencySummary: Equatable, Sendable {
  public let count: Int
  public let minimum: Picoseconds
  public let p50: Picoseconds
  public let p90: Picoseconds
  public let p99: Picoseconds
  public let maximum: Picoseconds

  /// All zero when `samples` is empty.
  public init(_ samples: [Picoseconds]) {
    let sorted = samples.sorted()
    /// Nearest rank: the smallest sample that is not below `percent` of them.
    func percentile(_ percent: Int) -> Picoseconds {
      sorted.isEmpty ? 0 : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
    count = sorted.count
    minimum = sorted.first ?? 0
    p50 = percentile(50)
    p90 = percentile(90)
    p99 = percentile(99)
    maximum = sorted.last ?? 0
  }
}

/// Bits per second as Gb/s: `bytes` in `time`; 0 when no time passed.
public func gigabits(bytes: Int, in time: Picoseconds) -> Double {
  time == 0 ? 0 : Double(8 * bytes) * 1_000 / Double(time)
}
