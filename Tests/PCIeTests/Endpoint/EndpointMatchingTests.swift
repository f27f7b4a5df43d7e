import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Completions that are not what was asked for, and reads whose data does not come (2.3.2, 2.8).
@Suite("2.3.2 Completion handling") struct EndpointMatchingTests {
  private static let memory: UInt64 = 0x1_0000_0000

  /// What is wrong with a completion of 512 bytes at `memory`, tag 0.
  enum Wrong: CaseIterable {
    case byteCount, lowerAddress, boundary, noData, tag, requester

    var completion: TLP {
      switch self {
      case .byteCount: EndpointBench.completion(memory, 508)
      case .lowerAddress: EndpointBench.completion(memory + 0x40, 512, count: 256)
      case .boundary: EndpointBench.completion(memory, 512, count: 100)
      case .noData:
        .completion(
          for: .memoryRead(address: memory, length: 512, tag: 0, requester: EndpointBench.function),
          status: .successful,
          completer: EndpointBench.host)
      case .tag: EndpointBench.completion(memory, 512, tag: 1, count: 256)
      case .requester:
        EndpointBench.completion(memory, 512, count: 256, requester: DeviceID(bus: 1, device: 0, function: 3))
      }
    }
  }

  /// An Unexpected Completion is dropped and noted, as an advisory error (2.3.2, 6.2.3.2.4.5); the read goes on.
  @Test(arguments: Wrong.allCases)
  func refusesWhatWasNotAskedFor(wrong: Wrong) {
    let test = EndpointBench()
    let start = test.configure(deviceControl: 0x2840, others: [EndpointBench.Register.correctableMask: 0])
    test.read(Self.memory, 512, at: start)
    test.rx.send(wrong.completion, at: start + 10)
    test.bench.run(through: 60)
    #expect(test.data.arrivals.isEmpty && test.state.activeReads == 1 && test.state.refused == 1)
    #expect(test.state.config.deviceStatus & 0xf == 0x1 && test.errors.correctableStatus == 0x2000)
    #expect(test.errors.uncorrectableStatus == bit(.unexpectedCompletion) && test.errors.errorControl & 0x1f == 16)
    let log = [test.errors.headerLog0, test.errors.headerLog1, test.errors.headerLog2, test.errors.headerLog3]
    #expect(log == (0..<4).map { wrong.completion.header.dwords[$0] })
    // The right one is still welcome.
    test.rx.send(EndpointBench.completion(Self.memory, 512), at: 61)
    test.bench.run(through: 80)
    #expect(test.data.messages.map(\.status) == [.successful] && test.data.messages.map(\.isLast) == [true])
  }

  /// Data that comes twice, or in the wrong order, is not what is next.
  @Test func partsComeInOrder() {
    let test = EndpointBench()
    let start = test.configure()
    test.read(Self.memory, 512, at: start)
    let first = EndpointBench.completion(Self.memory, 512, count: 256)
    let second = EndpointBench.completion(Self.memory, 512, from: 256)
    for part in [second, first, first, second] { test.rx.send(part, at: start + 10) }
    test.bench.run(through: 60)
    #expect(test.data.messages.flatMap(\.payload) == pattern(512) && test.state.refused == 2)
  }

  /// Completion timeout (2.8): the tag fails at its deadline and not before, whatever unexpected came in between; data
  /// that comes later is unexpected.
  @Test(arguments: [(100_000 as Picoseconds, 25 as Cycle), (100_001, 26), (103_999, 26), (104_000, 26)])
  func failsExactlyAtItsDeadline(timeout: Picoseconds, cycles: Cycle) {
    let test = EndpointBench()
    let start = test.configure()
    test.read(Self.memory, 512, tag: 5, timeout: timeout, at: start)
    test.rx.send(EndpointBench.completion(Self.memory, 512, tag: 5, from: 256), at: start + 5)
    test.rx.send(EndpointBench.completion(Self.memory, 512, tag: 5, count: 256), at: start + 10)
    test.rx.send(EndpointBench.completion(Self.memory, 512, tag: 5, from: 256), at: start + 60)
    // Sent at start + 1, when the endpoint sees it.
    let deadline = start + 1 + cycles
    test.bench.run(through: deadline - 1)
    #expect(test.errors.uncorrectableStatus == 0 && test.state.activeReads == 1)
    test.bench.run(through: deadline)
    #expect(test.errors.uncorrectableStatus == bit(.completionTimeout) && test.state.activeReads == 0)
    test.bench.run(through: 100)
    #expect(test.data.messages.map(\.status) == [.successful, .timeout])
    #expect(test.data.cycles.last == deadline + 1 && test.data.messages.last?.isLast == true)
    // The part out of order, and the late one.
    #expect(test.errors.correctableStatus == 0x2000 && test.state.refused == 2)
  }

  /// Data that is there at the edge of the deadline is in time; each read has a deadline of its own.
  @Test func eachReadHasItsDeadline() {
    let test = EndpointBench()
    let start = test.configure()
    for (tag, timeout) in [(0, 400_000), (1, 200_000), (2, 300_000)] as [(UInt16, Picoseconds)] {
      test.read(Self.memory, 64, tag: tag, timeout: timeout, at: start)
    }
    // Requests leave at start + 1, + 2, + 3: the last one fails at start + 3 + 75.
    test.rx.send(EndpointBench.completion(Self.memory, 64, tag: 2), at: start + 3 + 75 - 1)
    test.bench.run(through: 200)
    #expect(test.data.messages.map(\.tag) == [1, 2, 0])
    #expect(test.data.messages.map(\.status) == [.timeout, .successful, .timeout])
    #expect(test.data.cycles == [start + 2 + 50 + 1, start + 3 + 75 + 1, start + 1 + 100 + 1])
  }
}
