import Bench
import SimKernel

@testable import PCIe

/// A root complex with a device (bus 1, window at `windowBase`) and a peer (bus 2) behind it, all played by probes.
struct RootComplexBench {
  static let device = DeviceID(bus: 1, device: 0, function: 0)
  static let peer = DeviceID(bus: 2, device: 0, function: 0)
  static let memoryBase: UInt64 = 0x1_0000_0000
  static let windowBase: UInt64 = 0xe000_0000

  let bench = Bench()
  let fromDevice: Source<TLP>
  let toDevice: Sink<TLP>
  let fromPeer: Source<TLP>
  let toPeer: Sink<TLP>
  let cpu: Source<HostRequest>
  let answers: Sink<HostResponse>
  let interrupts: Sink<Interrupt>
  let root: RootComplex

  init(_ spec: HostSpec, maxPayload: Int = 256, seed: UInt64 = 1, toDeviceRoom: Int = 256) {
    fromDevice = bench.source("fromDevice", TLP.self)
    toDevice = bench.sink("toDevice", TLP.self, capacity: toDeviceRoom)
    fromPeer = bench.source("fromPeer", TLP.self)
    toPeer = bench.sink("toPeer", TLP.self)
    cpu = bench.source("cpu", HostRequest.self)
    answers = bench.sink("answers", HostResponse.self)
    interrupts = bench.sink("interrupts", Interrupt.self)
    root = RootComplex(
      spec, seed: seed, maxPayload: maxPayload, clock: bench.clock,
      rootPorts: [
        .init(
          bus: 1, rx: fromDevice.end, tx: toDevice.end, window: Self.windowBase..<Self.windowBase + UInt64(16 << 20)),
        .init(bus: 2, rx: fromPeer.end, tx: toPeer.end, window: 0..<0),
      ], cpuRequests: cpu.end, cpuResponses: answers.end, interrupts: interrupts.end)
    bench.add(root)
    root.memory.write(pattern(65_536), at: 0)
  }

  /// A host with the given read latency and 64 KiB of memory.
  static func spec(latency: Picoseconds = 0) -> HostSpec {
    var spec = HostSpec()
    spec.readLatency = .fixed(latency)
    spec.memorySize = 65_536
    return spec
  }

  /// A read by the device of host memory.
  func read(_ offset: UInt64, _ length: Int, tag: UInt16 = 1, at cycle: Cycle = 0) {
    fromDevice.send(
      .memoryRead(address: Self.memoryBase + offset, length: length, tag: tag, requester: Self.device), at: cycle)
  }

  var state: RootComplexState { root.state.pointer.pointee }
  var headers: [TLPHeader] { toDevice.messages.compactMap { try? $0.decoded() } }
  var payload: [UInt8] { toDevice.messages.flatMap(\.payload) }
}
