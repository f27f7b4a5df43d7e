import Bench
import SimKernel
import Testing

@testable import PCIe

/// What packets cost on the wire: their bytes, their time, and the way there.
@Suite("4.2 The wire") struct LinkWireTests {
  /// Header 12 or 16, payload, framing: Base Specification 2.2.1, 3.6, 4.2.2.
  @Test(arguments: [(UInt64(0x1000), 4, UInt64(12)), (0x1000, 128, 12), (0x1_0000_0000, 128, 16)])
  func countsTheBytesOnTheWire(address: UInt64, payload: Int, header: UInt64) {
    let test = LinkBench()
    let tlp = TLP.memoryWrite(
      address: address, data: [UInt8](repeating: 0xa5, count: payload), requester: requester)
    test.send([tlp])
    test.bench.run(through: 2_000)
    #expect(test.down.wireBytes == header + UInt64(payload) + 8)
    #expect(test.down.packets == 1 && test.down.payloadBytes == UInt16(payload))
    let shown = SIMD4(test.down.header0, test.down.header1, test.down.header2, test.down.header3)
    #expect(shown == tlp.header.dwords)
    #expect(test.receiver.messages == [tlp])
  }

  /// Digests travel too (2.7.1).
  @Test func anECRCTakesFourBytes() {
    let test = LinkBench()
    var header = TLPHeader.memoryRead(address: 0, length: 4, tag: 0, requester: requester)
    header.digest = true
    test.send([TLP(header)])
    test.bench.run(through: 2_000)
    #expect(test.down.wireBytes == 12 + 4 + 8)
  }

  /// Each prefix is one dword (2.2.10).
  @Test func prefixesTakeFourBytesEach() {
    let test = LinkBench()
    let tlp = mRd().with(prefixes: [.vendorLocal0(7), .pasid(1, executeRequested: false, privilegedMode: false)])
    test.send([tlp])
    test.bench.run(through: 2_000)
    #expect(test.down.wireBytes == 12 + 8 + 8)
    #expect(test.receiver.messages == [tlp])
  }

  /// Two symbols of the token, the sequence number and the LCRC take as many bytes as the Spec says (3.6.2.1, 4.2.2.3).
  @Test(arguments: [0, 8, 64]) func framingTakesItsBytes(framing: Int) {
    let test = LinkBench(.with { $0.framing = framing })
    test.send([mWr()])
    test.bench.run(through: 2_000)
    #expect(test.down.wireBytes == 16 + UInt64(framing))
    #expect(test.receiver.cycles == [LinkBench.start + 16 + Cycle(framing) + 1])
  }

  /// Back to back, n packets take n times the time of one: the wire is never idle and never early (4.2.1: 10 bits a
  /// byte up to 5 GT/s; 4.2.2: 130 bits for 16 bytes above).
  @Test(arguments: [2_500, 5_000, 8_000, 16_000, 32_000] as [UInt64], [1, 2, 4, 8, 16] as [UInt64])
  func serialisesBackToBack(megatransfers: UInt64, lanes: UInt64) {
    var spec = LinkSpec()
    (spec.rate, spec.lanes, spec.propagation, spec.dllpBytes) = (megatransfers * 1_000_000, lanes, 0, 0)
    (spec.postedHeaders, spec.postedData) = (127, 2_047)
    let test = LinkBench(spec, maxPayload: 256, inputs: 100)
    test.send((0..<100).map { mWr(256, fill: $0) })
    test.bench.run(through: 30_000)
    let bits = megatransfers <= 5_000 ? 10.0 : 8 * 130 / 128
    let picoseconds = 100 * 276 * bits * 1_000_000 / Double(megatransfers * lanes)
    #expect(test.receiver.arrivals.count == 100)
    #expect(test.receiver.cycles.last == LinkBench.start + Cycle((picoseconds / 4_000).rounded(.up)) + 1)
  }

  /// A wide, fast link carries several short packets in one cycle of the user clock.
  @Test func carriesSeveralPacketsInOneCycle() {
    let test = LinkBench(.with { ($0.rate, $0.lanes) = (32_000_000_000, 16) })
    // 24 bytes take 0.38 ns at 63 bytes/ns: ten fit in the 4 ns.
    test.send((0..<10).map { mWr(fill: $0) })
    test.bench.run(through: 2_000)
    #expect(test.receiver.cycles == [Cycle](repeating: LinkBench.start + 2, count: 10))
  }

  @Test func keepsTheOrder() {
    let test = LinkBench()
    let tlps = [mWr(64), mRd(tag: 1), mWr(4), cplD(8), fetchAdd(tag: 2), mWr(128), mRd(tag: 3)]
    test.send(tlps)
    test.bench.run(through: 3_000)
    #expect(test.receiver.messages == tlps)
  }

  /// The first edge at or after the arrival, whatever the delay.
  @Test(arguments: [0, 1, 4_000, 4_001, 100_000] as [Picoseconds])
  func propagationIsTight(delay: Picoseconds) {
    let test = LinkBench(.with { $0.propagation = delay })
    test.send([mWr()])
    let arrival = LinkBench.start + 24 + (delay + 3_999) / 4_000
    #expect(test.around(arrival) { $0.up.expected } == [0, 1])
    test.bench.run(through: arrival + 1)
    #expect(test.receiver.cycles == [arrival + 1])
  }

  /// The directions share nothing: dual simplex (1.2).
  @Test func bothDirectionsRunAtOnce() {
    let test = LinkBench()
    test.send([mWr(128)])
    test.fixture.lower.source.send(mWr(128), at: LinkBench.sent)
    test.bench.run(through: 2_000)
    #expect(test.receiver.cycles == [LinkBench.start + 148 + 1])
    #expect(test.fixture.upper.sink.cycles == test.receiver.cycles)
  }
}
