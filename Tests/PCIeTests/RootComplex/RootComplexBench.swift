import Bench
import PCIeBench
import SimKernel

@testable import PCIe

/// A root complex with a device below root port 00:00.0 (bus 1, window at `windowBase`) and a peer below 00:01.0 (buses
/// 2 to 4, window at `peerWindow`), all played by probes. The bridges are as enumeration leaves them; the links are up.
struct RootComplexBench {
  static let device = DeviceID(bus: 1, device: 0, function: 0)
  static let peer = DeviceID(bus: 2, device: 0, function: 0)
  static let memoryBase: UInt64 = 0x1_0000_0000
  static let windowBase: UInt64 = 0xe000_0000
  static let peerWindow: UInt64 = 0xe100_0000
  static let host = DeviceID(bus: 0, device: 0, function: 0)

  let bench = Bench()
  let fromDevice: TLPSource
  let toDevice: TLPSink
  let fromPeer: TLPSource
  let toPeer: TLPSink
  let deviceEvents: Source<LinkEvent>
  let peerEvents: Source<LinkEvent>
  let deviceCommands: Sink<LinkCommand>
  let cpu: Source<HostRequest>
  let answers: Sink<HostResponse>
  let interrupts: Sink<Interrupt>
  let root: RootComplex

  init(
    _ spec: HostSpec = spec(), maxPayload: Int = 256, seed: UInt64 = 1,
    toDeviceRoom: TLPPort.Capacity = .init(each: 256)
  ) {
    fromDevice = bench.tlpSource("fromDevice")
    toDevice = bench.tlpSink("toDevice", capacity: toDeviceRoom)
    fromPeer = bench.tlpSource("fromPeer")
    toPeer = bench.tlpSink("toPeer")
    deviceEvents = bench.source("deviceEvents", LinkEvent.self)
    peerEvents = bench.source("peerEvents", LinkEvent.self)
    deviceCommands = bench.sink("deviceCommands", LinkCommand.self)
    let peerCommands = bench.sink("peerCommands", LinkCommand.self)
    cpu = bench.source("cpu", HostRequest.self)
    answers = bench.sink("answers", HostResponse.self)
    interrupts = bench.sink("interrupts", Interrupt.self)
    let identity = BridgeConfigSpace.Identity(.rootPort, deviceID: 0x3001)
    root = RootComplex(
      spec, seed: seed, maxPayload: maxPayload, clock: bench.clock,
      rootPorts: [
        .init(
          rx: fromDevice.end, tx: toDevice.end, linkEvents: deviceEvents.end, linkCommands: deviceCommands.end,
          identity: identity),
        .init(
          rx: fromPeer.end, tx: toPeer.end, linkEvents: peerEvents.end, linkCommands: peerCommands.end,
          identity: identity),
      ], cpuRequests: cpu.end, cpuResponses: answers.end, interrupts: interrupts.end)
    bench.add(root)
    root.memory.write(pattern(65_536), at: 0)
    for events in [deviceEvents, peerEvents] { events.send(.up) }
    number(0, buses: 1...1, window: Self.windowBase)
    number(1, buses: 2...4, window: Self.peerWindow)
  }

  /// What enumeration writes: bus numbers, a window of 16 MiB, Memory Space and Bus Master Enable.
  private func number(_ index: Int, buses: ClosedRange<UInt8>, window: UInt64) {
    let bridge = root.portStates.pointer + index
    bridge.pointee.bridge.command = 0x6
    bridge.pointee.bridge.secondaryBus = buses.lowerBound
    bridge.pointee.bridge.subordinateBus = buses.upperBound
    bridge.pointee.bridge.memoryBase = UInt16(window >> 16)
    bridge.pointee.bridge.memoryLimit = UInt16(window >> 16) + 0xf0
    bridge.pointee.bridge.prefetchableBase = 0xfff0
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

  func load(_ address: UInt64, _ size: Int = 4, at cycle: Cycle = 0) {
    cpu.send(HostRequest(.memoryRead(address: address, size: size)), at: cycle)
  }

  func configRead(_ target: DeviceID, _ register: Int, at cycle: Cycle = 0) {
    cpu.send(HostRequest(.configRead(target: target, register: register)), at: cycle)
  }

  func configWrite(_ target: DeviceID, _ register: Int, _ value: UInt32, byteEnable: UInt8 = 0xf, at cycle: Cycle = 0) {
    cpu.send(
      HostRequest(.configWrite(target: target, register: register, value: value, byteEnable: byteEnable)), at: cycle)
  }

  var state: RootComplexState { root.state.pointer.pointee }
  /// The state of the root port above the device (0) or the peer (1).
  func port(_ index: Int) -> RootPortState { root.portStates.pointer[index] }
  var errors: AdvancedErrors { port(0).bridge.errors }
  var headers: [TLPHeader] { toDevice.headers }
  var payload: [UInt8] { toDevice.messages.flatMap(\.payload) }
  var values: [UInt64] { answers.messages.map(\.value) }
  var statuses: [CompletionStatus] { answers.messages.map(\.status) }
}
