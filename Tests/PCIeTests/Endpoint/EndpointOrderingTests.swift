import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// A class that is stuck does not stop the others, where the ordering table lets them pass (2.4.1).
@Suite struct EndpointOrderingTests {
  private let base = EndpointBench.barBase
  private let memory: UInt64 = 0x1_0000_0000

  /// One place for each class on the way to the link.
  private func bench(refuses: FlowClassSet) -> (EndpointBench, start: Cycle) {
    let test = EndpointBench(room: .init(tx: .init(each: 1)))
    let start = test.configure()
    test.tx.refuses = refuses
    return (test, start)
  }

  /// Three packets of each class, and how many of each were sent.
  private func send(_ test: EndpointBench, at start: Cycle) -> [Int] {
    let request = TLPHeader.memoryRead(address: base, length: 4, tag: 1, requester: EndpointBench.host)
    let before = sent(test)
    for tag: UInt16 in 0..<3 {
      test.read(memory, 64, tag: tag, at: start)
      test.writes.send(WriteRequest(.data(address: memory, bytes: [1, 2, 3, 4])), at: start)
      test.completions.send(TargetCompletion(request: request, payload: pattern(4)), at: start)
    }
    test.bench.run(through: start + 40)
    return zip(sent(test), before).map { $0 - $1 }
  }

  private func sent(_ test: EndpointBench) -> [Int] {
    [test.tx.end.posted, test.tx.end.nonPosted, test.tx.end.completion].map { Int($0.sent) }
  }

  /// A3, D3: posted requests and completions pass stuck non-posted ones.
  @Test func stuckNonPostedRequestsStopNothing() {
    let (test, start) = bench(refuses: .nonPosted)
    #expect(send(test, at: start) == [3, 1, 3])
    test.tx.refuses = []
    test.bench.run(through: start + 80)
    #expect(test.answers.filter { $0.type == .memoryRead }.map(\.tag) == [0, 1, 2])
  }

  @Test func stuckCompletionsStopNothing() {
    let (test, start) = bench(refuses: .completion)
    #expect(send(test, at: start) == [3, 3, 1])
  }

  /// Whether later packets may pass is judged where the stuck ones lie: the function goes on to send.
  @Test func stuckPostedRequestsStopNothingInside() {
    let (test, start) = bench(refuses: .posted)
    let counts = send(test, at: start)
    #expect(counts[0] == 1 && counts[1] >= 1 && counts[2] >= 1)
    test.tx.refuses = []
    test.bench.run(through: start + 80)
    #expect(test.answers.count == 9)
  }

  /// Completions for which the client has no room wait; requests from above go on (2.4.1 A3, B3: they may pass).
  @Test func completionsWaitForTheClient() {
    let test = EndpointBench(room: .init(data: 1))
    let start = test.configure()
    test.data.opensAt = 80
    for tag: UInt16 in 0..<3 { test.read(memory, 64, tag: tag, at: start) }
    for tag: UInt16 in 0..<3 { test.rx.send(EndpointBench.completion(memory, 64, tag: tag), at: start + 10) }
    test.rx.send(.memoryWrite(address: base, data: [1, 2, 3, 4], requester: EndpointBench.host), at: start + 11)
    test.rx.send(.memoryRead(address: base, length: 4, tag: 1, requester: EndpointBench.host), at: start + 11)
    test.configRead(0, at: start + 12)
    test.bench.run(through: 70)
    #expect(test.requests.map(\.header.type) == [.memoryWrite, .memoryRead])
    #expect(test.answers.map(\.type) == [.memoryRead, .memoryRead, .memoryRead, .completionData])
    #expect(test.state.activeReads == 2)
    test.bench.run(through: 100)
    #expect(test.data.messages.map(\.tag) == [0, 1, 2])
  }

  /// A read behind stuck writes must not pass them (B2a); a configuration request neither. One with Relaxed Ordering is
  /// no exception: it carries no data (B2b is for ID-based Ordering).
  @Test func requestsStayBehindStuckWrites() {
    let test = EndpointBench(room: .init(target: 1))
    let start = test.configure()
    test.targetWrites.opensAt = 60
    for _ in 0..<2 {
      test.rx.send(.memoryWrite(address: base, data: [1, 2, 3, 4], requester: EndpointBench.host), at: start)
    }
    var read = TLPHeader.memoryRead(address: base, length: 4, tag: 1, requester: EndpointBench.host)
    read.attributes = .relaxedOrdering
    test.rx.send(TLP(read), at: start)
    test.configRead(0, at: start)
    test.bench.run(through: 59)
    #expect(test.targetReads.arrivals.isEmpty && test.answers.isEmpty)
    test.bench.run(through: 80)
    #expect(test.requests.map(\.header.type) == [.memoryWrite, .memoryWrite, .memoryRead] && test.answers.count == 1)
  }

  /// Reads of the BAR that find no room do not stop writes (A3).
  @Test func writesPassStuckReads() {
    let test = EndpointBench(room: .init(target: 1))
    let start = test.configure()
    test.targetReads.opensAt = 60
    for tag: UInt16 in 0..<3 {
      test.rx.send(.memoryRead(address: base, length: 4, tag: tag, requester: EndpointBench.host), at: start)
      test.rx.send(.memoryWrite(address: base, data: [1, 2, 3, 4], requester: EndpointBench.host), at: start)
    }
    test.bench.run(through: 50)
    #expect(test.targetWrites.arrivals.count == 3 && test.targetReads.arrivals.isEmpty)
    test.bench.run(through: 80)
    #expect(test.targetReads.messages.map(\.header.tag) == [0, 1, 2])
  }
}
