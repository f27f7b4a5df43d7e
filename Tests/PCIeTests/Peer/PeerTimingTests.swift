import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Every delay and every size of a peer, to the cycle.
@Suite struct PeerTimingTests {
  /// From a command at the engine to its first packet at the host: `start_cycles`, the port to the endpoint and the
  /// port to the link.
  private func first(_ startCycles: Cycle) -> Cycle { PeerBench.start + 1 + startCycles + 2 }

  private func spec(_ change: (inout PeerSpec) -> Void) -> PeerSpec {
    var spec = PeerSpec()
    spec.startCycles = 1
    change(&spec)
    return spec
  }

  @Test(arguments: [1, 2, 16, 100] as [Cycle])
  func startCycles(cycles: Cycle) {
    for isRead in [false, true] {
      let test = PeerBench(spec { $0.startCycles = cycles })
      if isRead { test.read(4, from: 0) } else { test.write([1, 2, 3, 4], to: 0) }
      test.bench.run(through: 300)
      #expect(test.requestCycles == [first(cycles)])
    }
  }

  @Test(arguments: [1, 2, 50] as [Cycle])
  func interval(cycles: Cycle) {
    for isRead in [false, true] {
      let test = PeerBench(spec { $0.interval = cycles })
      if isRead { test.read(2_048, from: 0) } else { test.write(pattern(1_024), to: 0) }
      test.bench.run(through: 600)
      #expect(test.requestCycles == (0..<4).map { first(1) + $0 * cycles })
    }
  }

  /// The medium has a chunk so long after its turn; those that have their turn together are had together.
  @Test(arguments: [(0 as Picoseconds, 0 as Cycle), (4_000, 1), (4_001, 2), (100_000, 25)])
  func mediaLatency(latency: Picoseconds, cycles: Cycle) {
    let test = PeerBench(spec { $0.mediaLatency = .fixed(latency) })
    test.write(pattern(512), to: 0, chunk: 256)
    test.bench.run(through: 300)
    #expect(test.requestCycles == [first(1) + cycles, first(1) + cycles + 1])
  }

  /// So many chunks are worked on at a time: the next one has its turn when an answer ends one.
  @Test(arguments: [1, 2, 4])
  func queueDepth(depth: Int) {
    let test = PeerBench(spec { $0.queueDepth = depth })
    test.latency.least = 96
    test.read(4 * 512, from: 0, chunk: 512)
    test.bench.run(through: 1_000)
    // From a request at the host to the next one, which waited for its answer: at the endpoint one cycle after it was
    // sent, at the engine two later, and two ports back.
    let trip: Cycle = 96 + 1 + 2 + 2
    #expect(test.requestCycles == (0..<4).map { first(1) + Cycle($0 / depth) * trip + Cycle($0 % depth) })
  }

  /// So many requests are outstanding at a time, and never more than the function may have.
  @Test(arguments: [1, 3, 32, 64])
  func tags(tags: Int) {
    let test = PeerBench(spec { ($0.tags, $0.queueDepth) = (tags, 64) })
    // 5-bit tags.
    test.configWrite(UInt16(ConfigSpace.deviceControlRegister), 0x2020, at: PeerBench.start)
    test.latency.least = 200
    test.read(64 * 512, from: 0, chunk: 512, at: PeerBench.start + 5)
    test.bench.run(through: PeerBench.start + 150)
    #expect(test.requests.count == min(tags, 32) && Set(test.requests.map(\.tag)).count == min(tags, 32))
    test.bench.run(through: 20_000)
    #expect(test.results.messages.map(\.data) == [pattern(64 * 512)])
  }

  /// A request whose data does not come fails at its deadline, which counts from the cycle at which it is sent (2.8).
  @Test(arguments: [(1_000_000 as Picoseconds, 250 as Cycle), (1_000_001, 251)])
  func completionTimeout(timeout: Picoseconds, cycles: Cycle) {
    let test = PeerBench(spec { $0.completionTimeout = timeout })
    test.answer = { _ in .silence }
    test.read(512, from: 0)
    test.bench.run(through: 600)
    // Sent one cycle before it is at the host; the engine hears two cycles after the deadline, reports the end in the
    // next one, and the host has that another one later.
    #expect(test.results.cycles == [first(1) - 1 + cycles + 2 + 2])
    #expect(test.results.messages.map(\.status) == [.timeout])
  }
}
