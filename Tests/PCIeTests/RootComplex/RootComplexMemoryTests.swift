import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Host memory as devices see it.
@Suite("2.3.1.1 Read completion boundary") struct RootComplexMemoryTests {
  /// (byte count, lower address, bytes carried in whole dwords) of each completion.
  private func parts(_ test: RootComplexBench) -> [[Int]] {
    test.headers.map { [$0.byteCount, Int($0.lowerAddress), 4 * $0.lengthDW] }
  }

  @Test(arguments: [128, 256, 512])
  func cutsAnswersAtMPS(maxPayload: Int) {
    let test = RootComplexBench(RootComplexBench.spec(), maxPayload: maxPayload)
    test.read(0x200, 512)
    test.bench.run(through: 50)
    #expect(parts(test) == stride(from: 0, to: 512, by: maxPayload).map { [512 - $0, 0, maxPayload] })
    #expect(test.payload == pattern(512, from: 0x200))
  }

  /// Parts other than the last end at the read completion boundary (2.3.1.1).
  @Test func cutsUnalignedAnswersAtRCB() {
    let test = RootComplexBench()
    test.read(0x14, 300)
    test.bench.run(through: 50)
    #expect(parts(test) == [[300, 0x14, 236], [64, 0, 64]])
    #expect(test.payload == pattern(300, from: 0x14))
  }

  /// The first part, from 0x54 on, could carry 256 bytes, but has to end at 0x140 or 0x100.
  @Test(arguments: [(64, [236, 84]), (128, [172, 148])])
  func theBoundaryDecidesWhereThePartsEnd(rcb: Int, expected: [Int]) {
    var spec = RootComplexBench.spec()
    spec.readCompletionBoundary = rcb
    let test = RootComplexBench(spec)
    test.read(0x54, 320)
    test.bench.run(through: 50)
    #expect(test.headers.map { 4 * $0.lengthDW } == expected)
  }

  @Test(arguments: [64, 128])
  func canCutAtEveryBoundary(rcb: Int) {
    var spec = RootComplexBench.spec()
    spec.readCompletionBoundary = rcb
    spec.cutAtEveryBoundary = true
    let test = RootComplexBench(spec)
    test.read(0x204, 508)
    test.bench.run(through: 50)
    let first = [508, 4, rcb - 4]
    let rest = stride(from: rcb, to: 512, by: rcb).map { [512 - $0, $0 & 0x7f, rcb] }
    #expect(parts(test) == [first] + rest)
    #expect(test.payload == pattern(508, from: 0x204))
  }

  /// Data comes in whole dwords; byte count and lower address say which bytes count (2.2.9).
  @Test(arguments: [(3, 1), (1, 2), (2, 7), (0, 0)])
  func answersAnyBytes(offset: Int, length: Int) {
    let test = RootComplexBench()
    test.read(UInt64(0x100 + offset), length)
    test.bench.run(through: 20)
    #expect(test.headers.map(\.byteCount) == [max(1, length)])
    #expect(test.headers.map(\.lowerAddress) == [UInt8(offset)])
    #expect(test.payload == pattern(4 * ((offset + max(1, length) + 3) / 4), from: 0x100))
  }

  /// Reads whose data is there earlier are answered earlier: out of order across tags, in order within one.
  @Test func answersOutOfOrderAcrossTags() throws {
    var spec = RootComplexBench.spec()
    spec.readLatency = try LatencyDistribution(corners: [
      .init(permille: 0, delay: 0), .init(permille: 1_000, delay: .microseconds(2)),
    ])
    let test = RootComplexBench(spec)
    for tag in 0..<16 { test.read(UInt64(tag * 512), 512, tag: UInt16(tag)) }
    test.bench.run(through: 1_000)
    let tags = test.headers.map(\.tag)
    #expect(tags.count == 32 && tags != tags.sorted())
    for tag in 0..<16 {
      let own = test.headers.filter { $0.tag == UInt16(tag) }
      #expect(own.map(\.byteCount) == [512, 256])
      let data = test.toDevice.messages.filter { (try? $0.decoded().tag) == UInt16(tag) }.flatMap(\.payload)
      #expect(data == pattern(512, from: tag * 512))
    }
  }

  /// The last byte of memory can be read, the one after it is UR (2.3.1).
  @Test(arguments: [(65_536, 32, true), (65_536, 36, false), (65_568, 4, false)])
  func onlyMemoryAnswers(offset: Int, length: Int, isMemory: Bool) {
    var spec = RootComplexBench.spec()
    spec.memorySize = 65_568
    let test = RootComplexBench(spec)
    test.read(UInt64(offset), length)
    test.bench.run(through: 20)
    #expect(test.headers.map(\.status) == [isMemory ? .successful : .unsupportedRequest])
  }

  @Test func belowMemoryNothingAnswers() {
    let test = RootComplexBench()
    test.fromDevice.send(.memoryRead(address: 0x1000, length: 4, tag: 3, requester: RootComplexBench.device))
    test.bench.run(through: 20)
    #expect(test.headers.map(\.status) == [.unsupportedRequest] && test.headers.map(\.tag) == [3])
  }

  /// The end of the address space is a bus address like any other.
  @Test func theEndOfTheAddressSpaceIsNoMemory() {
    var spec = RootComplexBench.spec()
    spec.memoryBase = 0
    let test = RootComplexBench(spec)
    test.fromDevice.send(.memoryRead(address: ~0xff, length: 256, tag: 3, requester: RootComplexBench.device))
    test.bench.run(through: 20)
    #expect(test.headers.map(\.status) == [.unsupportedRequest])
  }

  /// Byte enables decide what is written (2.2.5).
  @Test func writesOnlyEnabledBytes() {
    let test = RootComplexBench()
    test.fromDevice.send(
      .memoryWrite(
        address: RootComplexBench.memoryBase + 0x103, data: [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff],
        requester: RootComplexBench.device))
    test.bench.run(through: 20)
    let before = pattern(16, from: 0x100)
    let expected = before[..<3] + [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff] + before[9...]
    #expect(test.root.memory.read(16, at: 0x100) == Array(expected))
    #expect(test.headers.isEmpty)
  }

  @Test func gapsInTheEnablesAreKept() {
    let test = RootComplexBench()
    var header = TLPHeader.memoryWrite(
      address: RootComplexBench.memoryBase + 8, length: 8, requester: RootComplexBench.device)
    (header.firstBE, header.lastBE) = (0b0101, 0b1010)
    test.fromDevice.send(TLP(header, payload: [1, 2, 3, 4, 5, 6, 7, 8]))
    test.bench.run(through: 20)
    let old = pattern(8, from: 8)
    #expect(test.root.memory.read(8, at: 8) == [1, old[1], 3, old[3], old[4], 6, old[6], 8])
  }

  /// Posted writes outside of memory are lost, and counted.
  @Test func writesOutsideOfMemoryAreDropped() {
    let test = RootComplexBench()
    test.fromDevice.send(.memoryWrite(address: 0x1000, data: [1, 2, 3, 4], requester: RootComplexBench.device))
    test.bench.run(through: 20)
    #expect(test.headers.isEmpty && test.port(0).refused == 1)
  }

  /// A device that takes nothing stops the completions, and nothing is lost.
  @Test func waitsForTheLink() {
    let test = RootComplexBench(toDeviceRoom: .init(each: 2))
    test.toDevice.opensAt = 60
    for tag in 0..<4 { test.read(UInt64(tag) * 512, 512, tag: UInt16(tag)) }
    test.bench.run(through: 59)
    #expect(test.headers.isEmpty)
    test.bench.run(through: 100)
    #expect(test.payload == pattern(2_048))
  }

  /// Poisoned data is not written (2.7.2.2).
  @Test func poisonedWritesAreDropped() {
    let test = RootComplexBench()
    var header = TLPHeader.memoryWrite(
      address: RootComplexBench.memoryBase, length: 4, requester: RootComplexBench.device)
    header.poisoned = true
    test.fromDevice.send(TLP(header, payload: [9, 9, 9, 9]))
    test.bench.run(through: 20)
    #expect(test.root.memory.read(4, at: 0) == pattern(4) && test.errors.uncorrectableStatus == bit(.poisonedTLP))
  }

  /// Traffic class, attributes and tag of a request come back in its completions (2.2.9).
  @Test func givesBackWhatTheRequestSays() {
    let test = RootComplexBench()
    var header = TLPHeader.memoryRead(
      address: RootComplexBench.memoryBase, length: 512, tag: 0x2c3, requester: RootComplexBench.device)
    header.trafficClass = 6
    header.attributes = [.relaxedOrdering, .idBasedOrdering]
    test.fromDevice.send(TLP(header))
    test.bench.run(through: 20)
    #expect(test.headers.map(\.trafficClass) == [6, 6] && test.headers.map(\.tag) == [0x2c3, 0x2c3])
    #expect(test.headers.map(\.attributes) == [header.attributes, header.attributes])
  }

  /// Memory serves so many reads at a time; a read without a place waits, begins in the cycle after one became free,
  /// and does not stop writes (2.4.1 A3).
  @Test(arguments: [1, 2])
  func readsWaitForAPlace(places: Int) {
    var spec = RootComplexBench.spec(latency: 400_000)
    spec.outstandingReads = places
    let test = RootComplexBench(spec)
    for tag: UInt16 in 0..<4 { test.read(0, 64, tag: tag) }
    test.fromDevice.send(
      .memoryWrite(address: RootComplexBench.memoryBase, data: [9, 9, 9, 9], requester: RootComplexBench.device))
    test.bench.run(through: 20)
    #expect(test.root.memory.read(4, at: 0) == [9, 9, 9, 9] && Int(test.state.activeReads) == places)
    test.bench.run(through: 600)
    // At the root at 1, at the probe 101 cycles later; the next ones a cycle after that.
    #expect(test.toDevice.cycles == (0..<4).map { 102 + 101 * Cycle($0 / places) })
    #expect(test.headers.map(\.tag) == [0, 1, 2, 3])
  }

  /// A device that takes no completions does not hold up those of another.
  @Test func completionsOfTwoPortsAreIndependent() {
    let test = RootComplexBench(toDeviceRoom: .init(each: 1))
    test.toDevice.opensAt = 100
    for tag: UInt16 in 0..<4 {
      test.read(0, 512, tag: tag)
      test.fromPeer.send(
        .memoryRead(address: RootComplexBench.memoryBase, length: 512, tag: tag, requester: RootComplexBench.peer))
    }
    test.bench.run(through: 50)
    #expect(test.toPeer.headers.map(\.tag) == [0, 0, 1, 1, 2, 2, 3, 3] && test.toDevice.arrivals.isEmpty)
    test.bench.run(through: 200)
    #expect(test.headers.map(\.tag) == [0, 0, 1, 1, 2, 2, 3, 3])
  }
}
