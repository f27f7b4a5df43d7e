import Bench
import PCIeBench
import SimKernel

@testable import PCIe

/// An endpoint with probes at all of its ports. The host is 00:00.0; the function becomes 01:00.0 with its first
/// configuration write.
struct EndpointBench {
  static let host = DeviceID(bus: 0, device: 0, function: 0)
  static let function = DeviceID(bus: 1, device: 0, function: 0)
  static let barBase: UInt64 = 0xe000_0000
  static let msiAddress: UInt64 = 0xfee0_0000
  /// The cycle at which the configuration is over.
  static let configured: Cycle = 20

  /// Sizes of the ports, where a test wants them small, and of the function.
  struct Room {
    var target = 64
    var data = 64
    var tx = TLPPort.Capacity(each: 64)
    var tags = 32
  }

  let bench = Bench()
  let rx: TLPSource
  let tx: TLPSink
  let events: Source<LinkEvent>
  let targetWrites: Sink<TargetRequest>
  let targetReads: Sink<TargetRequest>
  let completions: Source<TargetCompletion>
  let reads: Source<ReadRequest>
  let writes: Source<WriteRequest>
  let data: Sink<ReadData>
  let control: Sink<FunctionControl>
  let faults: Source<FunctionFault>
  let endpoint: Endpoint

  init(_ spec: EndpointSpec = EndpointSpec(), room: Room = Room()) {
    rx = bench.tlpSource("rx")
    tx = bench.tlpSink("tx", capacity: room.tx)
    events = bench.source("linkEvents", LinkEvent.self)
    targetWrites = bench.sink("targetWrites", TargetRequest.self, capacity: room.target)
    targetReads = bench.sink("targetReads", TargetRequest.self, capacity: room.target)
    completions = bench.source("targetCompletions", TargetCompletion.self)
    reads = bench.source("readRequests", ReadRequest.self)
    writes = bench.source("writeRequests", WriteRequest.self)
    data = bench.sink("readData", ReadData.self, capacity: room.data)
    control = bench.sink("control", FunctionControl.self)
    faults = bench.source("faults", FunctionFault.self)
    var identity = ConfigSpace.Identity()
    identity.bar?.is64Bit = spec.bar64
    identity.tenBitTagsSupported = spec.tagBits == 10
    endpoint = Endpoint(
      spec, identity: identity, tags: room.tags, clock: bench.clock,
      ports: .init(
        rx: rx.end, tx: tx.end, linkEvents: events.end,
        target: .init(writes: targetWrites.end, reads: targetReads.end, completions: completions.end),
        readRequests: reads.end, writeRequests: writes.end, readData: data.end, controls: [control.end],
        faults: faults.end))
    bench.add(endpoint)
  }

  var state: EndpointState { endpoint.state.pointer.pointee }
  var errors: AdvancedErrors { state.config.errors }
}

// What a host does.
extension EndpointBench {
  /// Dword numbers in configuration space.
  enum Register {
    static let command: UInt16 = 1
    static let bar: UInt16 = 8
    static let msi: UInt16 = 20
    static let deviceControl = UInt16(ConfigSpace.deviceControlRegister)
    static let deviceControl2: UInt16 = 38
    static let uncorrectableStatus: UInt16 = 65
    static let correctableMask: UInt16 = 69
    static let errorControl: UInt16 = 70
  }

  /// Places BAR4, sets Device Control and the command register as an operating system does, and lets that finish.
  /// Returns the cycle at which the test proper begins.
  @discardableResult
  func configure(
    deviceControl: UInt32 = 0x2820, deviceControl2: UInt32 = 0, command: UInt32 = 0x6,
    others: KeyValuePairs<UInt16, UInt32> = [:]
  ) -> Cycle {
    configWrite(Register.bar, UInt32(Self.barBase))
    configWrite(Register.deviceControl, deviceControl)
    configWrite(Register.deviceControl2, deviceControl2)
    for (register, value) in others { configWrite(register, value) }
    configWrite(Register.command, command)
    bench.run(through: Self.configured)
    return Self.configured + 1
  }

  /// MSI enabled, with data 0x4040.
  static let msi: KeyValuePairs<UInt16, UInt32> = [
    Register.msi: 0x0001_0000, Register.msi + 1: UInt32(msiAddress), Register.msi + 3: 0x4040,
  ]

  func configWrite(_ register: UInt16, _ value: UInt32, byteEnable: UInt8 = 0xf, at cycle: Cycle = 0) {
    rx.send(
      .configWrite(
        target: Self.function, register: register, value: value, byteEnable: byteEnable, tag: register,
        requester: Self.host), at: cycle)
  }

  func configRead(_ register: UInt16, at cycle: Cycle = 0) {
    rx.send(.configRead(target: Self.function, register: register, tag: register, requester: Self.host), at: cycle)
  }

  /// A posted write that hits nothing.
  func strayWrite(at cycle: Cycle = 0) {
    rx.send(.memoryWrite(address: 0x1000, data: [1, 2, 3, 4], requester: Self.host), at: cycle)
  }

  /// The headers that the endpoint sent after those of the configuration.
  var answers: [TLPHeader] { packets.compactMap { try? $0.decoded() } }
  var answerPayloads: [[UInt8]] { packets.map(\.payload) }
  var packets: [TLP] { tx.arrivals.filter { $0.cycle > Self.configured }.map(\.message) }

  /// What reached the BAR, in order.
  var requests: [TargetRequest] { (targetWrites.messages + targetReads.messages).sorted { $0.order < $1.order } }
}

// What a client does, and what a completer answers.
extension EndpointBench {
  func read(
    _ address: UInt64, _ length: Int, tag: UInt16 = 0, timeout: Picoseconds = .milliseconds(10), at cycle: Cycle
  ) {
    reads.send(ReadRequest(address: address, length: length, tag: tag, timeout: timeout), at: cycle)
  }

  /// `count` bytes from the byte `offset` of the answer to a read of the function, whose data is `pattern` by its
  /// address.
  static func completion(
    _ address: UInt64, _ length: Int, tag: UInt16 = 0, from offset: Int = 0, count: Int? = nil, poisoned: Bool = false,
    requester: DeviceID = function
  ) -> TLP {
    let request = TLPHeader.memoryRead(address: address, length: length, tag: tag, requester: requester)
    let total = request.requestedByteCount
    let part = CompletionPart(
      address: request.firstByteAddress + UInt64(offset), length: count ?? total - offset, byteCount: total - offset)
    var header = TLPHeader.completionData(for: request, part: part, completer: host)
    header.poisoned = poisoned
    return TLP(header, payload: pattern(4 * part.lengthDW, from: Int(part.address & 0xfffc)))
  }

  static func failure(_ status: CompletionStatus, tag: UInt16 = 0) -> TLP {
    .completion(
      for: .memoryRead(address: 0x1_0000_0000, length: 64, tag: tag, requester: function), status: status,
      completer: host)
  }
}

/// The status bit of an error in AER.
func bit(_ error: UncorrectableError) -> UInt32 { 1 << UInt32(error.rawValue) }
