import Bench
import PCIe
import SimKernel
import Testing

@testable import Device

/// Transfers that fail or are stopped.
@Suite struct DMAFaultTests {
  private let data = DeviceMap.data

  @Test(arguments: [
    (ReadStatus.unsupportedRequest, DeviceError.unsupportedRequest), (.completerAbort, .completerAbort),
    (.poisoned, .poisoned), (.disabled, .disabled), (.timeout, .timeout),
  ])
  func aFailedReadEndsTheTransfer(status: ReadStatus, error: DeviceError) {
    let test = DMABench()
    test.answer = { index, _ in (10 + Cycle(index), index == 2 ? status : .successful) }
    test.transfer(64 << 10, from: 0x10_0000, to: data)
    test.bench.run(through: 5_000)
    #expect(test.errors == [error])
    // No further requests after the failure was seen: 128 would be all.
    #expect(test.requests.count < 64)
    // What arrived before stays; nothing lies where the failed read would have gone.
    #expect(test.ram.read(1_024, at: data) == pattern(1_024, from: 0x10_0000))
    #expect(test.ram.read(512, at: data + 1_024) == [UInt8](repeating: 0, count: 512))
    // What was outstanding is waited for.
    #expect(test.ram.read(512, at: data + 1_536) == pattern(512, from: 0x10_0600))
    #expect(test.state.activeTags == 0 && test.channels[0].outstanding == 0)
  }

  /// The first failure counts.
  @Test func laterFailuresDoNotHideTheFirst() {
    let test = DMABench()
    test.answer = { index, _ in (10, index == 0 ? .completerAbort : .unsupportedRequest) }
    test.transfer(4_096, from: 0x10_0000, to: data)
    test.bench.run(through: 500)
    #expect(test.errors == [.completerAbort])
  }

  /// Each request carries the time after which the endpoint gives it up (2.8).
  @Test func requestsCarryTheirTimeout() {
    var spec = DMASpec()
    spec.completionTimeout = .microseconds(7)
    let test = DMABench(spec)
    test.transfer(1_024, from: 0x10_0000, to: data)
    test.bench.run(through: 100)
    #expect(test.requests.map(\.timeout) == [.microseconds(7), .microseconds(7)])
  }

  /// A read may fail with part of its data: what came stays, and the tag is free again.
  @Test func aReadThatFailsInItsMiddleKeepsWhatCame() {
    let test = DMABench()
    test.answer = { _, _ in nil }
    test.transfer(512, from: 0x10_0000, to: data)
    let piece = pattern(256, from: 0x10_0000)
    test.data.send(
      ReadData(tag: 0, status: .successful, payload: piece, skip: 0, count: 256, isLast: false), at: 50)
    test.data.send(ReadData(tag: 0, failure: .timeout), at: 100)
    test.bench.run(through: 99)
    #expect(test.errors.isEmpty && test.state.activeTags == 1)
    test.bench.run(through: 200)
    #expect(test.errors == [.timeout] && test.state.activeTags == 0)
    #expect(test.ram.read(512, at: data) == piece + [UInt8](repeating: 0, count: 256))
  }

  /// Data of a tag that is not in use is counted and not stored.
  @Test(arguments: [0 as UInt16, 31, 32, .max])
  func dataOfAFreeTagIsDropped(tag: UInt16) {
    let test = DMABench()
    test.data.send(
      ReadData(tag: tag, status: .successful, payload: pattern(64), skip: 0, count: 64, isLast: true), at: 5)
    test.transfer(512, from: 0x10_0000, to: data, at: 20)
    test.bench.run(through: 100)
    #expect(test.errors == [.none] && test.state.unexpected == 1)
  }

  /// The engine works again after a failure.
  @Test func theNextTransferSucceeds() {
    let test = DMABench()
    test.answer = { index, _ in (10, index == 0 ? .timeout : .successful) }
    test.transfer(512, from: 0x10_0000, to: data)
    test.transfer(512, from: 0x10_0000, to: data, at: 400)
    test.bench.run(through: 800)
    #expect(test.errors == [.timeout, .none])
    #expect(test.ram.read(512, at: data) == pattern(512, from: 0x10_0000))
  }

  /// A stop asks for nothing more and waits for what is outstanding.
  @Test func abortDrains() {
    let test = DMABench()
    test.answer = { _, _ in (100, .successful) }
    test.transfer(64 << 10, from: 0x10_0000, to: data)
    test.abort(at: 10)
    test.bench.run(through: 60)
    let asked = test.requests.count
    #expect(asked < 32 && test.errors.isEmpty)
    test.bench.run(through: 1_000)
    #expect(test.requests.count == asked && test.errors == [.aborted])
    #expect(test.ram.read(512 * asked, at: data) == pattern(512 * asked, from: 0x10_0000))
    #expect(test.isUntouchedAround(data, 512 * asked))
  }

  @Test func abortBeforeTheFirstRequest() {
    var spec = DMASpec()
    spec.startCycles = 100
    let test = DMABench(spec)
    test.transfer(4_096, from: 0x10_0000, to: data)
    test.abort(at: 20)
    test.bench.run(through: 300)
    #expect(test.errors == [.aborted] && test.requests.isEmpty)
  }

  @Test func abortStopsAMove() {
    let test = DMABench()
    test.move(64 << 10, from: 0, to: data)
    test.abort(at: 100)
    test.bench.run(through: 300)
    #expect(test.errors == [.aborted])
    let moved = Int(test.state.bytesMoved)
    #expect(moved > 0 && moved < 8_192)
    #expect(test.ram.read(moved, at: data) == pattern(moved))
    #expect(test.isUntouchedAround(data, moved))
  }

  /// Nothing to stop: no result, and the next transfer is not harmed.
  @Test func abortOfAnIdleEngineDoesNothing() {
    let test = DMABench()
    test.abort(at: 0)
    test.transfer(64, from: 0x10_0000, to: data, at: 10)
    test.bench.run(through: 100)
    #expect(test.errors == [.none])
  }
}
