import Bench
import SimKernel
import Testing

@testable import PCIe

/// The retry buffer, REPLAY_TIMER and REPLAY_NUM (PCI Express Base Specification 3.6.2.1).
@Suite("3.6.2.1 Replay") struct LinkReplayTests {
  /// A full retry buffer stops new TLPs; an Ack lets them go on.
  @Test func aFullRetryBufferStopsTheSender() {
    let test = LinkBench(.with { ($0.retryBuffer, $0.ackLatency) = (4, cycles(500)) })
    test.send((0..<6).map { mWr(fill: $0) })
    // The first TLP is there at 1,025; the Ack that is due 500 cycles later frees all four.
    #expect(test.around(1_025 + 500 + 1) { $0.down.packets } == [4, 5])
    test.bench.run(through: 3_000)
    #expect(test.receiver.arrivals.count == 6)
  }

  /// The timer runs from the last symbol of the oldest TLP without an Ack.
  @Test(arguments: [4_000, 4_001, 4_000_000] as [Picoseconds])
  func theReplayTimerIsTight(timeout: Picoseconds) {
    let test = LinkBench(.with { $0.replayTimeout = timeout })
    test.command(.fault(.dropTLP, .down, skip: 0, count: 1))
    test.send([mWr()])
    let replay = LinkBench.start + 24 + (timeout + 3_999) / 4_000
    #expect(test.around(replay) { $0.down.replays } == [0, 1])
    test.bench.run(through: replay + 1)
    #expect(test.upperEvents == [.up, .correctable(.replayTimerTimeout)])
    #expect(test.fixture.upper.events.cycles.last == replay + 1)
  }

  /// An Ack that makes progress starts the timer anew for what is left.
  @Test func progressRestartsTheReplayTimer() {
    let test = LinkBench(.with { ($0.ackLatency, $0.replayTimeout) = (cycles(20), cycles(300)) })
    test.command(.fault(.dropTLP, .down, skip: 1, count: 1))
    test.send([mWr(fill: 1), mWr(fill: 2)])
    // The Ack of the first comes at 1,025 + 20 + 1.
    #expect(test.around(1_046 + 300) { $0.down.replays } == [0, 1])
  }

  /// A replay sends everything without an Ack, as it was and in order; new TLPs wait until it is over.
  @Test func aReplaySendsTheSameInOrder() {
    let test = LinkBench(inputs: 100)
    test.command(.fault(.dropTLP, .down, skip: 3, count: 1))
    let tlps = (0..<20).map { mWr(4 * (1 + $0 % 8), fill: $0) } + [mRd(tag: 5), cplD(64), fetchAdd(tag: 6)]
    test.send(tlps)
    test.bench.run(through: 5_000)
    #expect(test.receiver.messages == tlps)
    #expect(test.down.replays > 0 && test.up.duplicates == 0)
  }

  /// What an Ack frees while a replay runs is not sent again.
  @Test func anAckShortensAReplay() {
    let test = LinkBench(.with { ($0.propagation, $0.ackLatency, $0.replayTimeout) = (0, cycles(400), cycles(380)) })
    test.send((0..<10).map { mWr(fill: $0) })
    // The timer of the first TLP runs out at 1,025 + 380; its Ack, for all ten, comes at 1,025 + 401, when one replayed
    // TLP is on the wire.
    test.bench.run(through: 5_000)
    #expect(test.down.replays == 1 && test.up.duplicates == 1 && test.receiver.arrivals.count == 10)
  }

  /// REPLAY_NUM rolls over with the fourth replay in vain: the link is trained anew, and the replay comes behind that.
  @Test func theFourthReplayRetrainsTheLink() {
    let test = LinkBench(
      .with { ($0.replayTimeout, $0.recoveryTime, $0.ackLatency) = (cycles(300), cycles(700), cycles(10)) })
    test.command(.fault(.dropTLP, .down, skip: 0, count: 4))
    test.send([mWr()])
    // Each of the four copies is lost: 24 cycles on the wire, 300 in vain.
    let recovery = LinkBench.start + 4 * 324
    #expect(test.around(recovery) { $0.phase } == [.up, .recovery])
    #expect(test.down.replays == 3)
    #expect(test.around(recovery + 700) { $0.phase } == [.recovery, .up])
    #expect(test.down.replays == 4)
    test.bench.run(through: 5_000)
    #expect(test.receiver.cycles == [recovery + 700 + 24 + 1])
    let timeout = LinkEvent.correctable(.replayTimerTimeout)
    #expect(test.upperEvents == [.up, timeout, timeout, timeout, .correctable(.replayNumberRollover), timeout])
    #expect(test.lowerEvents == [.up])
  }

  /// Naks count as well as the timer does.
  @Test func fourNaksInVainRetrainTheLink() {
    let test = LinkBench(.with { ($0.replayTimeout, $0.recoveryTime) = (cycles(300), cycles(700)) })
    // The first copy causes the one Nak, the others the timer.
    test.command(.fault(.corruptTLP, .down, skip: 0, count: 4))
    test.send([mWr()])
    let recovery = LinkBench.start + 24 + 1 + 3 * 324
    #expect(test.around(recovery) { $0.phase } == [.up, .recovery])
    test.bench.run(through: recovery + 700 + 26)
    #expect(test.receiver.arrivals.count == 1 && test.down.replays == 4)
  }

  /// An Ack resets REPLAY_NUM.
  @Test func progressResetsReplayNum() {
    let test = LinkBench(.with { ($0.replayTimeout, $0.ackLatency) = (cycles(300), cycles(10)) })
    test.command(.fault(.dropTLP, .down, skip: 0, count: 3))
    test.send([mWr(fill: 1)])
    #expect(test.around(LinkBench.start + 3 * 324) { $0.down.replayNumber } == [2, 3])
    test.bench.run(through: 4_000)
    #expect(test.down.replayNumber == 0 && test.receiver.arrivals.count == 1)
    test.command(.fault(.dropTLP, .down, skip: 0, count: 3), at: 4_900)
    test.sender.send(mWr(fill: 2), at: 5_000)
    test.bench.run(through: 9_000)
    #expect(test.receiver.arrivals.count == 2 && test.down.replays == 6)
    #expect(!test.upperEvents.contains(.correctable(.replayNumberRollover)))
  }

  /// The timer stands still while the link is retrained, also when an Ack restarts it in the meantime.
  @Test func theReplayTimerStandsStillInRecovery() {
    let test = LinkBench(
      .with { ($0.propagation, $0.ackLatency, $0.replayTimeout) = (cycles(50), cycles(4), cycles(300)) })
    test.send([mWr(fill: 1), mWr(128, fill: 2)])
    // The Ack of the first TLP leaves at 1,025 + 50 + 4 and is under way when Recovery begins; the second TLP, which
    // left at 1,173, arrives in Recovery, and its Ack has to wait for the end.
    test.command(.retrain(cycles(2_000)), at: 1_100)
    test.bench.run(through: 1_300)
    #expect(test.phase == .recovery && test.down.acknowledged == 0 && test.up.expected == 2)
    test.bench.run(through: 5_000)
    #expect(test.down.acknowledged == 1 && test.down.replays == 0 && test.upperEvents == [.up])
  }
}
