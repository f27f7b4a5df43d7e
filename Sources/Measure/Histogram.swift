import SimKernel

/// How often latencies of each size occurred: exact counts in adjoining buckets with round edges.
///
/// The buckets are the finest that need no more than `limit`: equally wide when the largest sample is less than ten times
/// the smallest, and otherwise a fixed number in each decade, so that a long tail does not hide the rest.
public struct Histogram: Equatable, Sendable {
  public struct Bucket: Equatable, Sendable {
    /// The smallest latency that falls into the bucket.
    public let from: Picoseconds
    /// The smallest that is too large for it.
    public let to: Picoseconds
    public let count: Int
  }

  /// In rising order, without gaps, from the bucket of the smallest sample to that of the largest; none without samples.
  public let buckets: [Bucket]
  /// The number of samples.
  public let count: Int

  /// - Parameters:
  ///   - samples: in any order, each below 2^63 ps
  ///   - limit: buckets at most, from 2 on; over many decades there are still one for each, and one below 1 ps
  public init(_ samples: [Picoseconds], limit: Int = 20) {
    precondition(limit >= 2, "a histogram of \(limit) buckets")
    let sorted = samples.sorted()
    count = sorted.count
    guard let least = sorted.first, let most = sorted.last else {
      buckets = []
      return
    }
    precondition(most < 1 << 63, "a latency of \(most) ps")
    let edges =
      most / 10 < least
      ? Histogram.equalEdges(around: least, most, limit: limit)
      : Histogram.decadeEdges(around: least, most, limit: limit)
    buckets = Histogram.counts(of: sorted, between: edges)
  }

  private static func counts(of sorted: [Picoseconds], between edges: [Picoseconds]) -> [Bucket] {
    var next = sorted.startIndex
    return zip(edges, edges.dropFirst()).map { from, to in
      let first = next
      while next < sorted.endIndex, sorted[next] < to { next += 1 }
      return Bucket(from: from, to: to, count: next - first)
    }
  }

  /// Multiples of 1, 2 or 5 times a power of ten. Finer edges than four digits would look alike to people.
  private static func equalEdges(around least: Picoseconds, _ most: Picoseconds, limit: Int) -> [Picoseconds] {
    var power: UInt64 = 1
    while power <= most / 10_000 { power *= 10 }
    while true {
      for step in [power, 2 * power, 5 * power] where most / step - least / step < UInt64(limit) {
        return Array(stride(from: least / step * step, through: (most / step + 1) * step, by: Int(step)))
      }
      power *= 10
    }
  }

  /// The first two digits of the edges within a decade, finest first.
  private static let decades: [[UInt64]] =
    [1, 2, 5, 10].map { Array(stride(from: 10, to: 100, by: $0)) } + [[10, 20, 50], [10]]

  private static func decadeEdges(around least: Picoseconds, _ most: Picoseconds, limit: Int) -> [Picoseconds] {
    for digits in decades.dropLast() {
      let edges = edges(digits, around: least, most)
      if edges.count <= limit + 1 { return edges }
    }
    return edges(decades.last!, around: least, most)
  }

  private static func edges(_ digits: [UInt64], around least: Picoseconds, _ most: Picoseconds) -> [Picoseconds] {
    // Below 10 ps two digits are more than there are.
    var edges: [Picoseconds] = [0]
    var power: UInt64 = 1
    while true {
      for digit in digits {
        let (scaled, isTooLarge) = digit.multipliedReportingOverflow(by: power)
        let edge = isTooLarge ? Picoseconds.max : scaled / 10
        if edge <= least { edges = [edge] } else if edge > edges.last! { edges.append(edge) }
        if edge > most { return edges }
      }
      power *= 10
    }
  }
}
