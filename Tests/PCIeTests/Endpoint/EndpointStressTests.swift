import Bench
import PCIeBench
import SimKernel
import TestSupport
import Testing

@testable import PCIe

/// Random traffic through all the ports of an endpoint, which take what they like.
@Suite struct EndpointStressTests {
  private let memory: UInt64 = 0x1_0000_0000

  private func run(seed: UInt64, skipsIdle: Bool) -> EndpointBench {
    var random = SeededRandom(state: seed)
    let room = EndpointBench.Room(target: 1 + random.below(3), data: 1 + random.below(3), tx: .init(each: 2))
    let test = EndpointBench(room: room)
    test.bench.simulation.skipsIdle = skipsIdle
    var cycle = test.configure(others: EndpointBench.msi)
    (test.data.perCycle, test.targetReads.perCycle, test.targetWrites.perCycle) = (1, 1, 1)
    test.tx.refusing = { FlowClassSet(rawValue: UInt8(truncatingIfNeeded: ($0 &* 0x9e37_79b9) >> 13) & 7) }
    test.tx.respond = { tlp, cycle in
      guard let header = try? tlp.decoded(), header.type == .memoryRead else { return }
      for part in CompletionSplitter(request: header, rcb: 64, maxPayload: 256) {
        test.rx.insert(
          EndpointBench.completion(
            header.firstByteAddress, header.requestedByteCount, tag: header.tag,
            from: Int(part.address - header.firstByteAddress), count: part.length), at: cycle + 20 + Cycle(header.tag))
      }
    }
    test.targetReads.respond = { request, cycle in
      test.completions.send(
        TargetCompletion(request: request.header, payload: pattern(4 * request.header.lengthDW)), at: cycle + 2)
    }
    for index in 0..<120 {
      let offset = UInt64(random.below(0xc00)), length = 1 + random.below(256)
      switch random.below(5) {
      case 0 where index < 32: test.read(memory + offset, 2 * length, tag: UInt16(index), at: cycle)
      case 1:
        test.rx.insert(
          .memoryRead(
            address: EndpointBench.barBase + offset, length: length, tag: UInt16(index), requester: EndpointBench.host),
          at: cycle)
      case 2:
        test.rx.insert(
          .memoryWrite(
            address: EndpointBench.barBase + offset, data: pattern(length), requester: EndpointBench.host), at: cycle)
      case 3: test.writes.send(WriteRequest(.data(address: memory + offset, bytes: pattern(length))), at: cycle)
      default: test.writes.send(WriteRequest(.interrupt(vector: 0)), at: cycle)
      }
      cycle += Cycle(random.below(8))
    }
    test.bench.run(through: 20_000)
    return test
  }

  /// Everything goes through, in the same cycles whether components sleep or not.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func nothingIsLost(seed: UInt64) {
    let test = run(seed: seed, skipsIdle: true), slow = run(seed: seed, skipsIdle: false)
    #expect(test.tx.cycles == slow.tx.cycles && test.tx.messages == slow.tx.messages)
    #expect(test.data.cycles == slow.data.cycles && test.targetReads.cycles == slow.targetReads.cycles)
    #expect(test.bench.simulation.pendingWork().isEmpty && test.state.activeReads == 0 && test.state.refused == 0)
    #expect(test.data.messages.allSatisfy { $0.status == .successful })
    let reads = test.answers.filter { $0.type == .memoryRead }
    #expect(test.data.messages.map(\.count).reduce(0, +) == reads.map(\.requestedByteCount).reduce(0, +))
    let asked = test.requests.map(\.header).filter { $0.type == .memoryRead }.map(\.requestedByteCount)
    let answered = test.answers.filter { $0.type == .completionData && CompletionMatcher.isFinal($0) }
    #expect(answered.count == asked.count)
  }
}
