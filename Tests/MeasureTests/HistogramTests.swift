import Measure
import SimKernel
import TestSupport
import Testing

/// Exact counts in buckets with round edges.
@Suite struct HistogramTests {
  private func rows(_ histogram: Histogram) -> [[UInt64]] {
    histogram.buckets.map { [$0.from, $0.to, UInt64($0.count)] }
  }

  @Test func noSamplesNoBuckets() {
    #expect(Histogram([]).buckets.isEmpty && Histogram([]).count == 0)
  }

  /// Edges have four digits at most, so that people can tell them apart.
  @Test(
    arguments: [
      (0, 1), (1, 1), (9_999, 1), (10_000, 10), (20_005, 10), (547_030, 100), (1 << 63 - 1, 1_000_000_000_000_000),
    ] as [(Picoseconds, UInt64)])
  func equalSamplesFillOneBucket(sample: Picoseconds, width: UInt64) {
    let from = sample / width * width
    #expect(rows(Histogram([sample, sample, sample])) == [[from, from + width, 3]])
  }

  /// Less than a factor of ten: equal steps of 1, 2 or 5 times a power of ten, the finest that need few enough buckets.
  @Test func closeSamplesFallIntoEqualBuckets() {
    let samples: [Picoseconds] = [520, 540, 541, 559, 560, 561, 599]
    #expect(
      rows(Histogram(samples, limit: 5)) == [[520, 540, 1], [540, 560, 3], [560, 580, 2], [580, 600, 1]])
    #expect(rows(Histogram(samples, limit: 3)) == [[500, 550, 3], [550, 600, 4]])
    #expect(rows(Histogram(samples, limit: 2)) == [[500, 550, 3], [550, 600, 4]])
  }

  /// From a factor of ten on: the same edges in each decade.
  @Test func distantSamplesFallIntoBucketsByDecade() {
    let fine = rows(Histogram([95, 100, 149, 950]))
    #expect(fine.count == 19 && fine[0] == [95, 100, 1] && fine[1] == [100, 150, 2] && fine[18] == [950, 1_000, 1])
    #expect(
      rows(Histogram([99, 100, 199, 200, 990], limit: 10)) == [
        [90, 100, 1], [100, 200, 2], [200, 300, 1], [300, 400, 0], [400, 500, 0], [500, 600, 0], [600, 700, 0],
        [700, 800, 0], [800, 900, 0], [900, 1_000, 1],
      ])
    #expect(rows(Histogram([99, 990], limit: 4)) == [[50, 100, 1], [100, 200, 0], [200, 500, 0], [500, 1_000, 1]])
    #expect(rows(Histogram([99, 990], limit: 3)) == [[10, 100, 1], [100, 1_000, 1]])
    #expect(rows(Histogram([0, 1, 12], limit: 3)) == [[0, 1, 1], [1, 10, 1], [10, 100, 1]])
  }

  /// The border between the two kinds, tight.
  @Test func aFactorOfTenIsTheBorder() {
    #expect(rows(Histogram([100, 999], limit: 10)).map { $0[1] - $0[0] } == [UInt64](repeating: 100, count: 9))
    #expect(rows(Histogram([100, 1_000], limit: 10)).last! == [1_000, 2_000, 1])
  }

  /// Any samples: the buckets adjoin, begin and end with a sample, and hold exactly what lies between their edges.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func everySampleIsCountedOnce(seed: UInt64) {
    var random = SeededRandom(state: seed)
    let bits = 1 + random.below(62), limit = 2 + random.below(40)
    let samples = (0..<1 + random.below(300)).map { _ in
      random.next() >> UInt64(64 - bits + (random.flag() ? 0 : random.below(bits)))
    }
    let histogram = Histogram(samples, limit: limit), buckets = histogram.buckets
    #expect(histogram.count == samples.count)
    #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.to == $1.from })
    #expect(buckets.allSatisfy { $0.from < $0.to })
    #expect(buckets.first!.count > 0 && buckets.last!.count > 0)
    // One a decade is the coarsest.
    #expect(buckets.count <= max(limit, 21))
    for bucket in buckets {
      #expect(bucket.count == samples.count { bucket.from <= $0 && $0 < bucket.to })
    }
  }

  @Test func theOrderOfSamplesDoesNotMatter() {
    #expect(Histogram([5, 300, 70]) == Histogram([300, 70, 5]))
  }

  @Test func barsAreAsLongAsTheShareOfTheFullestBucket() {
    let samples = [Picoseconds](repeating: 520_000, count: 16) + [531_000, 532_000, 580_000]
    let bar = String(repeating: "█", count: 40)
    #expect(
      Histogram(samples, limit: 8).text("reads") == """
        latency of reads      count  share
        --------------------  -----  -----  ----------------------------------------
        520.0 ns to 530.0 ns     16  84.2%  \(bar)
        530.0 ns to 540.0 ns      2  10.5%  █████
        …                         0
        580.0 ns to 590.0 ns      1   5.3%  ██▌
        """)
  }

  @Test func oneSampleOfManyStillShows() {
    let text = Histogram([Picoseconds](repeating: 1_000, count: 100_000) + [1_999]).text("reads")
    #expect(text.hasSuffix("▏"))
  }
}
