import Bench
import SimKernel
import Testing

@testable import PCIe

/// One direction of a link between two probes.
private struct LinkBench {
  let bench: Bench
  let sender: Source<TLP>
  let receiver: Sink<TLP>
  let link: Link

  init(_ spec: LinkSpec, capacity: Int? = nil, inputs: Int = 64) {
    bench = Bench()
    sender = bench.source("sender", TLP.self, capacity: inputs)
    receiver = bench.sink("receiver", TLP.self, capacity: capacity ?? spec.portCapacity())
    link = Link(spec, clock: bench.clock, input: sender.end, output: receiver.end)
    bench.add(link)
  }

  var state: LinkState { link.state.pointer.pointee }
}

private func write(_ bytes: Int, at address: UInt64 = 0x1000) -> TLP {
  .memoryWrite(address: address, data: [UInt8](repeating: 0xa5, count: bytes), requester: requester)
}

@Suite struct LinkTests {
  /// Header 12 or 16, payload, framing: Base Specification 2.2.1, 3.6, 4.2.2.
  @Test(arguments: [(UInt64(0x1000), 4, UInt64(12)), (0x1000, 128, 12), (0x1_0000_0000, 128, 16)])
  func countsTheBytesOnTheWire(address: UInt64, payload: Int, header: UInt64) {
    let test = LinkBench(LinkSpec())
    test.sender.send(write(payload, at: address))
    test.bench.run(through: 100)
    #expect(test.state.wireBytes == header + UInt64(payload) + 8)
    #expect(test.state.packets == 1)
    #expect(test.state.payloadBytes == UInt16(payload))
  }

  /// Digests travel too (2.7.1).
  @Test func anECRCTakesFourBytes() {
    let test = LinkBench(LinkSpec())
    var header = TLPHeader.memoryRead(address: 0, length: 4, tag: 0, requester: requester)
    header.digest = true
    test.sender.send(TLP(header))
    test.bench.run(through: 100)
    #expect(test.state.wireBytes == 12 + 4 + 8)
  }

  /// Back to back, n packets take n times the time of one: the link is never idle and never early.
  @Test(arguments: ["gen1": (2_500_000_000, 1), "gen3": (8_000_000_000, 8), "gen5": (32_000_000_000, 16)])
  func serialisesBackToBack(name: String, link: (UInt64, UInt64)) {
    let (rate, lanes) = link
    var spec = LinkSpec()
    (spec.rate, spec.lanes) = (rate, lanes)
    let test = LinkBench(spec, capacity: 256)
    let count = 200
    for _ in 0..<count { test.sender.send(write(256)) }
    test.bench.run(through: 200_000)
    let gigabits = LinkRate.bandwidth(gtPerSecond: Double(rate) / 1e9, lanes: Int(lanes))
    let bytes = Double(count * (12 + 256 + 8))
    // Accepted at cycle 1; the clock of the receiver rounds the end up to a whole cycle.
    let expected = 4_000 + bytes * 8 / gigabits * 1_000 + Double(spec.propagation)
    let found = Double(test.receiver.cycles.last!) * 4_000
    #expect(found >= expected * (1 - 2e-5) && found <= expected + 4_000)
    #expect(test.receiver.arrivals.count == count)
  }

  @Test func keepsTheOrder() {
    let test = LinkBench(LinkSpec())
    let sizes = [256, 4, 128, 4, 4, 64, 256, 8]
    for size in sizes { test.sender.send(write(size)) }
    test.bench.run(through: 200)
    #expect(test.receiver.messages.map(\.payload.count) == sizes)
  }

  /// A wide, fast link carries several short packets in one cycle of the user clock.
  @Test func acceptsAndDeliversSeveralPacketsInOneCycle() {
    var spec = LinkSpec()
    (spec.rate, spec.lanes, spec.propagation) = (32_000_000_000, 16, 0)
    let test = LinkBench(spec)
    // 24 bytes take 0.38 ns at 63 bytes/ns: all eight fit in the 4 ns from cycle 1 to 2.
    for _ in 0..<8 { test.sender.send(write(4)) }
    test.bench.run(through: 10)
    #expect(test.receiver.cycles == [2, 2, 2, 2, 2, 2, 2, 2])
  }

  /// A receiver that takes nothing stops the sender; room that it makes at n lets the next packet go at n + 1.
  @Test func aFullReceiverStopsTheLink() {
    var spec = LinkSpec()
    (spec.propagation, spec.buffer) = (0, 4)
    let test = LinkBench(spec)
    let places = spec.portCapacity()
    test.receiver.opensAt = 100
    test.receiver.perCycle = 1
    for _ in 0..<places + 1 { test.sender.send(write(4)) }
    test.bench.run(through: 100)
    #expect(test.state.packets == UInt64(places))
    test.bench.run(through: 101)
    #expect(test.state.packets == UInt64(places) + 1)
    test.bench.run(through: 200)
    #expect(test.receiver.arrivals.count == places + 1)
  }

  /// The link sleeps while the wire is busy, and nobody can tell.
  @Test(arguments: [true, false])
  func idleSkippingChangesNothing(skips: Bool) {
    var spec = LinkSpec()
    (spec.rate, spec.lanes) = (2_500_000_000, 1)
    let test = LinkBench(spec)
    test.bench.simulation.skipsIdle = skips
    for size in [64, 4, 128] { test.sender.send(write(size), at: 7) }
    test.bench.run(through: 1_000)
    // 84, 24 and 148 bytes at 4 ns a byte from cycle 8 on, then 100 ns.
    #expect(test.receiver.cycles == [117, 141, 289])
  }
}
