import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Host memory that answers wrongly on order: so many reads, and then right ones.
@Suite("2.3.2, 2.8 Wrong answers of host memory") struct RootComplexFaultTests {
  /// Reads of 300 bytes at 0x104, one every 100 cycles from 10 on, after `fault`.
  private func answers(_ fault: MemoryFault, reads: Int = 3) -> RootComplexBench {
    let test = RootComplexBench()
    test.cpu.send(HostRequest(.inject(fault)))
    for tag in 0..<reads { test.read(0x104, 300, tag: UInt16(tag), at: 10 + 100 * Cycle(tag)) }
    test.bench.run(through: 10 + 100 * Cycle(reads))
    return test
  }

  @Test(arguments: [
    (MemoryFault.Kind.unsupportedRequest, CompletionStatus.unsupportedRequest), (.completerAbort, .completerAbort),
  ])
  func injectsFailures(kind: MemoryFault.Kind, status: CompletionStatus) {
    let test = answers(MemoryFault(kind, count: 2))
    #expect(test.headers.map(\.status) == [status, status, .successful, .successful])
    #expect(test.headers.map(\.byteCount) == [300, 300, 300, 48] && test.headers.map(\.lowerAddress) == [4, 4, 4, 0])
    #expect(test.headers.map(\.tag) == [0, 1, 2, 2])
  }

  /// All the data of a read that is poisoned has EP set (2.7.2).
  @Test func injectsPoison() {
    let test = answers(MemoryFault(.poison, count: 1), reads: 2)
    #expect(test.headers.map(\.poisoned) == [true, true, false, false])
    #expect(test.payload == pattern(300, from: 0x104) + pattern(300, from: 0x104))
  }

  @Test func injectsSilence() {
    let test = answers(MemoryFault(.silence, count: 2))
    #expect(test.headers.map(\.tag) == [2, 2] && test.state.activeReads == 0)
  }

  /// The data is late by the delay, to the cycle.
  @Test(arguments: [(4_000 as Picoseconds, 1 as Cycle), (4_001, 2), (100_000, 25)])
  func injectsDelay(delay: Picoseconds, cycles: Cycle) {
    let test = answers(MemoryFault(.delay, count: 1, delay: delay), reads: 2)
    #expect(test.toDevice.cycles == [12 + cycles, 12 + cycles, 112, 112])
    #expect(test.headers.map(\.status) == [CompletionStatus](repeating: .successful, count: 4))
  }

  /// A completion that fits no request comes before the right one: its tag is one that requesters with tags of as many
  /// bits do not use (2.2.6.2).
  @Test(arguments: [(1, 0x3ff), (255, 0x3ff), (256, 0), (1_023, 255)] as [(UInt16, UInt16)])
  func injectsAnUnexpectedCompletion(tag: UInt16, other: UInt16) {
    let test = RootComplexBench()
    test.cpu.send(HostRequest(.inject(MemoryFault(.unexpected, count: 1))))
    for cycle: Cycle in [10, 20] { test.read(0, 4, tag: tag, at: cycle) }
    test.bench.run(through: 40)
    #expect(test.headers.map(\.tag) == [other, tag, tag])
    #expect(test.headers.map(\.requesterID) == [DeviceID](repeating: RootComplexBench.device, count: 3))
  }

  /// The payload is shorter than Length says: malformed for whoever gets it (2.2.2).
  @Test func injectsMalformedCompletions() {
    let test = answers(MemoryFault(.malformed, count: 1), reads: 2)
    // Only the others can be decoded.
    #expect(test.headers.map(\.tag) == [1, 1])
    #expect(test.toDevice.messages.map(\.payload.count) == [248, 44, 252, 48])
  }

  @Test func noAnswersAreWrongWhenNoneAreAskedFor() {
    let test = answers(MemoryFault(.silence, count: 0), reads: 1)
    #expect(test.headers.map(\.tag) == [0, 0] && test.state.injected == .none)
  }
}
