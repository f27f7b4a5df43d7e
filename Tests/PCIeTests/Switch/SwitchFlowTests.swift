import Bench
import PCIe
import PCIeBench
import SimKernel
import TestSupport
import Testing

/// Delay, bandwidth, fairness and ordering of a switch.
@Suite("2.4.1 Ordering and arbitration in a switch") struct SwitchFlowTests {
  private static let start = SwitchBench.start

  private func spec(_ change: (inout SwitchSpec) -> Void) -> SwitchSpec {
    var spec = SwitchSpec()
    change(&spec)
    return spec
  }

  /// Sent at n, at the port where it comes in at n + 1, at the one where it leaves `forward_cycles` later: not earlier.
  @Test(arguments: [1, 2, 30, 100] as [Cycle]) func forwardLatencyIsExact(_ cycles: Cycle) {
    let test = SwitchBench(spec { $0.forwardCycles = cycles })
    test.ports[0].source.send(write(SwitchBench.address(1)), at: Self.start)
    test.bench.run(through: Self.start + cycles)
    #expect(test.left(by: 1).isEmpty)
    test.bench.run(through: Self.start + cycles + 1)
    #expect(test.left(by: 1).count == 1)
  }

  /// Its own completions take as long.
  @Test func answersTakeAsLong() {
    let test = SwitchBench(spec { $0.forwardCycles = 20 })
    test.ports[0].source.send(read(0x1000), at: Self.start)
    test.bench.run(through: Self.start + 100)
    #expect(test.ports[0].sink.cycles == [Self.start + 21])
  }

  @Test(arguments: [1, 2, 4]) func soManyLeaveByAPortInACycle(_ perCycle: Int) {
    let test = SwitchBench(spec { ($0.tlpsPerCycle, $0.forwardCycles) = (perCycle, 5) })
    for _ in 0..<12 { test.ports[0].source.send(write(SwitchBench.address(1)), at: Self.start) }
    // By another port as many more.
    for _ in 0..<12 { test.ports[2].source.send(write(0x1000, from: SwitchBench.device(2)), at: Self.start) }
    test.bench.run(through: Self.start + 100)
    let expected = (0..<12).map { Self.start + 6 + Cycle($0 / perCycle) }
    #expect(test.ports[1].sink.cycles == expected && test.ports[0].sink.cycles == expected)
  }

  /// Port by port, packet by packet, nobody twice before all others.
  @Test(arguments: [1, 2, 4]) func roundRobinIsFairToThePacket(_ perCycle: Int) {
    let test = SwitchBench(spec { $0.tlpsPerCycle = perCycle })
    for index in 1...3 {
      for _ in 0..<20 { test.ports[index].source.send(write(0x1000, from: SwitchBench.device(index)), at: Self.start) }
    }
    test.bench.run(through: Self.start + 200)
    let senders = test.ports[0].sink.headers.map { Int($0.requesterID.bus) - 2 }
    #expect(senders == (0..<60).map { 1 + $0 % 3 })
  }

  /// Answers to a port's own requests take their turn too.
  @Test func answersTakeTheirTurn() {
    let test = SwitchBench(spec { $0.tlpsPerCycle = 1 })
    for tag in 0..<10 as Range<UInt16> {
      test.ports[1].source.send(read(SwitchBench.address(1), tag: tag, from: SwitchBench.device(1)), at: Self.start)
      test.ports[0].source.send(answer(to: SwitchBench.device(1), tag: 100 + tag), at: Self.start)
    }
    test.bench.run(through: Self.start + 200)
    let kinds = test.ports[1].sink.headers.map(\.status)
    #expect(kinds.count == 20 && zip(kinds, kinds.dropFirst()).allSatisfy { $0 != $1 })
  }

  /// With `upstream_first` the others get what upstream leaves.
  @Test func upstreamFirst() {
    let test = SwitchBench(
      spec {
        $0.tlpsPerCycle = 1
        $0.arbitration = .upstreamFirst
      })
    for index in [0, 2, 3] {
      for _ in 0..<8 {
        test.ports[index].source.send(
          write(SwitchBench.address(1), from: SwitchBench.device(index)), at: Self.start)
      }
    }
    test.bench.run(through: Self.start + 200)
    let senders = test.ports[1].sink.headers.map { $0.requesterID.bus == 0 ? 0 : Int($0.requesterID.bus) - 2 }
    #expect(senders == [Int](repeating: 0, count: 8) + (0..<16).map { 2 + $0 % 2 })
  }

  /// A stuck non-posted request does not hold up posted requests and completions, to whichever port (2.4.1: A3, D3).
  @Test func stuckNonPostedRequestsArePassed() {
    let test = SwitchBench(capacity: .init(each: 2))
    test.ports[1].sink.refuses = .nonPosted
    for _ in 0..<3 { test.ports[0].source.send(read(SwitchBench.address(1)), at: Self.start) }
    test.ports[0].source.send(read(SwitchBench.address(2)), at: Self.start)
    for index in 1...2 {
      test.ports[0].source.send(write(SwitchBench.address(index)), at: Self.start)
      test.ports[0].source.send(answer(to: SwitchBench.device(index)), at: Self.start)
    }
    test.bench.run(through: Self.start + 200)
    for index in 1...2 { #expect(test.left(by: index).map(\.header.type) == [.memoryWrite, .completionData]) }
    test.ports[1].sink.refuses = []
    test.bench.run(through: Self.start + 400)
    #expect(test.left(by: 1).count == 5 && test.left(by: 2).count == 3)
  }

  /// Nothing passes a stuck posted request but what the attributes allow (2.4.1: B2, C2, D2).
  @Test func stuckPostedRequestsAreNotPassed() {
    let test = SwitchBench(capacity: .init(each: 2))
    test.ports[1].sink.refuses = .posted
    for _ in 0..<3 { test.ports[0].source.send(write(SwitchBench.address(1)), at: Self.start) }
    test.ports[0].source.send(answer(to: SwitchBench.device(2), tag: 1, attributes: .relaxedOrdering), at: Self.start)
    test.ports[0].source.send(answer(to: SwitchBench.device(2), tag: 2), at: Self.start)
    test.ports[0].source.send(read(SwitchBench.address(2), tag: 3), at: Self.start)
    test.bench.run(through: Self.start + 200)
    #expect(test.ports[2].sink.headers.map(\.tag) == [1])
    test.ports[1].sink.refuses = []
    test.bench.run(through: Self.start + 400)
    #expect(test.ports[2].sink.headers.map(\.tag).sorted() == [1, 2, 3] && test.left(by: 1).count == 3)
  }

  /// The answer to a refused request is a completion: it does not wait for non-posted requests that leave by the port.
  @Test func answersPassStuckRequests() {
    let test = SwitchBench(capacity: .init(each: 1))
    test.ports[1].sink.refuses = .nonPosted
    for _ in 0..<2 { test.ports[0].source.send(read(SwitchBench.address(1)), at: Self.start) }
    test.ports[1].source.send(read(SwitchBench.address(1), from: SwitchBench.device(1)), at: Self.start + 50)
    test.bench.run(through: Self.start + 200)
    #expect(test.ports[1].sink.headers.map(\.status) == [.unsupportedRequest])
    #expect(test.ports[1].sink.headers.map(\.type) == [.completion])
  }

  /// A port that cannot send holds up nothing that comes in elsewhere and leaves elsewhere.
  @Test func aStuckPortHoldsUpItsOwnTraffic() {
    let test = SwitchBench(capacity: .init(each: 2))
    test.ports[1].sink.refuses = [.posted, .nonPosted, .completion]
    for _ in 0..<4 {
      test.ports[2].source.send(write(SwitchBench.address(1), from: SwitchBench.device(2)), at: Self.start)
    }
    for _ in 0..<4 { test.ports[3].source.send(write(0x1000, from: SwitchBench.device(3)), at: Self.start) }
    test.bench.run(through: Self.start + 300)
    #expect(test.left(by: 0).count == 4 && test.state(1).transmitted == 2)
  }
}

/// Random traffic among all ports, with sinks that stop for a while.
@Suite struct SwitchTrafficTests {
  private struct Traffic {
    let test: SwitchBench
    /// Where TLPs came in, in their order; no two are equal.
    var sent: [(ingress: Int, tlp: TLP)] = []

    init(seed: UInt64, skipsIdle: Bool = true, _ arbitration: SwitchArbitration = .roundRobin) {
      var random = SeededRandom(state: seed)
      var spec = SwitchSpec()
      spec.forwardCycles = Cycle(1 + random.below(8))
      spec.tlpsPerCycle = 1 + random.below(3)
      spec.arbitration = arbitration
      test = SwitchBench(spec, capacity: .init(each: 1 + random.below(4)))
      test.bench.simulation.skipsIdle = skipsIdle
      for (index, port) in test.ports.enumerated() {
        let phase = random.below(40)
        port.sink.refusing = { cycle in FlowClassSet(rawValue: UInt8((Int(cycle) * (7 + index) + phase) >> 3 & 7)) }
        port.source.keepsOrder = true
      }
      for number in 0..<600 {
        let ingress = random.below(4)
        let tlp = Self.tlp(number, from: ingress, &random)
        sent.append((ingress, tlp))
        test.ports[ingress].source.send(tlp, at: SwitchBench.start + Cycle(number / 4))
      }
    }

    private static func tlp(_ number: Int, from ingress: Int, _ random: inout SeededRandom) -> TLP {
      var egress = random.below(3)
      if egress >= ingress { egress += 1 }
      let attributes: TLPAttributes = random.below(3) == 0 ? .relaxedOrdering : []
      let address = (egress == 0 ? 0x1000 : SwitchBench.address(egress))
      let payload = [UInt8(number >> 8), UInt8(number & 0xff)] + pattern(6)
      switch random.below(3) {
      case 0:
        return .memoryWrite(
          address: address, data: payload, requester: SwitchBench.device(ingress), attributes: attributes)
      case 1:
        return .memoryRead(
          address: address, length: 8, tag: UInt16(number & 0x3ff), requester: SwitchBench.device(ingress),
          attributes: attributes)
      default:
        let request = TLPHeader.memoryRead(
          address: address, length: 8, tag: UInt16(number & 0x3ff), requester: SwitchBench.device(egress),
          attributes: attributes)
        return .completionData(for: request, payload: payload, completer: SwitchBench.device(ingress))
      }
    }
  }

  /// All arrive once, and no pair from one port to another in an order that the table forbids (2.4.1).
  @Test(arguments: 1...8, SwitchArbitration.allCases)
  func keepsTheOrderingTable(_ seed: UInt64, _ arbitration: SwitchArbitration) {
    let traffic = Traffic(seed: seed, arbitration)
    traffic.test.bench.run(through: 8_000)
    var arrived = 0
    for egress in 0...3 {
      let left = traffic.test.left(by: egress)
      arrived += left.count
      let places = Dictionary(uniqueKeysWithValues: left.enumerated().map { ($1, $0) })
      for ingress in 0...3 {
        // In the order in which they came in, with their places in the order in which they left.
        let pairs = traffic.sent.filter { $0.ingress == ingress }.compactMap { sent in
          places[sent.tlp].map { (header: sent.tlp.header, place: $0) }
        }
        for (index, first) in pairs.enumerated() {
          for second in pairs[(index + 1)...] where second.place < first.place {
            #expect(OrderingRules.passing(second.header, first.header) != .forbidden)
          }
        }
      }
    }
    #expect(arrived == traffic.sent.count)
  }

  /// Sleeping is invisible: every packet leaves in the same cycle when every edge is ticked.
  @Test(arguments: 1...10) func sleepingIsInvisible(_ seed: UInt64) {
    let fast = Traffic(seed: seed), slow = Traffic(seed: seed, skipsIdle: false)
    for traffic in [fast, slow] { traffic.test.bench.run(through: 5_000) }
    for index in 0...3 {
      #expect(fast.test.ports[index].sink.cycles == slow.test.ports[index].sink.cycles)
      #expect(fast.test.left(by: index) == slow.test.left(by: index))
      #expect(fast.test.state(index).bridge == slow.test.state(index).bridge)
    }
  }
}
