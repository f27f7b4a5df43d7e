import Device
import PCIe
import Scenario
import SimKernel
import Testing

/// Seeded delays: the same seed gives the same run to the picosecond.
@Suite struct DeterminismTests {
  private static let latency = "{\"quantiles\": [[0, \"200ns\"], [500, \"300ns\"], [1000, \"2us\"]]}"

  private struct Times: Equatable {
    let records: [[Picoseconds]]
    let steps: [Picoseconds]
    let end: Picoseconds
  }

  private func run(seed: Int, skipsIdle: Bool = true, core: String = "200MHz") throws -> Times {
    let watch = try Watch(
      "\"seed\": \(seed), \"host\": {\"read_latency\": \(Self.latency)}, "
        + "\"device\": {\"clocks\": {\"core\": \"\(core)\"}}",
      steps: "{\"load_data\": {\"fill\": {\"bytes\": 20000}}}, {\"load_data\": {\"fill\": {\"bytes\": 5000}, "
        + "\"via\": \"p2p\"}}")
    watch.system.simulation.skipsIdle = skipsIdle
    watch.finish()
    #expect(watch.system.driver.failures.isEmpty)
    return Times(
      records: watch.system.device.dma.records.map { [$0.start, $0.firstData, $0.end] },
      steps: watch.system.driver.records.map(\.latency), end: watch.system.simulation.time)
  }

  @Test(arguments: [1, 2, 12_345])
  func oneSeedGivesOneRun(seed: Int) throws {
    #expect(try run(seed: seed) == run(seed: seed))
  }

  @Test func seedsDiffer() throws {
    #expect(try run(seed: 1) != run(seed: 2))
  }

  /// Sleeping components are never visible.
  @Test func idleSkippingIsNotVisible() throws {
    #expect(try run(seed: 3) == run(seed: 3, skipsIdle: false))
  }

  /// The clock of a part that has nothing to do changes nothing elsewhere.
  @Test func anIdleCoreClockIsNotVisible() throws {
    #expect(try run(seed: 4).records == run(seed: 4, core: "1GHz").records)
  }

  /// Delays lie within the distribution; half of them below its median.
  @Test func delaysFollowTheirDistribution() throws {
    let distribution = try LatencyDistribution(corners: [
      .init(permille: 0, delay: 200), .init(permille: 500, delay: 300), .init(permille: 1_000, delay: 2_000),
    ])
    var random = RandomStream(seed: 7, name: "test")
    let delays = (0..<10_000).map { _ in distribution.draw(&random) }
    #expect(delays.allSatisfy { (200...2_000).contains($0) })
    let below = delays.count { $0 < 300 }
    #expect((4_800...5_200).contains(below))
  }

  /// Streams are named: another component's draws do not shift this one's.
  @Test func streamsAreIndependent() {
    var first = RandomStream(seed: 1, name: "host.memory"), again = RandomStream(seed: 1, name: "host.memory")
    var other = RandomStream(seed: 1, name: "other")
    for _ in 0..<5 { _ = other.next() }
    #expect((0..<8).map { _ in first.next() } == (0..<8).map { _ in again.next() })
  }
}
