import Bench
import PCIe
import PCIeBench
import SimKernel

/// A switch with probes at all of its ports, configured as a host would: it is 01:00.0, the bus inside is 2, and
/// downstream port n is 02:(n-1).0 with bus 2 + n and the nth 16 MiB from 0xe000_0000 on below it.
final class SwitchBench {
  /// The probes at one port.
  struct Port {
    let source: TLPSource
    let sink: TLPSink
    let events: Source<LinkEvent>
    let commands: Sink<LinkCommand>?
  }

  static let host = DeviceID(bus: 0, device: 0, function: 0)
  static let upstreamID = DeviceID(bus: 1, device: 0, function: 0)
  /// Tests begin here: links are up.
  static let start: Cycle = 10

  let bench = Bench()
  let packetSwitch: Switch
  /// Number 0 is upstream.
  let ports: [Port]

  init(_ spec: SwitchSpec = SwitchSpec(), downstream: Int = 3, capacity: TLPPort.Capacity? = nil, isUp: Bool = true) {
    var ports: [Port] = [], doors: [Switch.Port] = []
    for index in 0...downstream {
      let port = Port(
        source: bench.tlpSource("source\(index)"),
        sink: bench.tlpSink("sink\(index)", capacity: capacity ?? spec.egressCapacity, latency: spec.forwardCycles),
        events: bench.source("events\(index)", LinkEvent.self),
        commands: index == 0 ? nil : bench.sink("commands\(index)", LinkCommand.self))
      if isUp { port.events.send(.up) }
      doors.append(
        .init(
          rx: port.source.end, tx: port.sink.end, linkEvents: port.events.end, linkCommands: port.commands?.end,
          identity: .init(index == 0 ? .upstream : .downstream, deviceID: 0x3101)))
      ports.append(port)
    }
    self.ports = ports
    packetSwitch = Switch(spec, clock: bench.clock, upstream: doors[0], downstream: Array(doors.dropFirst()))
    bench.add(packetSwitch)
    configure()
  }

  private func configure() {
    packetSwitch.state.pointer.pointee.upstreamID = Self.upstreamID.rawValue
    let last = UInt8(ports.count - 1)
    setBridge(0, buses: 2...2 + last, window: 0xe000...0xe0f0 + 0x100 * UInt16(last - 1))
    for index in 1...last {
      let base = 0xe000 + 0x100 * UInt16(index - 1)
      setBridge(Int(index), buses: 2 + index...2 + index, window: base...base + 0xf0)
    }
  }

  private func setBridge(_ index: Int, buses: ClosedRange<UInt8>, window: ClosedRange<UInt16>) {
    let port = packetSwitch.portStates.pointer + index
    port.pointee.bridge.command = 0x6
    (port.pointee.bridge.secondaryBus, port.pointee.bridge.subordinateBus) = (buses.lowerBound, buses.upperBound)
    (port.pointee.bridge.memoryBase, port.pointee.bridge.memoryLimit) = (window.lowerBound, window.upperBound)
    (port.pointee.bridge.prefetchableBase, port.pointee.bridge.prefetchableLimit) = (0xfff0, 0)
  }

  /// The first address behind downstream port `index`.
  static func address(_ index: Int) -> UInt64 { 0xe000_0000 + UInt64(index - 1) << 24 }

  /// The device behind port `index`; the host behind the upstream port.
  static func device(_ index: Int) -> DeviceID {
    index == 0 ? host : DeviceID(bus: UInt8(2 + index), device: 0, function: 0)
  }

  /// The bridge of port `index`.
  static func bridge(_ index: Int) -> DeviceID {
    index == 0 ? upstreamID : DeviceID(bus: 2, device: UInt8(index - 1), function: 0)
  }

  func state(_ index: Int) -> SwitchPortState { packetSwitch.portStates.pointer[index] }

  func setState(_ index: Int, _ change: (inout SwitchPortState) -> Void) {
    change(&packetSwitch.portStates.pointer[index])
  }

  /// Sends `tlps` into port `index` and lets everything happen that happens.
  func run(_ tlps: TLP..., into index: Int) {
    for tlp in tlps { ports[index].source.send(tlp, at: Self.start) }
    bench.run(through: Self.start + 200)
  }

  /// The ports by which something left.
  var used: [Int] { ports.indices.filter { !ports[$0].sink.arrivals.isEmpty } }

  /// What left by port `index`.
  func left(by index: Int) -> [TLP] { ports[index].sink.messages }
}

func read(_ address: UInt64, tag: UInt16 = 7, from requester: DeviceID = SwitchBench.host) -> TLP {
  .memoryRead(address: address, length: 64, tag: tag, requester: requester)
}

func write(_ address: UInt64, from requester: DeviceID = SwitchBench.host, attributes: TLPAttributes = []) -> TLP {
  .memoryWrite(address: address, data: pattern(64), requester: requester, attributes: attributes)
}

/// A completion with 64 bytes for `requester`.
func answer(to requester: DeviceID, tag: UInt16 = 7, attributes: TLPAttributes = []) -> TLP {
  let request = TLPHeader.memoryRead(
    address: 0x1000, length: 64, tag: tag, requester: requester, attributes: attributes)
  return .completionData(for: request, payload: pattern(64), completer: DeviceID(bus: 9, device: 0, function: 0))
}
