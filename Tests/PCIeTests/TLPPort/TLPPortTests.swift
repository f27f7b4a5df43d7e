import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// What a receiver of a TLP port is offered next (PCI Express Base Specification 2.4.1).
@Suite("2.4.1 Ordering at a port") struct TLPPortTests {
  /// Everything that `tlps` are offered as, in order, while some classes have to wait.
  private func taken(_ tlps: [TLP], blocked: FlowClassSet = []) -> [TLP] {
    let bench = Bench()
    let port = bench.tlpPort("port")
    let source = TLPSource(clock: bench.clock, port: port), sink = TLPSink(clock: bench.clock, port: port)
    bench.add(source, as: "source")
    bench.add(sink, as: "sink")
    sink.refuses = blocked
    for tlp in tlps { source.send(tlp) }
    bench.run(through: 10)
    return sink.messages
  }

  private static let other = DeviceID(bus: 9, device: 0, function: 0)
  private static let mixed = [mWr(fill: 1), mRd(tag: 1), cplD(), mWr(fill: 2), fetchAdd(), cplD(8)]

  /// When nobody has to wait the order is that of sending.
  @Test func theOldestComesFirst() { #expect(taken(Self.mixed) == Self.mixed) }

  /// The classes that have to wait, and what is offered all the same: all that is allowed, in order.
  @Test(
    arguments: [
      (.nonPosted, [0, 2, 3, 5]), (.completion, [0, 1, 3, 4]), ([.nonPosted, .completion], [0, 3]),
      (.posted, []), ([.posted, .nonPosted], []), ([.posted, .nonPosted, .completion], []),
    ] as [(FlowClassSet, [Int])])
  func aBlockedClassStopsOnlyWhatMustNotPassIt(blocked: FlowClassSet, offered: [Int]) {
    #expect(taken(Self.mixed, blocked: blocked) == offered.map { Self.mixed[$0] })
  }

  /// What was sent before the posted request that waits does not pass it.
  @Test func whatIsOlderThanABlockedPostedRequestGoes() {
    let tlps = [mRd(tag: 1), cplD(), mWr(), mRd(tag: 2), cplD(8)]
    #expect(taken(tlps, blocked: .posted) == Array(tlps[0...1]))
  }

  /// A packet has to be allowed to pass all the posted requests ahead of it, not only the first.
  @Test func passingIsJudgedAgainstAllPostedRequestsAhead() {
    let foreign = TLP.memoryWrite(address: 0, data: [1, 2, 3, 4], requester: Self.other)
    let late = mRd(attributes: .idBasedOrdering)
    #expect(taken([foreign, late], blocked: .posted) == [late])
    #expect(taken([foreign, mWr(), late], blocked: .posted) == [])
    #expect(taken([foreign, late, mWr()], blocked: .posted) == [late])
    let relaxed = cplD(attributes: .relaxedOrdering)
    #expect(taken([foreign, mWr(), relaxed], blocked: .posted) == [relaxed])
  }

  /// Only the first of a class is offered: one that stays behind holds up the others of its class.
  @Test func aClassKeepsItsOrder() {
    let relaxed = cplD(attributes: .relaxedOrdering)
    #expect(taken([mWr(), cplD(8), relaxed], blocked: .posted) == [])
    #expect(taken([mWr(), relaxed, cplD(8)], blocked: .posted) == [relaxed])
  }

  /// The number of a packet goes on counting in all classes.
  @Test func packetsAreNumberedAcrossClasses() {
    let bench = Bench()
    let port = bench.tlpPort("port")
    let source = TLPSource(clock: bench.clock, port: port), sink = TLPSink(clock: bench.clock, port: port)
    bench.add(source, as: "source")
    bench.add(sink, as: "sink")
    for tlp in Self.mixed { source.send(tlp) }
    bench.run(through: 10)
    #expect(sink.arrivals.map(\.order) == [0, 1, 2, 3, 4, 5])
  }

  /// A class without room does not stop the others (2.6.1).
  @Test func roomIsCountedForEachClass() {
    let bench = Bench()
    let port = bench.tlpPort("port", capacity: .init(posted: 1, nonPosted: 2, completion: 3))
    let source = TLPSource(clock: bench.clock, port: port), sink = TLPSink(clock: bench.clock, port: port)
    bench.add(source, as: "source")
    bench.add(sink, as: "sink")
    (source.keepsOrder, sink.opensAt) = (false, 5)
    for index in 0..<5 { for tlp in [mWr(fill: index), mRd(tag: UInt16(index)), cplD()] { source.send(tlp) } }
    bench.run(through: 4)
    #expect(source.sent.count == 1 + 2 + 3)
  }
}
