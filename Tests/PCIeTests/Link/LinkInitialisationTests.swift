import Bench
import SimKernel
import Testing

@testable import PCIe

/// The exchange of InitFC1 and InitFC2 (PCI Express Base Specification 3.4.1).
@Suite("3.4 Flow control initialisation") struct LinkInitialisationTests {
  /// Three InitFC1 each way, then the first InitFC2: the link carries TLPs as soon as both ways have had time for that.
  @Test(arguments: [1, 8, 64], [0, 4_000, 100_000] as [Picoseconds])
  func takesTheTimeOfItsDLLPs(dllpBytes: Int, propagation: Picoseconds) {
    let test = LinkBench(.with { ($0.dllpBytes, $0.propagation) = (dllpBytes, propagation) })
    let active = Cycle(4 * dllpBytes) + 2 * propagation / 4_000
    #expect(test.around(active) { $0.down.dataLink } == [.initFC2, .active])
    test.bench.run(through: active + 1_000)
    #expect(test.down.dllps == 6 && test.up.dllps == 6)
    #expect(test.fixture.upper.events.cycles == [active + 1] && test.fixture.lower.events.cycles == [active + 1])
    #expect(test.upperEvents == [.up] && test.lowerEvents == [.up])
  }

  /// No TLP before the end of initialisation (3.2.1).
  @Test func noTLPGoesBefore() {
    let test = LinkBench(.with { ($0.dllpBytes, $0.propagation) = (8, 100_000) })
    test.sender.send(mWr())
    #expect(test.around(24 + 25 + 8 + 25) { $0.down.packets } == [0, 1])
  }

  /// The sender learns what the receiver advertises: 0 is infinite (2.6.1), and room for data of a whole payload at
  /// least.
  @Test func learnsWhatIsAdvertised() {
    var spec = LinkSpec.slow
    (spec.postedHeaders, spec.postedData, spec.nonPostedHeaders, spec.nonPostedData) = (3, 5, 7, 9)
    (spec.completionHeaders, spec.completionData) = (0, 40)
    let test = LinkBench(spec, maxPayload: 128)
    test.bench.run(through: 100)
    #expect(test.down.posted == credits(headers: 3, data: 8))
    #expect(test.down.nonPosted == credits(headers: 7, data: 9))
    #expect(test.down.completion == credits(headers: 0, data: 40))
  }

  private func credits(headers: UInt8, data: UInt16) -> CreditCounter {
    var counter = CreditCounter()
    (counter.headerLimit, counter.dataLimit) = (headers, data)
    (counter.infiniteHeaders, counter.infiniteData) = (headers == 0, data == 0)
    return counter
  }

  /// Whatever of the exchange gets lost is repeated: both ends become active in the end.
  @Test(arguments: 0..<6 as Range<UInt32>, [1, 2, 3, 6, 9, 30] as [UInt32])
  func whatGetsLostIsRepeated(skip: UInt32, count: UInt32) {
    let test = LinkBench(.with { ($0.trainingTime, $0.initInterval) = (cycles(100), cycles(250)) })
    test.command(.fault(.dropDLLP, .down, skip: skip, count: count), at: 50)
    // An interval for each three DLLPs that are lost, and two to tell each other.
    test.bench.run(through: 100 + 250 * (2 + Cycle(count + 2) / 3))
    #expect(test.down.dataLink == .active && test.up.dataLink == .active)
    #expect(test.upperEvents == [.up] && test.lowerEvents == [.up])
  }

  /// All InitFC2 of one end get lost: the other end waits for their repetition, no longer.
  @Test(arguments: [1_000_000, 1_000_001, 10_000_000] as [Picoseconds])
  func theRepetitionIsTight(interval: Picoseconds) {
    let test = LinkBench(.with { ($0.trainingTime, $0.initInterval) = (cycles(100), interval) })
    test.command(.fault(.dropDLLP, .down, skip: 3, count: 3), at: 50)
    #expect(test.around(102) { $0.down.dataLink } == [.initFC2, .active])
    #expect(test.around(100 + (interval + 3_999) / 4_000 + 1) { $0.up.dataLink } == [.initFC2, .active])
  }
}
