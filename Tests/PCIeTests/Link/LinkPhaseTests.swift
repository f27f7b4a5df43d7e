import Bench
import SimKernel
import Testing

@testable import PCIe

/// Training, Recovery and hot reset as the data link layer sees them (PCI Express Base Specification 3.2.1, 4.2.6).
@Suite("3.2.1, 4.2.6 Training, Recovery, hot reset") struct LinkPhaseTests {
  @Test(arguments: [0, 4_000, 4_001, 10_000_000] as [Picoseconds])
  func trainingTakesItsTime(time: Picoseconds) {
    let test = LinkBench(.with { $0.trainingTime = time })
    let trained = (time + 3_999) / 4_000
    if trained > 0 { #expect(test.around(trained) { $0.phase } == [.training, .up]) }
    test.bench.run(through: trained + 3)
    #expect(test.fixture.upper.events.cycles == [trained + 3] && test.upperEvents == [.up])
    #expect(test.fixture.lower.events.cycles == [trained + 3] && test.lowerEvents == [.up])
  }

  /// Nothing is sent in Recovery; what has left arrives, and the data link stays up (3.2.1).
  @Test(arguments: [(cycles(300), 300), (0, 700)] as [(Picoseconds, Cycle)])
  func retrainingHoldsEverything(time: Picoseconds, expected: Cycle) {
    let test = LinkBench(.with { $0.recoveryTime = cycles(700) })
    test.command(.retrain(time), at: LinkBench.start + 10)
    test.send([mWr(fill: 1), mWr(fill: 2)])
    let end = LinkBench.start + 10 + expected
    #expect(test.around(end) { $0.phase } == [.recovery, .up])
    test.bench.run(through: 3_000)
    #expect(test.receiver.cycles == [LinkBench.start + 24 + 1, end + 24 + 1])
    #expect(test.upperEvents == [.up] && test.down.replays == 0)
  }

  /// A delay holds the next TLP back, and all behind it.
  @Test(arguments: [4_000, 4_001, 4_000_000] as [Picoseconds])
  func aDelayHoldsTheNextTLPBack(time: Picoseconds) {
    let test = LinkBench()
    test.command(.delay(.down, time))
    test.send([mWr(fill: 1), mWr(fill: 2)])
    test.bench.run(through: 3_000)
    let first = LinkBench.start + 24 + (time + 3_999) / 4_000 + 1
    #expect(test.receiver.cycles == [first, first + 24])
  }

  /// A link that goes down loses what is in flight and what waits for an Ack (3.2.1, 2.9.1); both ends are told.
  @Test(arguments: [true, false]) func goingDownLosesWhatIsInFlight(isRemoval: Bool) {
    let test = LinkBench()
    test.send([mWr(fill: 1), mWr(fill: 2), mWr(fill: 3)])
    test.command(isRemoval ? .remove : .assertReset, at: LinkBench.start + 30)
    test.bench.run(through: 3_000)
    #expect(test.receiver.messages == [mWr(fill: 1)])
    #expect(test.phase == .down && test.link.removed == isRemoval)
    // The third had not been sent.
    #expect(test.down.discarded == 1 && test.down.inFlight == 0)
    #expect(test.upperEvents == [.up, .down] && test.lowerEvents == [.up, .down])
    #expect(test.fixture.upper.events.cycles.last == LinkBench.start + 31)
  }

  /// What is sent into a link that is down is lost, whatever its class (2.9.1).
  @Test func aLinkThatIsDownDiscards() {
    let test = LinkBench()
    test.command(.assertReset)
    test.send([mWr(), mRd(), cplD(), mWr()])
    test.fixture.lower.source.send(cplD(), at: LinkBench.sent)
    test.bench.run(through: 3_000)
    #expect(test.down.discarded == 4 && test.up.discarded == 1)
    #expect(test.receiver.arrivals.isEmpty && test.down.packets == 0)
  }

  /// After a reset everything begins anew: training, InitFC, sequence 0, all credits (3.2.1). Counters go on.
  @Test func aLinkThatIsBackBeginsAnew() {
    let test = LinkBench(.with { ($0.trainingTime, $0.postedHeaders, $0.recoveryTime) = (cycles(50), 4, cycles(9)) })
    test.send((0..<4).map { mWr(fill: $0) })
    test.command(.assertReset, at: 1_500)
    test.command(.releaseReset, at: 1_800)
    test.bench.run(through: 1_700)
    #expect(test.down.dataLink == .inactive && test.down.nextSequence == 0 && test.up.expected == 0)
    #expect(test.around(1_800 + 50 + 2) { $0.down.dataLink } == [.initFC2, .active])
    #expect(test.down.posted.headersUsed == 0 && test.down.posted.headerLimit == 4)
    for index in 0..<4 { test.sender.send(mWr(fill: 10 + index), at: 2_000) }
    test.bench.run(through: 3_000)
    #expect(test.receiver.messages.map { $0.payload[0] } == [0, 1, 2, 3, 10, 11, 12, 13])
    #expect(test.down.nextSequence == 4 && test.down.packets == 8)
    #expect(test.upperEvents == [.up, .down, .up] && test.lowerEvents == [.up, .down, .up])
  }

  /// A TLP that was held back when the link went down holds up nobody afterwards.
  @Test func aResetEndsADelay() {
    let test = LinkBench()
    test.command(.delay(.down, cycles(1_000_000)))
    test.send([mWr(fill: 1)])
    test.command(.assertReset, at: 1_500)
    test.command(.releaseReset, at: 1_600)
    test.sender.send(mWr(fill: 2), at: 1_700)
    test.bench.run(through: 3_000)
    #expect(test.receiver.messages == [mWr(fill: 2)])
  }

  /// Receive buffers that are not empty are not advertised: the link waits for them.
  @Test func initialisationWaitsForEmptyBuffers() {
    let test = LinkBench()
    test.receiver.opensAt = 5_000
    test.send([mWr(fill: 1)])
    test.command(.assertReset, at: 1_500)
    test.command(.releaseReset, at: 1_600)
    test.sender.send(mWr(fill: 2), at: 1_700)
    // Taken at 5,000, seen at 5,001, and two edges for InitFC.
    #expect(test.around(5_003) { $0.down.dataLink } == [.initFC2, .active])
    test.bench.run(through: 6_000)
    #expect(test.receiver.messages == [mWr(fill: 1), mWr(fill: 2)])
  }

  /// However often a link is reset, and whatever else goes wrong: TLPs are lost then, and only then, but none comes
  /// twice or out of order, and what is sent behind the last reset arrives.
  @Test(arguments: 0..<20 as Range<UInt64>) func resetsLoseButNeverRepeat(seed: UInt64) {
    var random = RandomStream(seed: seed, name: "resets")
    let test = LinkBench(.random(&random), inputs: 64)
    var cycle: Cycle = 100
    for _ in 0..<30 {
      cycle += random.next(below: 500)
      test.command(.random(&random), at: cycle)
      if random.next(below: 2) == 0 {
        test.command(.assertReset, at: cycle)
        test.command(.releaseReset, at: cycle + random.next(below: 50))
      }
    }
    test.command(.assertReset, at: cycle + 100)
    test.command(.releaseReset, at: cycle + 150)
    for index in 0..<400 { test.sender.send(numbered(index), at: 100 + (cycle + 100) * Cycle(index) / 400) }
    for index in 400..<450 { test.sender.send(numbered(index), at: cycle + 200) }
    test.bench.run(through: cycle + 60_000)
    let numbers = test.receiver.messages.map { Int($0.payloadDword(0)) }
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    #expect(numbers.suffix(50) == Array(400..<450)[...])
    #expect(numbers.count > 50 && numbers.count < 450)
  }

  private func numbered(_ index: Int) -> TLP {
    .memoryWrite(
      address: 0x1000, data: [UInt8(index & 0xff), UInt8(index >> 8), 0, 0], requester: requester)
  }

  /// A reset that ends without one that began changes nothing, and one that begins twice is one.
  @Test func resetsAreLevels() {
    let test = LinkBench()
    test.command(.releaseReset, at: 500)
    test.command(.assertReset, at: 600)
    test.command(.assertReset, at: 700)
    test.command(.releaseReset, at: 800)
    test.bench.run(through: 1_000)
    #expect(test.upperEvents == [.up, .down, .up] && test.phase == .up)
  }
}

extension LinkBench {
  fileprivate var link: LinkState { fixture.link.state.pointer.pointee }
}
