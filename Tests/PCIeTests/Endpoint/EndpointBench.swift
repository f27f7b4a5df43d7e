import Bench
import SimKernel

@testable import PCIe

/// An endpoint with probes at all of its ports. The host is 00:00.0; the function becomes 01:00.0 with its first
/// configuration write.
struct EndpointBench {
  static let host = DeviceID(bus: 0, device: 0, function: 0)
  static let function = DeviceID(bus: 1, device: 0, function: 0)
  static let barBase: UInt64 = 0xe000_0000

  let bench = Bench()
  let rx: Source<TLP>
  let tx: Sink<TLP>
  /// Posted writes and reads that hit the BAR.
  let requests: Sink<TargetRequest>
  let loads: Sink<TargetRequest>
  let completions: Source<TargetCompletion>
  let reads: Source<ReadRequest>
  let data: Sink<ReadData>
  let writes: Source<WriteRequest>
  let controls: Sink<FunctionControl>
  let endpoint: Endpoint

  init(_ spec: EndpointSpec = EndpointSpec(), requestRoom: Int = 64, dataRoom: Int = 64) {
    rx = bench.source("rx", TLP.self)
    tx = bench.sink("tx", TLP.self)
    requests = bench.sink("targetWrites", TargetRequest.self, capacity: requestRoom)
    loads = bench.sink("targetReads", TargetRequest.self, capacity: requestRoom)
    completions = bench.source("targetCompletions", TargetCompletion.self)
    reads = bench.source("readRequests", ReadRequest.self)
    data = bench.sink("readData", ReadData.self, capacity: dataRoom)
    writes = bench.source("writeRequests", WriteRequest.self)
    controls = bench.sink("controls", FunctionControl.self)
    var identity = ConfigSpace.Identity()
    identity.bar?.is64Bit = spec.bar64
    endpoint = Endpoint(
      spec, identity: identity, clock: bench.clock,
      ports: .init(
        rx: rx.end, tx: tx.end, targetWrites: requests.end, targetReads: loads.end, targetCompletions: completions.end,
        readRequests: reads.end, readData: data.end, writeRequests: writes.end, controls: [controls.end]))
    bench.add(endpoint)
  }

  var state: EndpointState { endpoint.state.pointer.pointee }

  /// Places BAR4, sets Device Control and the command register as an operating system does, and lets that finish.
  /// Returns the cycle at which the test proper begins.
  @discardableResult
  func configure(deviceControl: UInt32 = 0x2820, command: UInt32 = 0x6) -> Cycle {
    configWrite(8, UInt32(Self.barBase))
    configWrite(UInt16(ConfigSpace.deviceControlRegister), deviceControl)
    configWrite(1, command)
    bench.run(through: 20)
    return 21
  }

  func configWrite(_ register: UInt16, _ value: UInt32, byteEnable: UInt8 = 0xf, at cycle: Cycle = 0) {
    rx.send(
      .configWrite(
        target: Self.function, register: register, value: value, byteEnable: byteEnable, tag: register,
        requester: Self.host), at: cycle)
  }

  func configRead(_ register: UInt16, at cycle: Cycle = 0) {
    rx.send(.configRead(target: Self.function, register: register, tag: register, requester: Self.host), at: cycle)
  }

  /// The headers that the endpoint sent after those of the configuration.
  var answers: [TLPHeader] { tx.arrivals.filter { $0.cycle > 20 }.compactMap { try? $0.message.decoded() } }
  var answerPayloads: [[UInt8]] { tx.arrivals.filter { $0.cycle > 20 }.map(\.message.payload) }
}

/// Bytes whose values say where they are.
func pattern(_ count: Int, from first: Int = 0) -> [UInt8] {
  (first..<first + count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
}
