import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Root ports whose link is down (2.9.1).
@Suite struct RootComplexLinkTests {
  private let window = RootComplexBench.windowBase
  private let peer = RootComplexBench.peer

  /// Nobody is there: loads and configuration reads give all ones at once, stores and packets are lost.
  @Test func theCPUReadsAllOnesAtOnce() {
    let test = RootComplexBench()
    test.deviceEvents.send(.down, at: 5)
    test.cpu.send(HostRequest(.memoryWrite(address: window, size: 4, value: 1)), at: 10)
    test.load(window, 8, at: 10)
    test.configRead(RootComplexBench.device, 0, at: 10)
    test.cpu.send(
      HostRequest(
        .packet(.memoryRead(address: window, length: 4, tag: 1, requester: RootComplexBench.host), port: 0)), at: 10)
    // The root port itself is there, and says so: Data Link Layer Link Active (7.5.3.8).
    test.configRead(DeviceID(bus: 0, device: 0, function: 0), 0x80 / 4, at: 10)
    test.bench.run(through: 40)
    #expect(test.values.prefix(3) == [.max, 0xffff_ffff, .max])
    #expect(test.statuses == [.unsupportedRequest, .unsupportedRequest, .unsupportedRequest, .successful])
    #expect(test.values.last.map { $0 >> 29 & 1 } == 0)
    #expect(test.headers.isEmpty && test.answers.cycles == [13, 14, 15, 16])
  }

  /// An access that waits for its completion does not wait for the timeout.
  @Test func anAccessThatWaitsEndsAtOnce() {
    let test = RootComplexBench()
    test.load(window, 2)
    test.deviceEvents.send(.down, at: 20)
    test.bench.run(through: 40)
    #expect(test.values == [0xffff] && test.statuses == [.unsupportedRequest] && test.answers.cycles == [22])
    #expect(test.errors.uncorrectableStatus == 0)
  }

  /// Other links are not concerned.
  @Test func otherAccessesGoOn() throws {
    let test = RootComplexBench()
    test.load(RootComplexBench.peerWindow)
    test.deviceEvents.send(.down, at: 5)
    test.bench.run(through: 20)
    let request = try #require(test.toPeer.headers.first)
    test.fromPeer.send(.completionData(for: request, value: 7, completer: peer), at: 21)
    test.bench.run(through: 40)
    #expect(test.values == [7])
  }

  /// Peer-to-peer requests to a link that is down: non-posted ones are unsupported, others lost and counted (2.9.1).
  @Test func peerToPeerIsRefused() {
    let test = RootComplexBench()
    test.deviceEvents.send(.down, at: 5)
    test.fromPeer.send(.memoryRead(address: window, length: 4, tag: 3, requester: peer), at: 10)
    test.fromPeer.send(.memoryWrite(address: window, data: [1, 2, 3, 4], requester: peer), at: 10)
    test.bench.run(through: 40)
    #expect(test.toPeer.headers.map(\.status) == [.unsupportedRequest] && test.toPeer.headers.map(\.tag) == [3])
    #expect(test.port(1).refused == 2 && test.headers.isEmpty)
    // The read is advisory (6.2.3.2.4.1), the write no error.
    #expect(test.port(1).bridge.errors.uncorrectableStatus == 0 && test.port(1).bridge.deviceStatus == 0x9)
  }

  /// What a device asked for before its link went down is not answered after: the device knows nothing of it any more.
  @Test func readsFromBelowAreForgotten() {
    let test = RootComplexBench(RootComplexBench.spec(latency: 400_000))
    for tag: UInt16 in 0..<2 { test.read(0, 512, tag: tag) }
    test.fromPeer.send(
      .memoryRead(address: RootComplexBench.memoryBase, length: 4, tag: 7, requester: peer), at: 0)
    test.deviceEvents.send(.down, at: 20)
    test.read(0, 4, tag: 2, at: 20)
    test.deviceEvents.send(.up, at: 30)
    test.read(0, 4, tag: 3, at: 30)
    test.bench.run(through: 300)
    #expect(test.headers.map(\.tag) == [3] && test.toPeer.headers.map(\.tag) == [7] && test.state.activeReads == 0)
  }
}
