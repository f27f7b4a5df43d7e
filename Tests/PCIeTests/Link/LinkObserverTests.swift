import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// What a link tells, and what it says of its credits (PCI Express Base Specification 2.6.1.2, 3.6.2).
@Suite("Link observers") struct LinkObserverTests {
  private final class Recorder: LinkObserver {
    private(set) var heard: [String] = []

    override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
      heard.append("sent \(transmission.link) \(transmission.direction) \(now / 4_000)")
    }

    override func senderInformed(link: Int, _ direction: LinkDirection, now: Picoseconds) {
      heard.append("informed \(link) \(direction) \(now / 4_000)")
    }

    override func entered(_ phase: LinkPhase, link: Int, now: Picoseconds) {
      heard.append("\(phase) \(link) \(now / 4_000)")
    }
  }

  @Test func everyMemberOfAGroupHearsEverything() {
    let test = LinkBench(), recorders = [Recorder(), Recorder()], group = LinkObserverGroup(recorders)
    test.bench.run(through: 900)
    test.fixture.link.observe(with: group, as: 7)
    test.send([mWr()])
    test.command(.assertReset, at: 9_000)
    test.bench.run(through: 10_000)
    // The TLP takes 24 cycles; its Ack goes 5,000 later, and is heard at the next edge.
    let informed = LinkBench.start + 24 + 5_000 + 1
    let expected = ["sent 7 down \(LinkBench.start)", "informed 7 down \(informed)", "down 7 9000"]
    for recorder in recorders { #expect(recorder.heard == expected) }
  }

  /// Headers and units of 16 bytes are in use from the transmission on, until the UpdateFC comes.
  @Test func creditsAreInUseUntilTheyAreFreed() {
    let test = LinkBench(), link = test.fixture.link
    #expect(link.creditsInUse(.down, .posted) == (0, 0))
    test.send([mWr(64), mWr(20), fetchAdd()])
    test.bench.run(through: LinkBench.start + 500)
    #expect(link.creditsInUse(.down, .posted) == (2, 6))
    #expect(link.creditsInUse(.down, .nonPosted) == (1, 1))
    #expect(link.creditsInUse(.down, .completion) == (0, 0) && link.creditsInUse(.up, .posted) == (0, 0))
    #expect(link.unacknowledged(.down) == 3 && link.unacknowledged(.up) == 0)
    test.bench.run(through: 40_000)
    #expect(link.creditsInUse(.down, .posted) == (0, 0) && link.creditsInUse(.down, .nonPosted) == (0, 0))
    #expect(link.unacknowledged(.down) == 0)
  }

  /// Infinite credits are not counted.
  @Test func completionsWithInfiniteCreditsUseNone() {
    let test = LinkBench()
    test.send([cplD(64)])
    test.bench.run(through: LinkBench.start + 500)
    #expect(test.down.packets == 1 && test.fixture.link.creditsInUse(.down, .completion) == (0, 0))
  }
}
