import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Credits that come back (PCI Express Base Specification 2.6.1.2), and who may go on without them (2.4.1).
@Suite("2.6.1.2 UpdateFC") struct LinkUpdateTests {
  /// One posted header; the receiver takes the first of two writes at cycle 2,000.
  private func oneCredit(_ change: (inout LinkSpec) -> Void = { _ in }) -> LinkBench {
    let test = LinkBench(
      .with {
        ($0.postedHeaders, $0.creditLatency) = (1, cycles(10))
        change(&$0)
      })
    test.receiver.opensAt = 2_000
    test.send([mWr(fill: 1), mWr(fill: 2)])
    return test
  }

  /// Taken at n, seen by the link at n + 1; then the latency, and one edge for the DLLP.
  @Test(arguments: [4_000, 4_001, 400_000] as [Picoseconds])
  func anUpdateComesAfterItsLatency(latency: Picoseconds) {
    let test = oneCredit { $0.creditLatency = latency }
    #expect(test.around(2_001 + (latency + 3_999) / 4_000 + 1) { $0.down.packets } == [1, 2])
  }

  /// One UpdateFC returns all that was freed before it.
  @Test func oneUpdateReturnsManyCredits() {
    let test = LinkBench(.with { ($0.postedHeaders, $0.creditLatency) = (8, cycles(100)) })
    test.receiver.opensAt = 2_000
    test.receiver.perCycle = 1
    test.send((0..<12).map { mWr(fill: $0) })
    test.bench.run(through: 1_999)
    let before = test.up.dllps
    test.bench.run(through: 2_110)
    #expect(test.up.dllps == before + 1)
    #expect(test.down.posted.headerLimit == 16)
  }

  /// A receiver may be told to free nothing for a while: exactly until then.
  @Test func starvationEndsWhenItSays() {
    let test = oneCredit()
    test.command(.starve(.down, .posted, cycles(3_000)), at: 1_500)
    #expect(test.around(1_500 + 3_000 + 1) { $0.down.packets } == [1, 2])
  }

  /// A starvation that is over before an UpdateFC would be due does not bring that forward.
  @Test func aShortStarvationChangesNothing() {
    let test = oneCredit { $0.creditLatency = cycles(500) }
    test.command(.starve(.down, .posted, cycles(5)), at: 2_100)
    #expect(test.around(2_001 + 500 + 1) { $0.down.packets } == [1, 2])
  }

  /// A starvation of no time ends one that runs.
  @Test func aStarvationCanBeEnded() {
    let test = oneCredit()
    test.command(.starve(.down, .posted, cycles(100_000)), at: 1_500)
    test.command(.starve(.down, .posted, 0), at: 2_500)
    #expect(test.around(2_500 + 1) { $0.down.packets } == [1, 2])
  }

  /// Starvation is of one class.
  @Test func starvationSparesOtherClasses() {
    let test = LinkBench(.with { ($0.nonPostedHeaders, $0.creditLatency) = (1, cycles(10)) })
    test.command(.starve(.down, .posted, cycles(100_000)))
    test.send([mRd(tag: 1), mRd(tag: 2)])
    test.bench.run(through: 1_200)
    #expect(test.receiver.arrivals.count == 2)
  }

  /// A lost UpdateFC is repeated after a while (2.6.1.2).
  @Test(arguments: [1_000_000, 1_000_001, 30_000_000] as [Picoseconds], [WireFault.dropDLLP, .corruptDLLP])
  func aLostUpdateIsRepeated(refresh: Picoseconds, fault: WireFault) {
    let test = oneCredit { $0.creditRefresh = refresh }
    test.command(.fault(fault, .up, skip: 0, count: 1), at: 1_500)
    #expect(test.around(2_011 + (refresh + 3_999) / 4_000 + 1) { $0.down.packets } == [1, 2])
    #expect(test.upperEvents == (fault == .dropDLLP ? [.up] : [.up, .correctable(.badDLLP)]))
  }

  /// Who may go on while a posted request waits for credits (2.4.1, column 2).
  struct Behind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let packet: TLP
    let passes: Bool
  }

  static let other = DeviceID(bus: 9, device: 0, function: 0)
  static let behind = [
    Behind(testDescription: "B2a read", packet: mRd(), passes: false),
    Behind(testDescription: "B2a read, RO", packet: mRd(attributes: .relaxedOrdering), passes: false),
    Behind(testDescription: "B2b read, IDO, same", packet: mRd(attributes: .idBasedOrdering), passes: false),
    Behind(
      testDescription: "B2b read, IDO, other", packet: mRd(from: other, attributes: .idBasedOrdering), passes: true),
    Behind(testDescription: "C2a atomic", packet: fetchAdd(), passes: false),
    Behind(testDescription: "C2b atomic, RO", packet: fetchAdd(attributes: .relaxedOrdering), passes: true),
    Behind(testDescription: "D2a completion", packet: cplD(), passes: false),
    Behind(testDescription: "D2b completion, RO", packet: cplD(attributes: .relaxedOrdering), passes: true),
    Behind(
      testDescription: "D2b completion, IDO, other", packet: cplD(attributes: .idBasedOrdering), passes: true),
    Behind(
      testDescription: "D2b completion, IDO, same",
      packet: cplD(from: requester, attributes: .idBasedOrdering), passes: false),
  ]

  @Test(arguments: behind) func aPostedRequestWithoutCreditsIsPassedByTheTableOnly(behind: Behind) {
    let test = oneCredit()
    test.sender.send(behind.packet, at: LinkBench.sent)
    test.bench.run(through: 1_999)
    #expect(test.down.packets == (behind.passes ? 2 : 1))
    test.bench.run(through: 3_000)
    let order = [mWr(fill: 1), mWr(fill: 2), behind.packet]
    #expect(test.receiver.messages == (behind.passes ? [order[0], order[2], order[1]] : order))
  }

  /// A3, D3, A4, D4: posted requests and completions pass non-posted ones that are stuck, or the hierarchy locks up.
  @Test func aNonPostedRequestWithoutCreditsStopsNobodyElse() {
    let test = LinkBench(.with { $0.nonPostedHeaders = 1 })
    test.receiver.refuses = .nonPosted
    test.send([mRd(tag: 1), mRd(tag: 2), mWr(), cplD(), mWr(fill: 3)])
    test.bench.run(through: 2_000)
    #expect(test.receiver.messages == [mWr(), cplD(), mWr(fill: 3)])
  }

  /// A5a: a posted request passes completions that are stuck.
  @Test func aCompletionWithoutCreditsStopsNoPostedRequest() {
    let test = LinkBench(.with { ($0.completionHeaders, $0.completionData) = (1, 8) })
    test.receiver.refuses = .completion
    test.send([cplD(tag: 1), cplD(tag: 2), mWr(), mRd()])
    test.bench.run(through: 2_000)
    #expect(test.receiver.messages == [mWr(), mRd()])
  }
}
