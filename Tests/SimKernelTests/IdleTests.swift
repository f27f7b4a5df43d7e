import SimKernel
import Testing

/// Skipping idle edges, slicing a run and watching it are all invisible: the history of every State and port is the
/// same.
struct IdleTests {
  static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]

  private static func history(
    seed: UInt64, periods: [Picoseconds] = [7, 11, 13], skipsIdle: Bool = true, until limit: Picoseconds = 1_000_000
  ) -> (history: HistoryObserver, network: RandomNetwork, outcome: Simulation.Outcome) {
    let network = RandomNetwork(seed: seed, periods: periods)
    let history = HistoryObserver(network.simulation)
    network.simulation.observer = history
    network.simulation.skipsIdle = skipsIdle
    let outcome = network.simulation.run(until: limit)
    return (history, network, outcome)
  }

  @Test(arguments: seeds)
  func theNetworkDoesItsWork(seed: UInt64) {
    let (history, network, outcome) = Self.history(seed: seed)
    #expect(outcome == .quiescent)
    #expect(network.simulation.pendingWork().isEmpty)
    #expect(network.nodes.map { $0.state.pointer.pointee.handled }.reduce(0, +) > 80)
    #expect(history.entries.count > 500)
    #expect(history.unexplained.isEmpty, "only what ticks changes")
  }

  @Test(arguments: seeds, [[7, 11, 13], [10, 10, 10], [4_000, 5_000, 4_000]] as [[Picoseconds]])
  func skippingIsInvisible(seed: UInt64, periods: [Picoseconds]) {
    let fast = Self.history(seed: seed, periods: periods)
    let end = fast.network.simulation.time
    let slow = Self.history(seed: seed, periods: periods, skipsIdle: false, until: end)
    #expect(fast.history.entries == slow.history.entries)
    #expect(fast.history.edges < slow.history.edges, "something was skipped")
  }

  @Test(arguments: seeds)
  func slicesGiveTheSameAsOneRun(seed: UInt64) {
    let whole = Self.history(seed: seed)
    let network = RandomNetwork(seed: seed)
    let history = HistoryObserver(network.simulation)
    network.simulation.observer = history
    var random = RandomStream(seed: seed, name: "slices")
    var limit: Picoseconds = 0
    while network.simulation.run(until: limit) == .limitReached { limit += random.next(below: 300) }
    #expect(history.entries == whole.history.entries)
    #expect(network.simulation.time == whole.network.simulation.time)
  }

  @Test(arguments: seeds)
  func observationIsInvisible(seed: UInt64) {
    let watched = Self.history(seed: seed)
    let network = RandomNetwork(seed: seed)
    #expect(network.simulation.run(until: 1_000_000) == .quiescent)
    #expect(network.simulation.time == watched.network.simulation.time)
    let final = HistoryObserver(network.simulation).entries.map(\.bytes)
    #expect(final == HistoryObserver(watched.network.simulation).entries.map(\.bytes))
  }

  @Test func aSeedIsARun() {
    #expect(Self.history(seed: 5).history.entries == Self.history(seed: 5).history.entries)
    #expect(Self.history(seed: 5).history.entries != Self.history(seed: 6).history.entries)
  }
}
