import SimKernel
import Testing

/// Delays as a piecewise-linear quantile function.
struct LatencyDistributionTests {
  typealias Corner = LatencyDistribution.Corner

  static let memory = try! LatencyDistribution(corners: [
    Corner(permille: 0, delay: 280_000), Corner(permille: 500, delay: 300_000), Corner(permille: 900, delay: 320_000),
    Corner(permille: 990, delay: 380_000), Corner(permille: 1_000, delay: 600_000),
  ])

  private static func draws(_ distribution: LatencyDistribution, count: Int = 100_000) -> [Picoseconds] {
    var random = RandomStream(seed: 1, name: "latency")
    return (0..<count).map { _ in distribution.draw(&random) }
  }

  @Test func drawsStayBetweenTheFirstAndTheLastCorner() {
    let draws = Self.draws(Self.memory)
    #expect(Self.memory.minimum == 280_000)
    #expect(Self.memory.maximum == 600_000)
    #expect(draws.allSatisfy { (280_000...600_000).contains($0) })
  }

  /// Corner quantiles, and some between corners: linear between its neighbours.
  @Test(
    arguments: [
      (250, 290_000), (500, 300_000), (700, 310_000), (900, 320_000), (945, 350_000), (990, 380_000), (995, 490_000),
    ] as [(Int, Picoseconds)])
  func quantilesOfTheDrawsAreThoseOfTheFunction(permille: Int, delay: Picoseconds) {
    // The share of draws at or below the quantile, within five standard deviations (at most 0.8 %) of what it says.
    let below = Self.draws(Self.memory).count { $0 <= delay }
    #expect(abs(below - permille * 100) < 800)
  }

  @Test func sameSeedGivesTheSameDelays() {
    #expect(Self.draws(Self.memory, count: 1_000) == Self.draws(Self.memory, count: 1_000))
  }

  @Test func uniformDelaysAreUniform() throws {
    let uniform = try LatencyDistribution(corners: [Corner(permille: 0, delay: 0), Corner(permille: 1_000, delay: 999)])
    let draws = Self.draws(uniform)
    #expect(draws.max()! <= 999)
    for tenth in 0..<10 {
      let count = draws.count { Int($0) / 100 == tenth }
      #expect(abs(count - 10_000) < 500)
    }
  }

  @Test func fixedDelayDrawsNoNumber() {
    var random = RandomStream(seed: 1, name: "latency")
    let before = random
    let fixed = LatencyDistribution.fixed(400_000)
    #expect((0..<100).allSatisfy { _ in fixed.draw(&random) == 400_000 })
    #expect(random == before)
    #expect(fixed.minimum == 400_000 && fixed.maximum == 400_000)
  }

  @Test func flatPartsAreAllowed() throws {
    let flat = try LatencyDistribution(corners: [Corner(permille: 0, delay: 5), Corner(permille: 1_000, delay: 5)])
    #expect(Self.draws(flat, count: 100).allSatisfy { $0 == 5 })
  }

  @Test func delaysBeyondAMinuteDoNotOverflow() throws {
    let long = try LatencyDistribution(corners: [
      Corner(permille: 0, delay: 0), Corner(permille: 1_000, delay: 1 << 62),
    ])
    let draws = Self.draws(long, count: 10_000)
    #expect(draws.max()! > 1 << 61)
    #expect(draws.allSatisfy { $0 <= 1 << 62 })
  }

  @Test(arguments: [
    [], [Corner(permille: 0, delay: 1)],
    [Corner(permille: 1, delay: 1), Corner(permille: 1_000, delay: 2)],
    [Corner(permille: 0, delay: 1), Corner(permille: 999, delay: 2)],
    [Corner(permille: 0, delay: 2), Corner(permille: 1_000, delay: 1)],
    [Corner(permille: 0, delay: 1), Corner(permille: 0, delay: 1), Corner(permille: 1_000, delay: 2)],
    [
      Corner(permille: 0, delay: 1), Corner(permille: 600, delay: 1), Corner(permille: 500, delay: 1),
      Corner(permille: 1_000, delay: 2),
    ],
    [Corner(permille: 0, delay: 1), Corner(permille: 1_001, delay: 2)],
  ])
  func cornersThatDoNotRiseFromZeroToAThousandAreRefused(corners: [Corner]) throws {
    let error = #expect(throws: SpecError.self) { try LatencyDistribution(corners: corners) }
    #expect(error?.expected == "two or more [permille, delay] corners that rise from permille 0 to 1000")
  }

  @Test func descriptionsAreAsScenariosWriteThem() throws {
    #expect(LatencyDistribution.fixed(400_000).description == "400ns")
    let range = try LatencyDistribution(corners: [
      Corner(permille: 0, delay: 500), Corner(permille: 1_000, delay: 2_000_000),
    ])
    #expect(range.description == "[0: 500ps, 1000: 2us]")
  }
}
