import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Commands that fail, and resets.
@Suite struct PeerErrorTests {
  /// The command ends with the first thing that went wrong, and the interrupt still comes; the next command works.
  @Test(arguments: [
    (PeerBench.Answer.failure(.unsupportedRequest), ReadStatus.unsupportedRequest),
    (.failure(.completerAbort), .completerAbort), (.poison, .poisoned), (.silence, .timeout),
  ])
  func aFailureEndsTheCommand(answer: PeerBench.Answer, status: ReadStatus) {
    var spec = PeerSpec()
    spec.completionTimeout = 1_000_000
    let test = PeerBench(spec)
    var served = 0
    test.answer = { _ in
      served += 1
      return served == 2 ? answer : .data
    }
    test.read(2_048, from: 0)
    test.read(2_048, from: 0)
    test.bench.run(through: 1_000)
    #expect(test.results.messages.map(\.status) == [status, .successful] && test.interrupts.count == 2)
    #expect(test.results.messages.last?.data == pattern(2_048))
  }

  /// A flush that fails is a failure of the write.
  @Test func aFailedFlushFailsTheWrite() {
    let test = PeerBench()
    test.answer = { _ in .failure(.unsupportedRequest) }
    test.write(pattern(512), to: 0, flush: true)
    test.bench.run(through: 300)
    #expect(test.results.messages.map(\.status) == [.unsupportedRequest] && test.interrupts.count == 1)
  }

  /// Of several failures the first one is told.
  @Test func theFirstFailureIsTold() {
    let test = PeerBench()
    var served = 0
    test.answer = { _ in
      served += 1
      return served == 2 ? .failure(.completerAbort) : served == 3 ? .failure(.unsupportedRequest) : .data
    }
    test.read(2_048, from: 0)
    test.bench.run(through: 300)
    #expect(test.results.messages.map(\.status) == [.completerAbort])
  }

  /// A peer has no BAR: nothing is read from it or written to it (2.3.1).
  @Test func hasNoMemory() {
    let test = PeerBench()
    test.rx.insert(.memoryRead(address: 0xe000_0000, length: 4, tag: 5, requester: PeerBench.host), at: 21)
    test.rx.insert(.memoryWrite(address: 0, data: [1, 2, 3, 4], requester: PeerBench.host), at: 21)
    test.bench.run(through: 40)
    #expect(test.tx.headers.last?.status == .unsupportedRequest && test.tx.headers.last?.tag == 5)
    #expect(test.peer.endpoint.state.pointer.pointee.refused == 2)
  }

  /// Without Bus Master Enable a peer waits (7.5.1.1.3).
  @Test func waitsForBusMasterEnable() {
    let test = PeerBench()
    test.configWrite(1, 0x2, at: PeerBench.start)
    test.write(pattern(512), to: 0, at: PeerBench.start + 5)
    test.configWrite(1, 0x6, at: 100)
    test.bench.run(through: 99)
    #expect(test.requests.isEmpty)
    test.bench.run(through: 200)
    #expect(test.requests.count == 2 && test.results.messages.map(\.status) == [.successful])
  }

  /// A function-level reset in the middle of a command ends it without a result; a new command, after the function was
  /// configured anew, works, and late answers to the old one do no harm (6.6.2).
  @Test(arguments: [24, 30, 45, 60] as [Cycle], [true, false])
  func aResetEndsTheCommand(cycle: Cycle, isRead: Bool) {
    let test = PeerBench()
    test.latency.least = 30
    if isRead {
      test.read(16_384, from: 0)
    } else {
      test.write([UInt8](repeating: 0xee, count: 16_384), to: 0, chunk: 1_024, flush: true)
    }
    test.configWrite(UInt16(ConfigSpace.deviceControlRegister), 0xa120, at: cycle)
    test.configure(deviceControl: 0x2120, at: 200)
    test.bench.run(through: 199)
    #expect(test.results.arrivals.isEmpty && test.interrupts.isEmpty)
    #expect(test.peer.engine.state.pointer.pointee.phase == .idle && test.peer.engine.pendingWork == nil)
    test.write(pattern(4_096, from: 7), to: 0x8000, flush: true, at: 210)
    test.read(4_096, from: 0x8000, at: 210)
    test.bench.run(through: 800)
    #expect(test.results.messages.map(\.status) == [.successful, .successful])
    #expect(test.results.messages.last?.data == pattern(4_096, from: 7) && test.interrupts.count == 2)
  }
}
