import Bench
import SimKernel
import Testing

@testable import PCIe

/// DLLPs share the wire with TLPs (PCI Express Base Specification 3.5, 4.2.2), and timers follow tables.
@Suite("4.2 Bandwidth of a link") struct LinkBandwidthTests {
  /// Data both ways, without a gap: what each way loses is the time of the DLLPs that it carries, to the cycle.
  @Test(arguments: [0, 1, 8, 64]) func dataLosesTheShareOfTheDLLPs(dllpBytes: Int) {
    let test = LinkBench(
      .with { ($0.dllpBytes, $0.ackLatency, $0.creditLatency) = (dllpBytes, cycles(700), cycles(700)) })
    let count = 100
    for _ in 0..<count {
      test.sender.send(mWr(128), at: LinkBench.sent)
      test.fixture.lower.source.send(mWr(128), at: LinkBench.sent)
    }
    test.bench.run(through: LinkBench.start)
    let before = test.down.dllps
    // The DLLPs of this way that go before its last TLP does.
    var dllps = before, cycle = LinkBench.start
    while test.down.packets < count {
      dllps = test.down.dllps
      cycle += 1
      test.bench.run(through: cycle)
    }
    test.bench.run(through: 40_000)
    let taken = UInt64(count * 148) + (dllps - before) * UInt64(dllpBytes)
    #expect(test.receiver.cycles.last == LinkBench.start + taken + 1)
    // Acks and UpdateFCs: 700 cycles after what they are for, which comes at most a TLP later, and up to another TLP
    // that is on the wire when they become due.
    let period = UInt64(700 + 2 * (148 + dllpBytes))
    let expected = 2 * (taken / period) - 2...2 * (taken / 700)
    #expect(expected.contains(dllps - before), "\(dllps - before) DLLPs in \(taken) cycles, expected \(expected)")
  }

  /// The table of Ack transmission latency limits at 2.5 GT/s, in symbol times (3.6.3.1).
  @Test(arguments: [
    (128, [237, 128, 73, 67, 48]), (256, [416, 217, 118, 107, 72]), (512, [559, 289, 154, 86, 86]),
    (1_024, [1_071, 545, 282, 150, 150]), (2_048, [2_095, 1_057, 538, 278, 278]),
    (4_096, [4_143, 2_081, 1_050, 534, 534]),
  ])
  func ackLimitsFollowTheTable(maxPayload: Int, limits: [UInt64]) {
    let symbol: Picoseconds = 4_000
    for (lanes, limit) in zip([1, 2, 4, 8, 16] as [UInt64], limits) {
      var spec = LinkSpec()
      (spec.rate, spec.lanes) = (2_500_000_000, lanes)
      // The table shows whole symbols.
      #expect(spec.ackLimit(maxPayload: maxPayload) / symbol == limit, "x\(lanes)")
    }
  }

  /// At higher rates only the internal delay changes: 70 symbols at 5 GT/s, 115 above, instead of 19 (3.6.3.1).
  @Test(arguments: [(5_000_000_000, 2_000, 288), (8_000_000_000, 1_015, 333), (16_000_000_000, 507, 333)])
  func ackLimitsOfFasterLinks(rate: UInt64, symbol: Picoseconds, limit: UInt64) {
    var spec = LinkSpec()
    (spec.rate, spec.lanes) = (rate, 1)
    let symbols = Double(spec.ackLimit(maxPayload: 128)) / Double(symbol)
    #expect(symbols >= Double(limit) && symbols < Double(limit) + 1)
  }

  /// Unless the Spec says otherwise an Ack comes after the limit, an UpdateFC too, and a replay after three limits, the
  /// way there and back, and four edges (3.6.2.1, 2.6.1.2).
  @Test func timersDefaultToTheLimits() {
    var spec = LinkSpec()
    (spec.rate, spec.lanes, spec.propagation) = (2_500_000_000, 1, 10_000)
    let limit = spec.ackLimit(maxPayload: 128), timing = LinkTiming(spec, maxPayload: 128, period: 100)
    #expect(timing.ackLatency == limit && timing.creditLatency == limit)
    #expect(timing.replayTimeout == 3 * limit + 20_000 + 400)
    (spec.ackLatency, spec.creditLatency, spec.replayTimeout) = (1, 2, 3)
    let own = LinkTiming(spec, maxPayload: 128, period: 100)
    #expect((own.ackLatency, own.creditLatency, own.replayTimeout) == (1, 2, 3))
  }

  /// A link that runs both ways with its default timers replays nothing, and not at a slow clock either.
  @Test(
    arguments: [2_500_000_000, 5_000_000_000, 8_000_000_000, 32_000_000_000] as [UInt64],
    [(1, 4_000), (8, 4_000), (16, 4_000), (16, 100_000), (16, 1_000_000)] as [(UInt64, Picoseconds)])
  func defaultTimersCauseNoReplays(rate: UInt64, link: (lanes: UInt64, period: Picoseconds)) {
    var spec = LinkSpec()
    (spec.rate, spec.lanes) = (rate, link.lanes)
    let test = LinkBench(spec, maxPayload: 256, inputs: 100, period: link.period)
    for index in 0..<100 {
      test.sender.send(mWr(256, fill: index), at: LinkBench.sent)
      test.fixture.lower.source.send(mWr(4 + 252 * (index % 2), fill: index), at: LinkBench.sent)
    }
    test.bench.run(through: 60_000)
    #expect(test.receiver.arrivals.count == 100 && test.fixture.upper.sink.arrivals.count == 100)
    #expect(test.down.replays == 0 && test.up.replays == 0)
    #expect(test.down.acknowledged == 99 && test.up.acknowledged == 99)
  }
}
