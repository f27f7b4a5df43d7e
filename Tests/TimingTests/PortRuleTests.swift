import Bench
import SimKernel
import Testing

/// Sends its numbers whenever there is room, up to `perTick` of them, and sleeps otherwise; so its wake-ups are part of
/// the test.
private final class EagerSender: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private let output: OutPort<Int>
  private let perTick: Int
  private var left: Int
  private(set) var sent: [Picoseconds] = []

  init(clock: Clock, output: OutPort<Int>, perTick: Int, count: Int) {
    self.clock = clock
    self.output = output
    self.perTick = perTick
    left = count
    ports = [output]
  }

  func tick(_ now: Cycle) -> Wake {
    for _ in 0..<min(left, perTick) {
      guard output.canSend else { return .onInput }
      output.send(left)
      sent.append(clock.time)
      left -= 1
    }
    return left > 0 ? .next : .onInput
  }
}

/// Takes up to `perTick` numbers at given cycles, or as soon as they come.
private final class Taker: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private let input: InPort<Int>
  private let from: Cycle, perTick: Int
  private(set) var taken: [Picoseconds] = []

  init(clock: Clock, input: InPort<Int>, from: Cycle = 0, perTick: Int = .max) {
    self.clock = clock
    self.input = input
    self.from = from
    self.perTick = perTick
    ports = [input]
  }

  func tick(_ now: Cycle) -> Wake {
    guard now >= from else { return .at(from) }
    var count = 0
    while count < perTick, input.receive() != nil {
      taken.append(clock.time)
      count += 1
    }
    return input.hasMessage ? .next : .onInput
  }
}

/// The port rule: sent at n, seen at n + latency; room made at n, seen at n + 1; the order of ticks does not matter.
@Suite struct PortRuleTests {
  /// A sender and a taker in two clocks, added in either order.
  private func run(
    sender: Picoseconds, taker: Picoseconds? = nil, capacity: Int, latency: Cycle = 1, synchroniser: Cycle = 2,
    sentPerTick: Int = .max, from: Cycle = 0, perTick: Int = .max, count: Int, takerFirst: Bool, skipsIdle: Bool = true
  ) -> (sent: [Picoseconds], taken: [Picoseconds]) {
    let simulation = Simulation()
    simulation.skipsIdle = skipsIdle
    let first = simulation.addClock("sender", period: sender)
    let second = taker.map { simulation.addClock("taker", period: $0) } ?? first
    let port = simulation.port(
      "port", of: Int.self, from: first, to: second, capacity: capacity, latency: latency, synchroniser: synchroniser)
    let source = EagerSender(clock: first, output: port.output, perTick: sentPerTick, count: count)
    let sink = Taker(clock: second, input: port.input, from: from, perTick: perTick)
    if takerFirst { simulation.add(sink, as: "taker") }
    simulation.add(source, as: "sender")
    if !takerFirst { simulation.add(sink, as: "taker") }
    simulation.run(until: 4_000)
    return (source.sent, sink.taken)
  }

  @Test(arguments: [1, 2, 7] as [Cycle], [true, false])
  func sentAtNIsSeenAfterTheLatency(latency: Cycle, takerFirst: Bool) {
    let times = run(sender: 10, capacity: 4, latency: latency, count: 1, takerFirst: takerFirst)
    #expect(times.sent == [0] && times.taken == [10 * latency])
  }

  /// One place: taken at n + 1, free at n + 2. Two places sustain one message a cycle.
  @Test(arguments: [(1, [0, 20, 40, 60] as [Picoseconds]), (2, [0, 0, 20, 20]), (4, [0, 0, 0, 0])], [true, false])
  func roomMadeAtNIsSeenAtTheNextEdge(port: (Int, [Picoseconds]), takerFirst: Bool) {
    let times = run(sender: 10, capacity: port.0, count: 4, takerFirst: takerFirst)
    #expect(times.sent == port.1)
  }

  @Test(arguments: [true, false])
  func twoPlacesSustainOneMessageACycle(takerFirst: Bool) {
    let times = run(sender: 10, capacity: 2, perTick: 1, count: 10, takerFirst: takerFirst)
    #expect(times.taken == (1...10).map { 10 * $0 })
  }

  /// A full port wakes its sender when it has room again, whoever ticks first.
  @Test(arguments: [1, 2, 3], [true, false])
  func aSleepingSenderIsWoken(capacity: Int, takerFirst: Bool) {
    let awake = run(
      sender: 10, capacity: capacity, from: 9, perTick: 1, count: 8, takerFirst: takerFirst, skipsIdle: false)
    let asleep = run(sender: 10, capacity: capacity, from: 9, perTick: 1, count: 8, takerFirst: takerFirst)
    #expect(awake.sent.count == 8 && awake.sent == asleep.sent && awake.taken == asleep.taken)
  }

  /// A sender that asks in the very edge in which room was made cannot see it yet, and is woken when it can.
  @Test(arguments: [1, 2], [nil, 10, 7, 50] as [Picoseconds?])
  func aSenderThatAsksTooEarlyIsWoken(capacity: Int, taker: Picoseconds?) {
    for takerFirst in [true, false] {
      let times = run(
        sender: 10, taker: taker, capacity: capacity, sentPerTick: 1, count: 8, takerFirst: takerFirst)
      let awake = run(
        sender: 10, taker: taker, capacity: capacity, sentPerTick: 1, count: 8, takerFirst: takerFirst,
        skipsIdle: false)
      #expect(times.sent.count == 8 && times.sent == awake.sent && times.taken == awake.taken)
    }
  }

  // MARK: crossings

  /// Seen at the listening side's edge at or before the sending, plus the synchroniser's edges.
  @Test(arguments: [1, 2, 8] as [Cycle], [(7 as Picoseconds, 10 as Picoseconds), (10, 7), (10, 10), (3, 50)])
  func aCrossingCostsEdgesOfTheListeningSide(synchroniser: Cycle, periods: (Picoseconds, Picoseconds)) {
    let (sender, taker) = periods
    let times = run(
      sender: sender, taker: taker, capacity: 1, synchroniser: synchroniser, count: 4, takerFirst: false)
    #expect(times.sent.count == 4)
    for (sent, taken) in zip(times.sent, times.taken) {
      #expect(taken == (sent / taker + synchroniser) * taker)
    }
    for (taken, next) in zip(times.taken, times.sent.dropFirst()) {
      #expect(next == (taken / sender + synchroniser) * sender)
    }
  }
}
