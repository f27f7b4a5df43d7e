import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Configuration requests, and memory requests of the host that hit or miss the BAR.
@Suite struct EndpointTests {
  private let base = EndpointBench.barBase

  // MARK: configuration

  @Test func readsConfigurationSpace() throws {
    let test = EndpointBench()
    test.configRead(0, at: 0)
    test.bench.run(through: 5)
    let answer = try #require(test.tx.messages.first)
    let header = try answer.decoded()
    #expect(header.type == .completionData && header.status == .successful && header.byteCount == 4)
    #expect(answer.payloadDword(0) == 0x3000_1de5)
    // Sent at 0, at the endpoint at 1, its answer at the probe at 2.
    #expect(test.tx.cycles == [2])
  }

  /// The target of a write becomes the function's ID (2.2.6.2); the write is answered without data.
  @Test func capturesItsIDFromConfigurationWrites() throws {
    let test = EndpointBench()
    test.configWrite(1, 0x2)
    test.bench.run(through: 5)
    let header = try #require(test.tx.messages.first).decoded()
    #expect(header.type == .completion && header.status == .successful)
    #expect(header.completerID == EndpointBench.function && header.requesterID == EndpointBench.host)
    #expect(test.state.functionID == EndpointBench.function.rawValue)
  }

  @Test func byteEnablesDecideWhatAConfigurationWriteChanges() {
    let test = EndpointBench()
    test.configWrite(UInt16(0x3c / 4), 0xffff_ffff, byteEnable: 0b0001)
    test.configWrite(UInt16(0x0c / 4), 0xffff_ffff, byteEnable: 0b0010)
    test.bench.run(through: 5)
    #expect(test.state.config.interruptLine == 0xff)
    #expect(test.state.config.cacheLineSize == 0)
  }

  /// All ones written, the size mask read back: 16 MiB, prefetchable (7.5.1.2.1).
  @Test(arguments: [(false, 0xff00_0008 as UInt32, 0 as UInt32), (true, 0xff00_000c, 0xffff_ffff)])
  func sizesBar4(is64Bit: Bool, low: UInt32, high: UInt32) {
    var spec = EndpointSpec()
    spec.bar64 = is64Bit
    let test = EndpointBench(spec)
    for register: UInt16 in [8, 9] { test.configWrite(register, .max) }
    for register: UInt16 in [8, 9] { test.configRead(register) }
    test.bench.run(through: 10)
    #expect(test.tx.messages.suffix(2).map { $0.payloadDword(0) } == [low, high])
  }

  /// Type 1 requests and other functions are not for this one: UR (2.3.1, 7.3.3).
  @Test func refusesConfigurationRequestsForOthers() {
    let test = EndpointBench()
    test.configure()
    let other = DeviceID(bus: 1, device: 0, function: 1)
    test.rx.send(.configRead(target: other, register: 0, tag: 1, requester: EndpointBench.host))
    test.rx.send(
      .configRead(target: EndpointBench.function, register: 0, tag: 2, requester: EndpointBench.host, isType1: true))
    test.bench.run(through: 40)
    #expect(test.answers.map(\.status) == [.unsupportedRequest, .unsupportedRequest])
    #expect(test.answers.map(\.tag) == [1, 2])
  }

  /// A configuration write with poisoned data must not be executed (2.7.2.2).
  @Test func refusesAPoisonedConfigurationWrite() {
    let test = EndpointBench()
    test.configure()
    var header = TLPHeader.configWrite(
      target: EndpointBench.function, register: 1, tag: 3, requester: EndpointBench.host)
    header.poisoned = true
    test.rx.send(TLP(header, payload: [0, 0, 0, 0]))
    test.bench.run(through: 40)
    #expect(test.answers.map(\.status) == [.unsupportedRequest])
    #expect(test.state.config.memorySpaceEnabled)
    #expect(test.errors.uncorrectableStatus == bit(.poisonedTLP))
  }

  // MARK: memory requests

  @Test func passesWritesAndReadsOfTheBar() throws {
    let test = EndpointBench()
    test.configure()
    test.rx.send(.memoryWrite(address: base + 0x40_0001, data: [1, 2], requester: EndpointBench.host))
    test.rx.send(.memoryRead(address: base + 0xff_fffc, length: 4, tag: 5, requester: EndpointBench.host))
    test.bench.run(through: 40)
    #expect(test.requests.map(\.offset) == [0x40_0000, 0xff_fffc])
    let write = try #require(test.requests.first)
    #expect(write.header.firstBE == 0b0110 && write.payload == [0, 1, 2, 0])
    #expect(test.answers.isEmpty)
  }

  /// Misses: a read is answered with UR, a write can only be recorded (2.3.1).
  @Test(arguments: [0xdfff_fffc, 0xe100_0000, 0x1000] as [UInt64])
  func answersAMissWithUR(address: UInt64) {
    let test = EndpointBench()
    test.configure()
    test.rx.send(.memoryRead(address: address, length: 4, tag: 9, requester: EndpointBench.host))
    test.rx.send(.memoryWrite(address: address, data: [1, 2, 3, 4], requester: EndpointBench.host))
    test.bench.run(through: 40)
    #expect(test.answers.map(\.status) == [.unsupportedRequest])
    #expect(test.answers.map(\.tag) == [9])
    #expect(test.requests.isEmpty)
    #expect(test.state.refused == 2)
  }

  /// Memory Space Enable gates the BAR (7.5.1.1.3).
  @Test func disabledMemorySpaceAnswersNothing() {
    let test = EndpointBench()
    test.configure(command: 0x4)
    test.rx.send(.memoryRead(address: base, length: 4, tag: 9, requester: EndpointBench.host))
    test.bench.run(through: 40)
    #expect(test.answers.map(\.status) == [.unsupportedRequest])
    #expect(test.requests.isEmpty)
  }

  /// I/O requests, locked reads and atomics are none of this function's (2.3.1).
  @Test(arguments: [TLPType.ioRead, .ioWrite, .memoryReadLocked, .fetchAdd, .compareAndSwap])
  func answersUnsupportedTypesWithUR(type: TLPType) {
    let test = EndpointBench()
    test.configure()
    var header = TLPHeader(type)
    header.address = base
    header.lengthDW = type == .compareAndSwap ? 2 : 1
    header.firstBE = 0xf
    header.lastBE = type == .compareAndSwap ? 0xf : 0
    header.tag = 4
    test.rx.send(TLP(header, payload: [UInt8](repeating: 0, count: type.carriesData ? 4 * header.lengthDW : 0)))
    test.bench.run(through: 40)
    #expect(test.answers.map(\.status) == [.unsupportedRequest])
    #expect(test.requests.isEmpty)
  }

  /// Malformed packets are dropped without an answer, and reported (2.3, 6.2.3.4).
  @Test func dropsAndRecordsMalformedPackets() {
    let test = EndpointBench()
    test.configure()
    var header = TLPHeader.memoryRead(address: base, length: 8, tag: 1, requester: EndpointBench.host)
    header.lastBE = 0
    test.rx.send(TLP(header))
    test.bench.run(through: 40)
    #expect(test.answers.isEmpty && test.requests.isEmpty)
    #expect(test.errors.uncorrectableStatus == bit(.malformedTLP))
    #expect(test.errors.headerLog0 == header.encoded().dwords.x)
  }

  /// More payload than Max_Payload_Size is malformed too (2.2.2): exactly MPS passes, a dword more does not.
  @Test(arguments: [(0x2800 as UInt32, 128), (0x2820, 256), (0x2840, 512)])
  func payloadAboveMPSIsMalformed(deviceControl: UInt32, maxPayload: Int) {
    let test = EndpointBench()
    test.configure(deviceControl: deviceControl)
    for size in [maxPayload, maxPayload + 4] {
      test.rx.send(.memoryWrite(address: base, data: pattern(size), requester: EndpointBench.host))
    }
    test.bench.run(through: 40)
    #expect(test.requests.map(\.payload.count) == [maxPayload])
    #expect(test.errors.uncorrectableStatus == bit(.malformedTLP))
  }

  /// The data of a poisoned write must not be used (2.7.2.2).
  @Test func dropsPoisonedWrites() {
    let test = EndpointBench()
    test.configure()
    var header = TLPHeader.memoryWrite(address: base, length: 4, requester: EndpointBench.host)
    header.poisoned = true
    test.rx.send(TLP(header, payload: [1, 2, 3, 4]))
    test.bench.run(through: 40)
    #expect(test.requests.isEmpty && test.answers.isEmpty)
    #expect(test.errors.uncorrectableStatus == bit(.poisonedTLP))
  }

  /// EP says nothing of a packet without data (2.7.2): a read that has it set is a read.
  @Test func takesAReadWithEPSet() {
    let test = EndpointBench()
    test.configure()
    var read = TLPHeader.memoryRead(address: base, length: 4, tag: 5, requester: EndpointBench.host)
    read.poisoned = true
    test.rx.send(TLP(read))
    var config = TLPHeader.configRead(
      target: EndpointBench.function, register: 0, tag: 6, requester: EndpointBench.host)
    config.poisoned = true
    test.rx.send(TLP(config))
    test.bench.run(through: 40)
    #expect(test.requests.map(\.header.tag) == [5])
    #expect(test.answers.map(\.status) == [.successful] && test.errors.uncorrectableStatus == 0)
  }

  /// The receiver takes everything that need not wait in one cycle.
  @Test func takesAllThatIsThere() {
    let test = EndpointBench()
    let start = test.configure()
    for i in 0..<4 {
      let write = TLP.memoryWrite(address: base + UInt64(4 * i), data: [1, 2, 3, 4], requester: EndpointBench.host)
      test.rx.send(write, at: start)
    }
    test.bench.run(through: 60)
    #expect(test.targetWrites.cycles == [Cycle](repeating: start + 2, count: 4))
  }

  /// A decoder without room stops the receiver, and nothing is lost.
  @Test func waitsForTheDecoder() {
    let test = EndpointBench(room: .init(target: 2))
    test.configure()
    test.targetWrites.opensAt = 60
    let before = test.state.received
    for i in 0..<5 {
      test.rx.send(.memoryWrite(address: base + UInt64(4 * i), data: [1, 2, 3, 4], requester: EndpointBench.host))
    }
    test.bench.run(through: 59)
    #expect(test.state.received == before + 2)
    test.bench.run(through: 80)
    #expect(test.requests.map(\.offset) == [0, 4, 8, 12, 16])
  }
}
