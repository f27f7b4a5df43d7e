import Bench
import SimKernel
import Testing

@testable import Device
@testable import PCIe

/// The decoder with probes for the endpoint and for the three targets, which answer reads with `pattern`.
private final class DecoderBench {
  let bench = Bench()
  let writes: Source<TargetRequest>
  let reads: Source<TargetRequest>
  let completions: Sink<TargetCompletion>
  /// By `BARTarget.rawValue`.
  let accesses: [Sink<MemoryRequest>]

  /// The place of the next request among all.
  private var order: UInt32

  init(dataPath: Int = 32, readDelay: Cycle = 3, completionRoom: Int = 64, firstOrder: UInt32 = 0) {
    let bench = bench
    order = firstOrder
    writes = bench.source("writes", TargetRequest.self)
    reads = bench.source("reads", TargetRequest.self)
    completions = bench.sink("completions", TargetCompletion.self, capacity: completionRoom)
    accesses = BARTarget.allCases.map { bench.sink("\($0).requests", MemoryRequest.self) }
    let answers = BARTarget.allCases.map { bench.source("\($0).responses", MemoryResponse.self) }
    for (access, answer) in zip(accesses, answers) {
      access.respond = { request, now in
        guard request.kind == .read else { return }
        var response = MemoryResponse(count: request.count)
        for i in 0..<Int(request.count) { response.data[i] = pattern(1, from: Int(request.address) + i)[0] }
        answer.send(response, at: now + readDelay)
      }
    }
    func target(_ index: Int) -> BARDecoder.Target {
      .init(requests: accesses[index].end, responses: answers[index].end)
    }
    bench.add(
      BARDecoder(
        dataPath: dataPath, clock: bench.clock, writes: writes.end, reads: reads.end, completions: completions.end,
        registers: target(0), ram: target(1), p2pWindow: target(2)))
  }

  func write(_ offset: Int, _ bytes: [UInt8], at cycle: Cycle = 0) {
    let tlp = TLP.memoryWrite(address: UInt64(offset), data: bytes, requester: DeviceID(rawValue: 0))
    write(try! tlp.decoded(), offset & ~3, tlp.payload, at: cycle)
  }

  func write(_ header: TLPHeader, _ offset: Int, _ payload: [UInt8], at cycle: Cycle = 0) {
    writes.send(TargetRequest(header: header, offset: UInt32(offset), payload: payload, order: order), at: cycle)
    order &+= 1
  }

  func read(_ offset: Int, _ length: Int, at cycle: Cycle = 0) {
    let header = TLPHeader.memoryRead(
      address: UInt64(offset), length: length, tag: 1, requester: DeviceID(rawValue: 0))
    reads.send(TargetRequest(header: header, offset: UInt32(offset & ~3), payload: [], order: order), at: cycle)
    order &+= 1
  }
}

@Suite struct BARDecoderTests {
  /// The first and the last dword of each part of the BAR.
  @Test(arguments: [
    (0x00_0000, BARTarget.registers), (0x0f_fffc, .registers), (0x10_0000, .ram), (0x7f_fffc, .ram),
    (0x80_0000, .p2pWindow), (0xff_fffc, .p2pWindow),
  ])
  func routesByAddress(offset: Int, target: BARTarget) {
    let test = DecoderBench()
    test.write(offset, [1, 2, 3, 4])
    test.read(offset, 4)
    test.bench.run(through: 40)
    for other in BARTarget.allCases {
      #expect(test.accesses[Int(other.rawValue)].arrivals.count == (other == target ? 2 : 0))
    }
    #expect(test.completions.messages.map(\.payload) == [pattern(4, from: offset)])
  }

  /// Accesses stay within one aligned block of the data path.
  @Test(arguments: [8, 16, 32, 64])
  func splitsByTheDataPath(dataPath: Int) {
    let test = DecoderBench(dataPath: dataPath)
    test.write(0x40_0014, pattern(200))
    test.bench.run(through: 100)
    let accesses = test.accesses[1].messages
    for access in accesses {
      #expect(Int(access.address) / dataPath == (Int(access.address) + Int(access.count) - 1) / dataPath)
    }
    #expect(accesses.map { Int($0.count) }.reduce(0, +) == 200)
    #expect(accesses.count == (0x14 % dataPath + 200 + dataPath - 1) / dataPath)
    #expect(accesses.flatMap { access in (0..<Int(access.count)).map { access.data[$0] } } == pattern(200))
  }

  /// Byte enables of the first and last dword reach the lanes that they belong to, in whatever access those are.
  @Test(arguments: [(0, 1), (1, 2), (3, 1), (3, 2), (2, 9), (1, 70), (3, 128)])
  func byteEnablesReachTheirLanes(shift: Int, length: Int) {
    for dataPath in [8, 32, 64] {
      let test = DecoderBench(dataPath: dataPath)
      test.write(0x40_001c + shift, [UInt8](repeating: 1, count: length))
      test.bench.run(through: 100)
      var written: [Int] = []
      for access in test.accesses[1].messages {
        for lane in 0..<Int(access.count) where access.enable >> UInt64(lane) & 1 != 0 {
          written.append(Int(access.address) + lane)
        }
      }
      #expect(written == Array(0x40_001c + shift..<0x40_001c + shift + length))
    }
  }

  /// Enables with gaps (legal for one dword, and for two in a quadword: 2.2.5).
  @Test func gapsInTheEnablesAreKept() {
    let test = DecoderBench()
    var header = TLPHeader.memoryWrite(address: 0x40_0008, length: 8, requester: DeviceID(rawValue: 0))
    (header.firstBE, header.lastBE) = (0b1001, 0b0110)
    test.write(header, 0x40_0008, pattern(8))
    test.bench.run(through: 10)
    #expect(test.accesses[1].messages.map { $0.enable & 0xff } == [0b0110_1001])
  }

  /// A read longer than the data path comes back whole, from its first dword on.
  @Test(arguments: [(0x40_0000, 4_096), (0x40_0ffc, 4), (0x80_0014, 300), (0x10_003d, 9)])
  func readsAcrossBeats(offset: Int, length: Int) {
    for dataPath in [8, 64] {
      let test = DecoderBench(dataPath: dataPath)
      test.read(offset, length)
      test.bench.run(through: 2_000)
      let dwords = ((offset & 3) + length + 3) / 4
      #expect(test.completions.messages.map(\.payload) == [pattern(4 * dwords, from: offset & ~3)])
    }
  }

  /// Reads of many beats take one cycle a beat when the memory does.
  @Test func readsArePipelined() {
    let test = DecoderBench(dataPath: 32)
    test.read(0x40_0000, 1_024)
    test.bench.run(through: 200)
    #expect(test.accesses[1].cycles == (0..<32).map { Cycle(2 + $0) })
  }

  /// One request after the other in the order of their arrival, also where its number wraps: a read begins when the write
  /// before it has been passed on.
  @Test(arguments: [0, .max, .max - 1] as [UInt32])
  func requestsStayInOrder(firstOrder: UInt32) {
    let test = DecoderBench(firstOrder: firstOrder)
    test.write(0x40_0000, pattern(100))
    test.read(0x40_0000, 64)
    test.write(0x40_0000, [1])
    test.bench.run(through: 100)
    #expect(test.accesses[1].messages.map(\.kind) == [.write, .write, .write, .write, .read, .read, .write])
  }

  /// A posted request passes a read that waits for the room of its completion; the read begins when there is some. Two
  /// devices that read from each other would else wait for ever (2.4.1).
  @Test func writesPassAReadThatWaitsForRoom() {
    let test = DecoderBench(completionRoom: 1)
    test.completions.opensAt = 100
    for _ in 0..<2 { test.read(0x40_0000, 4) }
    for i in 0..<3 { test.write(0x40_0000, [1], at: 20 + 10 * Cycle(i)) }
    test.bench.run(through: 99)
    #expect(test.accesses[1].messages.map(\.kind) == [.read, .write, .write, .write])
    #expect(test.completions.arrivals.isEmpty)
    // The completion is taken at 100: its room shows at 101, and the target has the second read at 102.
    test.bench.run(through: 120)
    #expect(test.accesses[1].arrivals.last?.cycle == 102)
    #expect(test.completions.arrivals.count == 2)
  }

  /// A read never passes a write that came before it, however late that can go (2.4.1).
  @Test func aReadWaitsForTheWriteBeforeIt() {
    let test = DecoderBench(dataPath: 8)
    test.accesses[1].perCycle = 1
    test.accesses[1].opensAt = 200
    test.write(0x40_0000, pattern(1_024))
    test.read(0x40_0000, 4)
    test.bench.run(through: 199)
    #expect(test.accesses[1].arrivals.isEmpty)
    test.bench.run(through: 400)
    #expect(test.accesses[1].messages.last?.kind == .read && test.accesses[1].arrivals.count == 129)
  }
}
