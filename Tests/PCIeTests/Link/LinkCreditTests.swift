import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// The credits of a receiver (PCI Express Base Specification 2.6.1).
@Suite("2.6.1 Flow control: credits") struct LinkCreditTests {
  /// Sets one of the six limits, with the packets that use it up and how many of them pass.
  struct Limit: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let flowClass: FlowClass
    let packet: TLP
    let passing: Int
    let set: @Sendable (inout LinkSpec) -> Void
  }

  /// 64 bytes are four units: two packets fit into ten units.
  static let limits = [
    Limit(testDescription: "posted headers", flowClass: .posted, packet: mWr(), passing: 3) { $0.postedHeaders = 3 },
    Limit(testDescription: "posted data", flowClass: .posted, packet: mWr(64), passing: 2) { $0.postedData = 10 },
    Limit(testDescription: "non-posted headers", flowClass: .nonPosted, packet: mRd(), passing: 3) {
      $0.nonPostedHeaders = 3
    },
    Limit(testDescription: "non-posted data", flowClass: .nonPosted, packet: fetchAdd(), passing: 3) {
      $0.nonPostedData = 3
    },
    Limit(testDescription: "completion headers", flowClass: .completion, packet: cplD(), passing: 3) {
      ($0.completionHeaders, $0.completionData) = (3, 100)
    },
    Limit(testDescription: "completion data", flowClass: .completion, packet: cplD(64), passing: 2) {
      ($0.completionHeaders, $0.completionData) = (100, 10)
    },
  ]

  /// Each of the six counters stops its class at its limit, and no other class.
  @Test(arguments: limits) func eachCounterStopsItsClassAtItsLimit(limit: Limit) {
    let test = LinkBench(.with(limit.set))
    test.receiver.opensAt = 8_000
    let other = DeviceID(bus: 9, device: 0, function: 0)
    test.send([TLP](repeating: limit.packet, count: 5))
    // Those that may pass (2.4.1): of another sender, with ID-based ordering.
    let attributes = TLPAttributes.idBasedOrdering
    let others: [TLP] = [
      .memoryWrite(address: 0, data: [1, 2, 3, 4], requester: other, attributes: attributes),
      mRd(from: other, attributes: attributes), fetchAdd(from: other, attributes: attributes),
      cplD(from: other, attributes: attributes),
    ].filter { $0.header.flowClass != limit.flowClass }
    for tlp in others { test.sender.send(tlp, at: LinkBench.sent) }
    test.bench.run(through: 7_999)
    #expect(test.down.packets == UInt64(limit.passing + others.count))
    test.bench.run(through: 8_000)
    #expect(test.receiver.messages.filter { $0 == limit.packet }.count == limit.passing)
    // Credits come back, and all is well.
    test.bench.run(through: 60_000)
    #expect(test.receiver.arrivals.count == 5 + others.count)
    #expect(test.lowerEvents == [.up])
  }

  /// Infinite completions are not counted, and get no UpdateFC (2.6.1).
  @Test func infiniteCompletionsAreNotCounted() {
    let test = LinkBench(outstanding: 1_000, inputs: 1_000)
    test.receiver.opensAt = 60_000
    test.send((0..<1_000).map { cplD(tag: UInt16($0)) })
    test.bench.run(through: 100)
    let before = test.up.dllps
    test.bench.run(through: 90_000)
    #expect(test.receiver.arrivals.count == 1_000)
    let acks = UInt64(1_000 * 24 / 5_000 + 1)
    #expect(test.up.dllps - before <= acks)
  }

  /// Only headers, or only data, may be infinite: the other is still counted, and the field of the infinite one stays 0
  /// in each UpdateFC (2.6.1).
  @Test(arguments: [(0, 10), (3, 0)])
  func oneInfiniteFieldLeavesTheOtherCounted(headers: Int, data: Int) {
    let test = LinkBench(
      .with {
        ($0.completionHeaders, $0.completionData, $0.creditLatency) = (headers, data, cycles(10))
      }, maxPayload: 128)
    test.receiver.opensAt = 3_000
    test.send((0..<20).map { cplD(64, tag: UInt16($0)) })
    test.bench.run(through: 2_999)
    #expect(test.down.packets == (headers == 0 ? 2 : 3))
    test.bench.run(through: 20_000)
    #expect(test.receiver.arrivals.count == 20)
    #expect(test.up.allocations[2].headers == UInt8(headers == 0 ? 0 : headers + 20))
    #expect(test.up.allocations[2].data == UInt16(data == 0 ? 0 : data + 80))
  }

  /// Counters are modulo 256 headers and 4,096 units (2.6.1.2): a long stream neither stops nor overflows the receiver.
  @Test(arguments: [(1, 16), (5, 40), (127, 2_047)])
  func countersWrap(headers: Int, data: Int) {
    var spec = LinkSpec()
    (spec.postedHeaders, spec.postedData, spec.propagation, spec.creditLatency) = (headers, data, 0, 4_000)
    let test = LinkBench(spec, maxPayload: 256, inputs: 1_000)
    test.receiver.refusing = { $0 % 4 == 0 ? .posted : [] }
    test.send((0..<1_000).map { mWr(256, fill: $0) })
    test.bench.run(through: 30_000)
    #expect(test.receiver.messages.map { $0.payload[0] } == (0..<1_000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(test.lowerEvents == [.up])
    #expect(Int(test.down.posted.headersUsed) == 1_000 & 0xff && Int(test.down.posted.dataUsed) == 16_000 & 0xfff)
  }

  /// The modular comparison of 2.6.1.2 says the same as numbers without end.
  @Test func modularCreditsEqualUnboundedOnes() {
    var random = RandomStream(seed: 1, name: "credits")
    for (headers, data) in [(1, 1), (7, 300), (127, 2_047)] {
      var counter = CreditCounter()
      counter.initialise(header: UInt8(headers), data: UInt16(data))
      var limit = (headers: headers, data: data), used = (headers: 0, data: 0), waiting: [Int] = []
      for _ in 0..<20_000 {
        let units = Int(random.next(below: UInt64(min(data, 256) + 1)))
        let fits = used.headers + 1 <= limit.headers && used.data + units <= limit.data
        guard counter.allows(data: UInt16(units)) == fits else {
          Issue.record("\(used) used of \(limit), \(units) units")
          return
        }
        if fits {
          counter.use(data: UInt16(units))
          used = (used.headers + 1, used.data + units)
          waiting.append(units)
        }
        if !waiting.isEmpty, !fits || random.next(below: 2) == 0 {
          limit = (limit.headers + 1, limit.data + waiting.removeFirst())
          counter.update(header: UInt8(limit.headers & 0xff), data: UInt16(limit.data & 0xfff))
        }
      }
      #expect(used.headers > 300 && (data < 300 || used.data > 5_000))
    }
  }

  /// Where credits are infinite the receiver has to have room; else it loses the TLP, and tells (6.2.3, 7.8.4.2).
  @Test func anOverflowIsTold() {
    let test = LinkBench(outstanding: 256, inputs: 300)
    test.receiver.opensAt = 20_000
    test.send((0..<258).map { cplD(tag: UInt16($0 % 256)) })
    test.bench.run(through: 21_000)
    #expect(test.receiver.arrivals.count == 256)
    let overflow = LinkEvent.uncorrectable(.receiverOverflow)
    #expect(test.lowerEvents == [.up, overflow, overflow])
  }
}
