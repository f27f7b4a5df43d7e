import Bench
import SimKernel
import Testing

@testable import Device

@Suite struct DeviceMemoryTests {
  /// A memory of 64 KiB at `base`, with so many clients; each has a probe at either end.
  private struct MemoryBench {
    let bench = Bench()
    let array = MemoryArray(bytes: 65_536)
    let requests: [Source<MemoryRequest>]
    let responses: [Sink<MemoryResponse>]
    let memory: DeviceMemory

    init(clients: Int = 1, base: Int = 0, responseRoom: Int = 64) {
      let bench = bench
      requests = (0..<clients).map { bench.source("requests\($0)", MemoryRequest.self) }
      responses = (0..<clients).map { bench.sink("responses\($0)", MemoryResponse.self, capacity: responseRoom) }
      memory = DeviceMemory(
        array: array, base: base, clock: bench.clock,
        clients: zip(requests, responses).map { .init(requests: $0.end, responses: $1.end) })
      bench.add(memory)
      array.write(pattern(65_536), at: 0)
    }
  }

  @Test(arguments: [1, 4, 7, 8, 32, 64])
  func readsAndWritesUpTo64Bytes(count: Int) {
    let test = MemoryBench()
    let new = [UInt8](repeating: 0xee, count: count)
    test.requests[0].send(.read(0x103, count))
    test.requests[0].send(write(0x103, new))
    test.requests[0].send(.read(0x103, count))
    test.bench.run(through: 20)
    #expect(test.responses[0].messages.map(\.bytes) == [pattern(count, from: 0x103), new])
    #expect(
      test.array.read(1, at: 0x102) + test.array.read(1, at: 0x103 + count)
        == pattern(1, from: 0x102) + pattern(1, from: 0x103 + count))
  }

  @Test func writesOnlyEnabledLanes() {
    let test = MemoryBench()
    var request = write(0x200, [UInt8](repeating: 0xee, count: 8))
    request.enable = 0b1010_0001
    test.requests[0].send(request)
    test.bench.run(through: 5)
    let old = pattern(8, from: 0x200)
    #expect(test.array.read(8, at: 0x200) == [0xee, old[1], old[2], old[3], old[4], 0xee, old[6], 0xee])
  }

  /// One access a cycle; clients that are waiting take turns, and those that are not lose nothing.
  @Test func clientsAreServedInTurn() {
    let test = MemoryBench(clients: 3)
    for client in 0..<3 {
      for _ in 0..<(client == 1 ? 2 : 4) { test.requests[client].send(.read(UInt32(client), 1)) }
    }
    test.bench.run(through: 30)
    // Seen at 1; client 1 is first, because client 0 counts as served last. Answers are seen one cycle later.
    #expect(test.responses[1].cycles == [2, 5])
    #expect(test.responses[2].cycles == [3, 6, 8, 10])
    #expect(test.responses[0].cycles == [4, 7, 9, 11])
  }

  /// A client without room for its answers does not hold up the others.
  @Test func aClientWithoutRoomIsPassedOver() {
    let test = MemoryBench(clients: 2, responseRoom: 1)
    test.responses[0].opensAt = 50
    for client in 0..<2 { for _ in 0..<3 { test.requests[client].send(.read(0, 4)) } }
    test.bench.run(through: 40)
    #expect(test.responses[0].arrivals.isEmpty && test.responses[1].arrivals.count == 3)
    test.bench.run(through: 80)
    #expect(test.responses[0].arrivals.count == 3)
  }

  /// Outside of the cells reads are zero and writes are lost: the BAR has holes.
  @Test(arguments: [0x1_0000, 0x0_fffd, 0x8_0000])
  func holesReadZero(address: Int) {
    let test = MemoryBench()
    test.requests[0].send(write(address, [1, 2, 3, 4]))
    test.requests[0].send(.read(UInt32(address), 4))
    test.bench.run(through: 10)
    #expect(test.responses[0].messages.map(\.bytes) == [[0, 0, 0, 0]])
    #expect(test.array.read(65_536, at: 0) == pattern(65_536))
  }

  @Test func belowTheBaseIsAHoleToo() {
    let test = MemoryBench(base: 0x80_0000)
    test.requests[0].send(.read(0x7f_fffc, 4))
    test.requests[0].send(.read(0x80_0000, 4))
    test.bench.run(through: 10)
    #expect(test.responses[0].messages.map(\.bytes) == [[0, 0, 0, 0], pattern(4)])
  }

  @Test func countsItsAccesses() {
    let test = MemoryBench()
    for _ in 0..<3 { test.requests[0].send(.read(0, 4)) }
    for _ in 0..<2 { test.requests[0].send(write(8, [1])) }
    test.bench.run(through: 20)
    let state = test.memory.state.pointer.pointee
    #expect(state.reads == 3 && state.writes == 2 && state.address == 8 && state.writing)
  }
}
