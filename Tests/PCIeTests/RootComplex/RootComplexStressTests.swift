import Bench
import PCIeBench
import SimKernel
import TestSupport
import Testing

@testable import PCIe

/// Random traffic from two devices, with links that take what they like.
@Suite struct RootComplexStressTests {
  private static let window = RootComplexBench.windowBase

  /// Refuses classes as a hash of the cycle says.
  private static func moody(_ cycle: Cycle) -> FlowClassSet {
    FlowClassSet(rawValue: UInt8(truncatingIfNeeded: (cycle &* 0x9e37_79b9) >> 13) & 7)
  }

  /// Reads of host memory by both devices, writes to the other half of memory, to each other and to the interrupt range,
  /// loads by the CPU.
  private func run(seed: UInt64, skipsIdle: Bool) throws -> RootComplexBench {
    var random = SeededRandom(state: seed)
    var spec = RootComplexBench.spec()
    spec.readLatency = try LatencyDistribution(corners: [
      .init(permille: 0, delay: 0), .init(permille: 1_000, delay: .nanoseconds(400)),
    ])
    spec.outstandingReads = random.pick([1, 3, 16])
    spec.cutAtEveryBoundary = random.flag()
    let test = RootComplexBench(spec, seed: seed, toDeviceRoom: .init(each: 1 + random.below(3)))
    test.bench.simulation.skipsIdle = skipsIdle
    test.toDevice.refusing = Self.moody
    test.toPeer.refusing = { Self.moody($0 &+ 1_000) }
    test.toDevice.respond = { tlp, cycle in
      guard let header = try? tlp.decoded(), header.type == .memoryRead else { return }
      test.fromDevice.insert(.completionData(for: header, value: 7, completer: RootComplexBench.device), at: cycle + 3)
    }
    var cycle: Cycle = 0
    for index in 0..<150 {
      let tag = UInt16(index), data = [UInt8(index)]
      let (source, id, other) =
        random.flag()
        ? (test.fromDevice, RootComplexBench.device, RootComplexBench.peerWindow)
        : (test.fromPeer, RootComplexBench.peer, Self.window)
      switch random.below(6) {
      case 0: source.send(.memoryWrite(address: other, data: data, requester: id), at: cycle)
      case 1: source.send(.memoryWrite(address: 0xfee0_0000, data: data + [0, 0, 0], requester: id), at: cycle)
      case 2:
        let address = RootComplexBench.memoryBase + 0x8000 + UInt64(index)
        source.send(.memoryWrite(address: address, data: data, requester: id), at: cycle)
      case 3: test.load(Self.window, at: cycle)
      default:
        let offset = UInt64(random.below(0x7000) & ~0xfff + random.below(0xe00))
        source.send(
          .memoryRead(
            address: RootComplexBench.memoryBase + offset, length: random.below(512), tag: tag, requester: id),
          at: cycle)
      }
      cycle += Cycle(random.below(12))
    }
    test.bench.run(through: 60_000)
    return test
  }

  private func completions(_ sink: TLPSink) -> [UInt16: [TLP]] {
    Dictionary(grouping: sink.messages.filter { $0.header.flowClass == .completion }) {
      (try? $0.decoded().tag) ?? 0
    }
  }

  /// Everything is answered, each read with its bytes; and sleeping changes nothing.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func nothingIsLost(seed: UInt64) throws {
    let test = try run(seed: seed, skipsIdle: true), slow = try run(seed: seed, skipsIdle: false)
    #expect(test.toDevice.cycles == slow.toDevice.cycles && test.toDevice.messages == slow.toDevice.messages)
    #expect(test.toPeer.cycles == slow.toPeer.cycles && test.toPeer.messages == slow.toPeer.messages)
    #expect(test.answers.cycles == slow.answers.cycles && test.interrupts.cycles == slow.interrupts.cycles)
    #expect(test.bench.simulation.pendingWork().isEmpty && test.state.activeReads == 0)
    #expect(test.port(0).refused == 0 && test.port(1).refused == 0)
    for sink in [test.toDevice, test.toPeer] {
      for (tag, parts) in completions(sink) {
        let headers = parts.compactMap { try? $0.decoded() }
        #expect(headers.allSatisfy { $0.status == .successful }, "tag \(tag)")
        let total = zip(headers, headers.dropFirst()).allSatisfy { $0.byteCount > $1.byteCount }
        #expect(total && headers.last.map(CompletionMatcher.isFinal) == true, "tag \(tag)")
      }
    }
  }
}
