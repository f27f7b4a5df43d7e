import Bench
import SimKernel
import Testing

@testable import PCIe

/// Sequence numbers, Ack and Nak (PCI Express Base Specification 3.6.2, 3.6.3).
@Suite("3.6 Sequence numbers, Ack and Nak") struct LinkSequenceTests {
  /// An Ack goes when the latency timer of the receiver says so, not before (3.6.3.1).
  @Test(arguments: [4_000, 4_001, 400_000] as [Picoseconds])
  func anAckComesAfterItsLatency(latency: Picoseconds) {
    let test = LinkBench(.with { $0.ackLatency = latency })
    test.send([mWr()])
    // Received, the latency, one edge for the DLLP.
    let acknowledged = LinkBench.start + 24 + (latency + 3_999) / 4_000 + 1
    #expect(test.around(acknowledged) { $0.down.acknowledged } == [0xfff, 0])
  }

  /// An Ack says that all TLPs up to its number have come (3.6.3.1).
  @Test func oneAckServesManyTLPs() {
    let test = LinkBench(.with { $0.ackLatency = cycles(1_000) })
    test.send((0..<10).map { mWr(fill: $0) })
    test.bench.run(through: 1_900)
    let before = test.up.dllps
    #expect(test.down.acknowledged == 0xfff && test.down.nextSequence == 10)
    test.bench.run(through: 5_000)
    #expect(test.down.acknowledged == 9 && test.up.dllps == before + 1)
  }

  /// Sequence numbers count modulo 4096 (3.6.2.1).
  @Test func theSequenceWraps() {
    var spec = LinkSpec()
    spec.propagation = 0
    let test = LinkBench(spec, inputs: 10_000)
    test.send((0..<10_000).map { mWr(fill: $0) })
    test.bench.run(through: 15_000)
    #expect(test.receiver.messages.map { $0.payload[0] } == (0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(test.down.nextSequence == 10_000 & 0xfff && test.up.expected == 10_000 & 0xfff)
    #expect(test.down.acknowledged == 9_999 & 0xfff && test.down.replays == 0)
  }

  /// A copy of what came is dropped, and acknowledged without waiting: its Ack got lost (3.6.3.1).
  @Test func aDuplicateIsDroppedAndAcknowledgedAtOnce() {
    let test = LinkBench(.with { ($0.ackLatency, $0.replayTimeout) = (cycles(100), cycles(200)) })
    test.command(.fault(.dropDLLP, .up, skip: 0, count: 1))
    test.send([mWr()])
    let again = LinkBench.start + 24 + 200 + 24
    test.bench.run(through: again - 1)
    #expect(test.down.replays == 1 && test.up.duplicates == 0)
    #expect(test.around(again) { $0.up.duplicates } == [0, 1])
    #expect(test.around(again + 1) { $0.down.acknowledged } == [0xfff, 0])
    test.bench.run(through: 5_000)
    #expect(test.receiver.arrivals.count == 1)
  }

  /// A wrong LCRC asks for a replay at once; what follows it is out of sequence and dropped without another Nak, until
  /// the missing one is there (3.6.3.1).
  @Test func aBadLCRCAsksForOneReplay() {
    let test = LinkBench()
    test.command(.fault(.corruptTLP, .down, skip: 0, count: 1))
    test.bench.run(through: 950)
    let before = test.up.dllps
    let tlps = (0..<3).map { mWr(fill: $0) }
    test.send(tlps)
    // The first arrives at 1,025; the second is under way then, and the replay of both begins behind it.
    test.bench.run(through: 1_500)
    #expect(test.receiver.cycles == [1_074, 1_098, 1_122])
    #expect(test.receiver.messages == tlps)
    #expect(test.down.replays == 2 && test.up.dllps == before + 1)
    #expect(test.lowerEvents == [.up, .correctable(.badTLP), .correctable(.badTLP)])
    #expect(test.upperEvents == [.up])
  }

  /// A TLP that does not come at all is missed when the next one comes (3.6.3.1).
  @Test func aGapAsksForAReplay() {
    let test = LinkBench()
    test.command(.fault(.dropTLP, .down, skip: 0, count: 1))
    let tlps = (0..<3).map { mWr(fill: $0) }
    test.send(tlps)
    test.bench.run(through: 1_500)
    #expect(test.receiver.cycles == [1_098, 1_122, 1_146])
    #expect(test.receiver.messages == tlps && test.down.replays == 3)
  }

  /// A Nak acknowledges what came before the bad TLP (3.6.2.2): only the others are sent again.
  @Test func aNakAcknowledgesWhatCameBefore() {
    let test = LinkBench()
    test.command(.fault(.corruptTLP, .down, skip: 2, count: 1))
    test.send((0..<3).map { mWr(fill: $0) })
    // The third arrives at 1,001 + 72, the Nak one edge later.
    #expect(test.around(LinkBench.start + 73) { $0.down.acknowledged } == [0xfff, 1])
    test.bench.run(through: 1_500)
    #expect(test.down.replays == 1 && test.receiver.arrivals.count == 3)
  }

  /// A Nak that gets lost is not repeated: the replay timer of the sender helps (3.6.2.1).
  @Test func aLostNakIsRepairedByTheReplayTimer() {
    let test = LinkBench(.with { ($0.replayTimeout, $0.ackLatency) = (cycles(500), cycles(10)) })
    test.command(.fault(.corruptTLP, .down, skip: 0, count: 1))
    test.command(.fault(.dropDLLP, .up, skip: 0, count: 1))
    test.send([mWr()])
    test.bench.run(through: 3_000)
    #expect(test.receiver.cycles == [LinkBench.start + 24 + 500 + 24 + 1])
    #expect(test.upperEvents == [.up, .correctable(.replayTimerTimeout)])
  }

  /// A DLLP that fails its CRC is dropped, and told where it was found (3.5.2.2).
  @Test func aBadAckIsDroppedAndTold() {
    let test = LinkBench(.with { ($0.ackLatency, $0.replayTimeout) = (cycles(10), cycles(500)) })
    test.command(.fault(.corruptDLLP, .up, skip: 0, count: 1))
    test.send([mWr()])
    test.bench.run(through: 3_000)
    #expect(test.upperEvents == [.up, .correctable(.badDLLP), .correctable(.replayTimerTimeout)])
    #expect(test.lowerEvents == [.up])
    #expect(test.down.acknowledged == 0 && test.up.duplicates == 1)
  }
}
