import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// What a peer moves, and in which packets.
@Suite struct PeerTests {
  private let base = PeerBench.memoryBase

  /// At most MPS each, none across 4 KiB, and the interrupt behind the data (2.2.7, 2.4.1).
  @Test(arguments: [128, 256])
  func writesInPacketsOfMPS(maxPayload: Int) {
    let test = PeerBench(maxPayload: maxPayload)
    test.write(pattern(700), to: 0xf40)
    test.bench.run(through: 200)
    #expect(test.requests.allSatisfy { $0.type == .memoryWrite && 4 * $0.lengthDW <= maxPayload })
    #expect(test.requests.allSatisfy { Int($0.address & 0xfff) + 4 * $0.lengthDW <= 4_096 })
    #expect(Array(test.memory[0xf40..<0xf40 + 700]) == pattern(700))
    #expect(test.tx.headers.last?.address == PeerBench.msiAddress)
    #expect(test.tx.messages.last?.payload == [0x50, 0, 0, 0])
    #expect(test.results.messages.map(\.status) == [.successful])
  }

  /// At most MRRS each, none across 4 KiB; tags 0 and up (2.2.7).
  @Test(arguments: [128, 512])
  func readsInRequestsOfMRRS(maxReadRequest: Int) {
    let test = PeerBench(maxReadRequest: maxReadRequest)
    test.read(1_500, from: 0xe45)
    test.bench.run(through: 300)
    #expect(test.requests.allSatisfy { $0.type == .memoryRead && 4 * $0.lengthDW <= maxReadRequest })
    #expect(test.requests.allSatisfy { Int($0.address & 0xfff) + 4 * $0.lengthDW <= 4_096 })
    #expect(test.requests.map(\.requestedByteCount).reduce(0, +) == 1_500)
    #expect(test.results.messages.map(\.status) == [.successful])
    #expect(test.results.messages.map(\.data) == [pattern(1_500, from: 0xe45)] && test.interrupts.count == 1)
  }

  @Test func unalignedDataKeepsItsBytes() {
    let test = PeerBench()
    test.write([1, 2, 3], to: 3)
    test.bench.run(through: 60)
    let header = test.requests[0]
    #expect(header.firstBE == 0b1000 && header.lastBE == 0b0011)
    #expect(Array(test.memory[2..<7]) == [pattern(3)[2], 1, 2, 3, pattern(7)[6]])
  }

  @Test func commandsRunOneAfterTheOther() {
    let test = PeerBench()
    test.write([1, 2, 3, 4], to: 0)
    test.write([5, 6, 7, 8], to: 0x1000)
    test.bench.run(through: 200)
    let addresses = test.tx.headers.filter { $0.type == .memoryWrite }.map(\.address)
    #expect(addresses == [base, PeerBench.msiAddress, base + 0x1000, PeerBench.msiAddress])
  }

  /// A command of no bytes only reports its end.
  @Test func aCommandMayBeEmpty() {
    let test = PeerBench()
    test.write([], to: 0)
    test.read(0, from: 0)
    test.bench.run(through: 100)
    #expect(test.requests.isEmpty && test.interrupts.count == 2 && test.records.isEmpty)
    #expect(test.results.messages.map(\.status) == [.successful, .successful])
  }

  @Test func waitsForTheLink() {
    let test = PeerBench(room: .init(posted: 2, nonPosted: 2, completion: 64))
    test.tx.opensAt = 100
    test.write(pattern(2_048), to: 0)
    test.bench.run(through: 300)
    #expect(Array(test.memory[..<2_048]) == pattern(2_048) && test.interrupts.count == 1)
  }

  /// A transfer of several chunks goes on chunk by chunk; the last one is shorter.
  @Test func movesInChunks() {
    let test = PeerBench()
    test.write(pattern(2_500), to: 0, chunk: 1_024)
    test.read(2_500, from: 0x2010, chunk: 1_024)
    test.bench.run(through: 500)
    #expect(test.records.map(\.bytes) == [1_024, 1_024, 452, 1_024, 1_024, 452])
    #expect(test.records.map(\.isRead) == [false, false, false, true, true, true])
    #expect(test.results.messages.map(\.data) == [[], pattern(2_500, from: 0x2010)])
  }

  /// Behind each chunk a zero-length read pushes the writes ahead; its answer says that the chunk has arrived (2.2.5).
  /// It does not matter where in a dword the chunk ends.
  @Test(arguments: [512, 511, 510, 509])
  func flushesBehindEachChunk(chunk: Int) {
    let test = PeerBench()
    test.write(pattern(2 * chunk), to: 0, chunk: chunk, flush: true)
    test.bench.run(through: 300)
    let reads = test.requests.filter { $0.type == .memoryRead }
    #expect(reads.map(\.firstBE) == [0, 0] && reads.map(\.lengthDW) == [1, 1])
    #expect(reads.map(\.address) == [1, 2].map { base + UInt64($0 * chunk - 1) & ~3 })
    #expect(test.requests.map { $0.type == .memoryRead }.last == true)
    #expect(test.results.messages.map(\.status) == [.successful] && test.records.map(\.bytes) == [chunk, chunk])
    #expect(Array(test.memory[..<(2 * chunk)]) == pattern(2 * chunk))
    // The interrupt comes behind the last answer.
    #expect(test.interrupts[0].cycle > test.requestCycles.last! + test.latency.least)
  }

  /// With all places taken by chunks that wait for answers, nothing is sent twice.
  @Test(arguments: [1, 2, 3])
  func aFullQueueWaits(depth: Int) {
    var spec = PeerSpec()
    spec.queueDepth = depth
    for isRead in [true, false] {
      let test = PeerBench(spec)
      test.latency.least = 100
      if isRead {
        test.read(4_096, from: 0, chunk: 512)
      } else {
        test.write(pattern(4_096), to: 0, chunk: 512, flush: true)
      }
      test.bench.run(through: 2_000)
      let reads = test.requests.filter { $0.type == .memoryRead }
      #expect(reads.count == 8 && test.results.messages.map(\.status) == [.successful])
      #expect(test.records.map(\.bytes) == [Int](repeating: 512, count: 8) && test.interrupts.count == 1)
      if isRead { #expect(test.results.messages[0].data == pattern(4_096)) }
    }
  }

  /// The records of a report: from the turn of a chunk to its last byte read, its flush answered, or its last packet
  /// sent.
  @Test func recordsTellWhenChunksWereMoved() {
    var spec = PeerSpec()
    (spec.startCycles, spec.queueDepth) = (10, 2)
    let start = PeerBench.start + 1 + 10
    func records(_ command: (PeerBench) -> Void) -> [[Cycle]] {
      let test = PeerBench(spec)
      command(test)
      test.bench.run(through: 300)
      return test.records.map { [$0.start / 4_000 - start, $0.end / 4_000 - start] }
    }
    // Two packets each, one a cycle; the third chunk has its turn in the cycle after the first one is sent.
    #expect(records { $0.write(pattern(1_536), to: 0, chunk: 512) } == [[0, 1], [0, 3], [2, 5]])
    // A request is at the host two cycles later, answered 10 cycles later, at the endpoint one and at the engine two
    // more.
    #expect(records { $0.read(1_024, from: 0, chunk: 512) } == [[0, 15], [0, 16]])
    // The flush: behind two packets, and the cycles that the endpoint takes to send them.
    let flushed = records { $0.write(pattern(512), to: 0, chunk: 512, flush: true) }
    #expect(flushed.count == 1 && flushed[0][0] == 0 && flushed[0][1] > 15 && flushed[0][1] < 25)
  }
}
