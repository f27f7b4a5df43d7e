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
    let core: CoreAccessRecord

    init(_ spec: MemorySpec = MemorySpec(), clients: Int = 1, base: Int = 0, responseRoom: Int = 64) {
      let bench = bench
      core = CoreAccessRecord(clock: bench.clock)
      requests = (0..<clients).map { bench.source("requests\($0)", MemoryRequest.self) }
      responses = (0..<clients).map { bench.sink("responses\($0)", MemoryResponse.self, capacity: responseRoom) }
      memory = DeviceMemory(
        spec, array: array, base: base, clock: bench.clock,
        clients: zip(requests, responses).map { .init(requests: $0.end, responses: $1.end) },
        core: spec.banks > 0 ? core : nil)
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

  // MARK: bursts

  /// Exactly `burst_length` accesses of one client in a row while another one waits.
  @Test(arguments: [1, 2, 3, 7, 64])
  func aBurstIsAsLongAsTheSpecSays(length: Int) {
    var spec = MemorySpec()
    spec.burstLength = length
    let test = MemoryBench(spec, clients: 2, responseRoom: 256)
    for client in 0..<2 { for _ in 0..<130 { test.requests[client].send(.read(0, 4)) } }
    test.bench.run(through: 2 + 3 * Cycle(length))
    let served = (0..<2).flatMap { client in test.responses[client].cycles.map { (cycle: $0, client: client) } }
    #expect(
      served.sorted { $0.cycle < $1.cycle }.map(\.client).prefix(3 * length).elementsEqual(
        [1, 0, 1].flatMap { Array(repeating: $0, count: length) }))
  }

  /// A client that has nothing more to ask ends its burst, and a client that is alone is never held up.
  @Test func aBurstEndsWithItsRequests() {
    var spec = MemorySpec()
    spec.burstLength = 8
    let test = MemoryBench(spec, clients: 2)
    for _ in 0..<3 { test.requests[1].send(.read(0, 4)) }
    for _ in 0..<20 { test.requests[0].send(.read(0, 4)) }
    test.bench.run(through: 40)
    #expect(test.responses[1].cycles == [2, 3, 4])
    #expect(test.responses[0].cycles == (5..<25).map { Cycle($0) })
  }

  // MARK: banks

  /// Plays the core: notes accesses at given cycles.
  private final class Core: Component {
    let clock: Clock
    let state = FlipFlops(NoState())
    let ports: [any PortEnd] = []
    private let record: CoreAccessRecord
    private let accesses: [Cycle: (address: UInt64, size: Int)]

    init(_ clock: Clock, _ record: CoreAccessRecord, _ accesses: [Cycle: (address: UInt64, size: Int)]) {
      self.clock = clock
      self.record = record
      self.accesses = accesses
    }

    func tick(_ now: Cycle) -> Wake {
      if let access = accesses[now] { CoreAccessRecord.note(record.pointer, access.address, access.size) }
      return .next
    }
  }

  /// A memory whose client reads `address` at cycle 10, with a core that accesses `core` at `cycle`: the cycle in which the
  /// client is served.
  private func served(_ banks: Int, _ address: UInt32, core: UInt64, size: Int = 4, at cycle: Cycle) -> Cycle? {
    var spec = MemorySpec()
    spec.banks = banks
    let test = MemoryBench(spec)
    test.bench.add(Core(test.bench.clock, test.core, [cycle: (core, size)]), as: "core")
    test.requests[0].send(.read(address, 4), at: 9)
    test.bench.run(through: 30)
    guard let answered = test.responses[0].cycles.first else { return nil }
    #expect(test.memory.state.pointer.pointee.conflicts == (answered == 12 ? 1 : 0))
    return answered - 1
  }

  /// An access to the bank at which the core was in the cycle before waits one cycle; earlier or later ones do not matter.
  @Test(arguments: [(8, 10), (9, 11), (10, 10), (11, 10)] as [(Cycle, Cycle)])
  func anAccessToTheCoresBankWaitsOneCycle(core: Cycle, expected: Cycle) {
    #expect(served(4, 0x108, core: 0x100, at: core) == expected)
  }

  /// Banks are interleaved by the data path, 32 bytes.
  @Test(
    arguments: [
      (4, 0x100, 4, true), (4, 0x11f, 1, true), (4, 0x120, 4, false), (4, 0xff, 1, false), (4, 0x180, 4, true),
      (4, 0x3f00, 4, true), (1, 0x1e0, 4, true), (64, 0x180, 4, false), (64, 0x900, 4, true),
      // An access that lies in two banks takes both.
      (4, 0xfc, 8, true), (4, 0xf8, 8, false), (4, 0x11c, 8, true),
    ] as [(Int, UInt64, Int, Bool)])
  func banksAreInterleaved(banks: Int, core: UInt64, size: Int, conflicts: Bool) {
    #expect(served(banks, 0x100, core: core, size: size, at: 9) == (conflicts ? 11 : 10))
  }

  /// The stack and the program's own data are no part of device RAM.
  @Test func otherMemoriesOfTheCoreDoNotMatter() {
    #expect(served(1, 0x100, core: CoreMemory.stackBase, at: 9) == 10)
    #expect(served(1, 0x100, core: CoreMemory.programBase, at: 9) == 10)
  }

  /// The core comes first as long as it goes on; a client for another bank is served meanwhile.
  @Test func theCoreHasPriority() {
    var spec = MemorySpec()
    spec.banks = 2
    let test = MemoryBench(spec, clients: 2)
    let accesses = Dictionary(uniqueKeysWithValues: (Cycle(9)..<20).map { ($0, (address: UInt64(0x40), size: 8)) })
    test.bench.add(Core(test.bench.clock, test.core, accesses), as: "core")
    test.requests[0].send(.read(0x40, 4), at: 9)
    test.requests[1].send(.read(0x60, 4), at: 12)
    test.bench.run(through: 40)
    // Core accesses at 9 to 19 take bank 0 from 10 to 20; at 13 the other client is served, and nobody asks for bank 0.
    #expect(test.responses[0].cycles == [22] && test.responses[1].cycles == [14])
    #expect(test.memory.state.pointer.pointee.conflicts == 10)
  }

  /// Without banks the core has a port of its own.
  @Test func twoPortsDoNotMeet() {
    #expect(served(0, 0x100, core: 0x100, at: 9) == 10)
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
