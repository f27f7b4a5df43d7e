import Measure
import SimKernel
import Testing

/// Order statistics, nearest rank.
@Suite struct LatencySeriesTests {
  @Test func aHundredSamplesHaveTheirRanks() {
    let summary = LatencySeries("reads", title: "reads", (1...100).reversed()).summary
    #expect(summary.count == 100 && summary.minimum == 1 && summary.maximum == 100)
    #expect(summary.p50 == 50 && summary.p90 == 90 && summary.p99 == 99)
  }

  @Test func noSamplesGiveZeros() {
    let series = LatencySeries("reads", title: "reads", [])
    #expect(series.summary == LatencySummary([]) && series.summary.count == 0 && series.summary.maximum == 0)
    #expect(series.histogram.buckets.isEmpty)
  }
}
