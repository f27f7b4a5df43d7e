import Bench
import Glibc
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// A hash of every flip-flop of a link after each edge.
private final class StateHistory: EdgeObserver {
  private(set) var hashes: [Int] = []
  private let state: UnsafeMutableRawPointer
  private let signals = LinkState.resolvedSignals.map { (offset: $0.offset, bytes: $0.bytes) }
  /// The state that was hashed last.
  private let before = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<LinkState>.size, alignment: 8)

  init(_ link: Link) { state = UnsafeMutableRawPointer(link.state.pointer) }

  deinit { before.deallocate() }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    if let last = hashes.last, memcmp(before, state, MemoryLayout<LinkState>.size) == 0 { return hashes.append(last) }
    before.copyMemory(from: state, byteCount: MemoryLayout<LinkState>.size)
    var hasher = Hasher()
    for signal in signals {
      hasher.combine(bytes: UnsafeRawBufferPointer(start: state + signal.offset, count: signal.bytes))
    }
    hashes.append(hasher.finalize())
  }
}

/// A link sleeps when another tick would change nothing; nobody can tell, in any flip-flop at any edge.
@Suite struct LinkSkippingTests {
  private struct History {
    let arrivals: [[Cycle]]
    let events: [[Cycle]]
    let hashes: [Int]
  }

  /// Random traffic of all classes both ways, with a lot going wrong.
  private func run(seed: UInt64, skipsIdle: Bool) -> History {
    var random = RandomStream(seed: seed, name: "skipping")
    let spec = LinkSpec.random(&random)
    let test = LinkBench(spec, inputs: 200, skipsIdle: skipsIdle)
    for source in [test.sender, test.fixture.lower.source] {
      source.keepsOrder = false
      var cycle: Cycle = 0
      for _ in 0..<60 {
        cycle += random.next(below: 4) == 0 ? random.next(below: 400) : random.next(below: 30)
        source.send(.random(&random), at: cycle)
      }
    }
    var cycle: Cycle = 0
    for _ in 0..<25 {
      cycle += random.next(below: 250)
      test.fixture.commands.send(.random(&random), at: cycle)
      if random.next(below: 8) == 0 {
        test.fixture.commands.send(random.next(below: 2) == 0 ? .assertReset : .remove, at: cycle)
        test.fixture.commands.send(.releaseReset, at: cycle + random.next(below: 100))
      }
    }
    let stuck = random.next(below: 8)
    for sink in [test.receiver, test.fixture.upper.sink] {
      sink.refusing = { FlowClassSet(rawValue: $0 / 64 % 8 == stuck ? 7 : UInt8($0 / 32 % 8)) }
    }
    let history = StateHistory(test.fixture.link)
    test.bench.simulation.observer = history
    test.bench.run(through: 10_000)
    let fixture = test.fixture
    return History(
      arrivals: [fixture.upper.sink.cycles, fixture.lower.sink.cycles],
      events: [fixture.upper.events.cycles, fixture.lower.events.cycles], hashes: history.hashes)
  }

  @Test(arguments: 0..<24 as Range<UInt64>) func sleepingIsNeverSeen(seed: UInt64) {
    let asleep = run(seed: seed, skipsIdle: true), awake = run(seed: seed, skipsIdle: false)
    #expect(asleep.arrivals == awake.arrivals && asleep.events == awake.events)
    #expect(asleep.arrivals[0].count + asleep.arrivals[1].count > 30)
    let difference = zip(asleep.hashes, awake.hashes).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    #expect(difference == nil && asleep.hashes.count == awake.hashes.count)
  }

  /// A replay timer that expires while a long TLP is on the wire and another one waits is not slept through.
  @Test(arguments: [true, false]) func aReplayTimerExpiresWhileTheWireIsBusy(skipsIdle: Bool) {
    let test = LinkBench(.with { $0.replayTimeout = cycles(100) }, skipsIdle: skipsIdle)
    test.send([mWr(), mWr(128), mWr(128)])
    #expect(test.around(LinkBench.start + 24 + 100) { $0.down.replayNumber } == [0, 1])
  }
}
