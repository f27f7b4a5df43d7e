import Bench
import PCIe
import SimKernel
import Testing

@testable import Device

/// Several transfers at a time.
@Suite struct DMAChannelTests {
  private let data = DeviceMap.data
  private let first: UInt64 = 0x10_0000, second: UInt64 = 0x20_0000

  private func bench(channels: Int = 2, _ arbitration: DMAArbitration = .inOrder) -> DMABench {
    var spec = DMASpec()
    spec.channels = channels
    spec.arbitration = arbitration
    return DMABench(spec)
  }

  // MARK: arbitration

  /// `in_order`: all requests of the older transfer, then those of the younger one, without waiting for its data.
  @Test func theOlderTransferAsksFirst() {
    let test = bench()
    test.answer = { _, _ in (400, .successful) }
    test.transfer(1_536, from: first, to: data)
    test.transfer(1_024, from: second, to: data + 0x1_0000)
    test.bench.run(through: 100)
    #expect(test.requests.map(\.address) == [first, first + 512, first + 1_024, second, second + 512])
    #expect(test.reads.cycles == [6, 7, 8, 9, 10])
  }

  /// `round_robin`: one request of each in turn, as long as both have some.
  @Test func transfersTakeTurns() {
    let test = bench(.roundRobin)
    test.answer = { _, _ in (400, .successful) }
    test.transfer(2_048, from: first, to: data)
    test.transfer(1_024, from: second, to: data + 0x1_0000)
    test.bench.run(through: 100)
    #expect(
      test.requests.map(\.address) == [first, second, first + 512, second + 512, first + 1_024, first + 1_536])
  }

  /// With one channel a transfer waits for the one before it.
  @Test func oneChannelDoesOneTransferAfterTheOther() {
    let test = bench(channels: 1)
    for source in [first, second] { test.transfer(512, from: source, to: data) }
    test.bench.run(through: 400)
    #expect(test.errors == [.none, .none])
    #expect(test.reads.cycles[1] > test.results.cycles[0] - 2)
  }

  @Test(arguments: [1, 2, 3, 8])
  func asManyTransfersAsThereAreChannels(channels: Int) {
    let test = bench(channels: channels)
    test.answer = { _, _ in (500, .successful) }
    for i in 0..<9 { test.transfer(512, from: first + 512 * UInt64(i), to: data + 512 * i) }
    test.bench.run(through: 400)
    #expect(test.requests.count == channels && Int(test.state.transfers) == channels)
    test.bench.run(through: 8_000)
    #expect(test.errors == Array(repeating: .none, count: 9))
    #expect(test.engine.records.map(\.channel) == (0..<9).map { $0 % channels })
    #expect(test.ram.read(9 * 512, at: data) == pattern(9 * 512, from: Int(first)))
  }

  // MARK: results

  /// Results come in the order of the commands, also when the younger transfer is done long before.
  @Test func resultsKeepTheOrderOfTheCommands() {
    let test = bench()
    test.answer = { _, request in request.address < 0x20_0000 ? (300, .successful) : (10, .completerAbort) }
    test.transfer(512, from: first, to: data)
    test.transfer(512, from: second, to: data)
    test.bench.run(through: 200)
    #expect(test.results.arrivals.isEmpty && test.channels.map(\.phase) == [.reading, .finishing])
    test.bench.run(through: 500)
    #expect(test.errors == [.none, .completerAbort])
    #expect(test.results.cycles[1] == test.results.cycles[0] + 1)
  }

  /// A failure is that of its transfer only.
  @Test func aFailureLeavesTheOtherTransferAlone() {
    let test = bench(.roundRobin)
    test.answer = { _, request in (20, request.address == self.first + 512 ? .unsupportedRequest : .successful) }
    test.transfer(4_096, from: first, to: data)
    test.transfer(4_096, from: second, to: data + 0x1_0000)
    test.bench.run(through: 2_000)
    #expect(test.errors == [.unsupportedRequest, .none])
    #expect(test.ram.read(4_096, at: data + 0x1_0000) == pattern(4_096, from: Int(second)))
    #expect(test.state.activeTags == 0 && test.channels.allSatisfy { $0.outstanding == 0 })
  }

  /// A result means that RAM holds every byte of its transfer; it does not wait for the writes of another one.
  @Test func aResultDoesNotWaitForTheOtherTransfer() throws {
    let test = bench()
    for cycle in 0..<2_000 { test.rival.send(.write(0x20_0000, UInt32(cycle))) }
    test.transfer(64, from: first, to: data)
    test.transfer(16_384, from: second, to: data + 0x1_0000)
    var seen: [[UInt8]] = []
    test.results.respond = { _, _ in seen.append(test.ram.read(64, at: DeviceMap.data)) }
    test.bench.run(through: 4_000)
    #expect(seen.first == pattern(64, from: Int(first)))
    // Behind the result of the first transfer nearly all of the second is still to come, one write every two cycles.
    #expect(try #require(test.results.cycles.last) > test.results.cycles[0] + 900)
    #expect(test.ram.read(16_384, at: data + 0x1_0000) == pattern(16_384, from: Int(second)))
  }

  /// Whatever comes when, each byte of each transfer lands at its place.
  @Test(arguments: [DMAArbitration.inOrder, .roundRobin], [2, 4])
  func dataOfSeveralTransfersLandsRight(arbitration: DMAArbitration, channels: Int) {
    let test = bench(channels: channels, arbitration)
    test.answer = { index, _ in (Cycle(10 + (index * 37) % 61 * 5), .successful) }
    for i in 0..<6 { test.transfer(3_000 + i, from: first + UInt64(5_001 * i), to: data + 64 + 4_003 * i) }
    test.bench.run(through: 8_000)
    #expect(test.errors == Array(repeating: .none, count: 6))
    for i in 0..<6 {
      #expect(test.ram.read(3_000 + i, at: data + 64 + 4_003 * i) == pattern(3_000 + i, from: Int(first) + 5_001 * i))
      #expect(test.isUntouchedAround(data + 64 + 4_003 * i, 3_000 + i))
    }
  }

  /// The window is read while host memory is; the two share the way to RAM in turn.
  @Test func readsAndMovesShareTheWayToRAM() {
    let test = bench(channels: 3)
    test.move(4_096, from: 0, to: data)
    test.transfer(4_096, from: first, to: data + 0x1_0000)
    test.move(4_096, from: 8_192, to: data + 0x2_0000)
    test.bench.run(through: 1_000)
    #expect(test.errors == [.none, .none, .none])
    #expect(test.ram.read(4_096, at: data) == pattern(4_096))
    #expect(test.ram.read(4_096, at: data + 0x1_0000) == pattern(4_096, from: Int(first)))
    #expect(test.ram.read(4_096, at: data + 0x2_0000) == pattern(4_096, from: 8_192))
    // 384 writes of 32 bytes, nearly one each cycle.
    #expect(test.state.writes == 384 && test.results.cycles[2] < 440)
  }

  /// A stop ends all transfers, and the results say so in order.
  @Test func abortEndsAllTransfers() {
    let test = bench()
    test.answer = { _, _ in (100, .successful) }
    test.transfer(64 << 10, from: first, to: data)
    test.transfer(64 << 10, from: second, to: data + 0x2_0000)
    test.abort(at: 10)
    test.bench.run(through: 1_000)
    #expect(test.errors == [.aborted, .aborted])
    #expect(test.requests.count < 12 && test.state.activeTags == 0)
  }
}
