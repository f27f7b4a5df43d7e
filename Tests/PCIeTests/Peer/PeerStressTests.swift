import Bench
import PCIeBench
import SimKernel
import TestSupport
import Testing

@testable import PCIe

/// Random commands against a plain array, with latencies that are drawn.
@Suite struct PeerStressTests {
  /// Runs `count` commands, and checks what each one read and what is in memory at the end.
  private func stress(seed: UInt64, count: Int, skipsIdle: Bool = true) throws -> PeerBench {
    var random = SeededRandom(state: seed)
    var spec = PeerSpec()
    spec.startCycles = Cycle(1 + random.below(20))
    spec.interval = Cycle(1 + random.below(3))
    spec.queueDepth = 1 + random.below(6)
    spec.tags = random.pick([1, 2, 7, 32, 256])
    spec.mediaLatency = try LatencyDistribution(corners: [
      .init(permille: 0, delay: 0), .init(permille: 1_000, delay: .nanoseconds(400)),
    ])
    let test = PeerBench(
      spec, maxPayload: random.pick([128, 256, 512]), maxReadRequest: random.pick([128, 256, 512, 1_024]),
      room: .init(each: random.pick([1, 4, 64])), seed: seed)
    test.bench.simulation.skipsIdle = skipsIdle
    test.latency = (Cycle(1 + random.below(50)), 100)
    var model = test.memory, expected: [[UInt8]] = []
    for _ in 0..<count {
      let length = random.below(random.pick([8, 300, 5_000])), offset = random.below(model.count - length)
      let chunk = random.pick([64, 333, 512, 4_096])
      if random.flag() {
        let data = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        model.replaceSubrange(offset..<offset + length, with: data)
        expected.append([])
        test.write(data, to: UInt64(offset), chunk: chunk, flush: random.flag())
      } else {
        expected.append(Array(model[offset..<offset + length]))
        test.read(length, from: UInt64(offset), chunk: chunk)
      }
    }
    while test.results.arrivals.count < count, test.bench.simulation.time < .milliseconds(4) {
      test.bench.run(through: test.bench.simulation.time / 4_000 + 10_000)
    }
    #expect(test.results.messages.map(\.data) == expected && test.memory == model, "seed \(seed)")
    #expect(test.results.messages.allSatisfy { $0.status == .successful } && test.interrupts.count == count)
    let endpoint = test.peer.endpoint.state.pointer.pointee
    #expect(endpoint.refused == 0 && endpoint.activeReads == 0 && test.peer.engine.pendingWork == nil)
    return test
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func movesEveryByte(seed: UInt64) throws { _ = try stress(seed: seed, count: 25) }

  /// Sleeping changes nothing: every packet is there in the same cycle.
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func idleSkippingChangesNothing(seed: UInt64) throws {
    let quick = try stress(seed: seed, count: 10), slow = try stress(seed: seed, count: 10, skipsIdle: false)
    #expect(quick.tx.cycles == slow.tx.cycles && quick.results.cycles == slow.results.cycles)
    #expect(quick.tx.messages == slow.tx.messages)
  }
}
