import SimKernel

extension Histogram {
  /// Characters of the longest bar.
  private static let barWidth = 40
  /// Empty buckets in a row from which one line stands for all of them.
  private static let shortestGap = 3

  /// A line for each bucket, with a bar as long as its share of the fullest one.
  /// - Parameter title: what the latencies are of
  public func text(_ title: String) -> String {
    var table = TextTable(["latency of \(title)", "count", "share", ""], words: ["latency of \(title)", ""])
    let fullest = buckets.map(\.count).max() ?? 0
    var index = 0
    while index < buckets.count {
      let gap = buckets[index...].prefix { $0.count == 0 }.count
      if gap >= Histogram.shortestGap {
        table.add(["…", "0", "", ""])
        index += gap
        continue
      }
      let bucket = buckets[index]
      let share = (100 * Double(bucket.count) / Double(count)).fixed(1) + "%"
      table.add([
        "\(bucket.from.readable) to \(bucket.to.readable)", "\(bucket.count)", share,
        Histogram.bar(bucket.count, of: fullest),
      ])
      index += 1
    }
    return table.formatted()
  }

  /// In eighths of a character; any sample at all shows.
  private static func bar(_ count: Int, of fullest: Int) -> String {
    guard count > 0 else { return "" }
    let eighths = max(1, Int((Double(8 * barWidth) * Double(count) / Double(fullest)).rounded()))
    let rest = eighths % 8
    let end = rest == 0 ? "" : String(["▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest - 1])
    return String(repeating: "█", count: eighths / 8) + end
  }
}
