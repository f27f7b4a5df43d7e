import Device
import PCIe
import SimKernel

/// What went through the ports between a device and its link.
public struct DeviceRecording: Sendable {
  /// What reached the device, whole and once, with the edge at which the endpoint saw it first.
  public enum Arrival: Sendable {
    case packet(TLP)
    case event(LinkEvent)
  }

  public internal(set) var arrivals: [(edge: Cycle, what: Arrival)] = []
  /// What the device sent, with the edge at which the endpoint sent it.
  public internal(set) var sent: [(edge: Cycle, tlp: TLP)] = []
}

/// Records what a device hears from its link and what it answers. The observer of a simulation whose first clock is that
/// of the endpoint.
public final class DeviceRecorder: EdgeObserver {
  public private(set) var recording = DeviceRecording()
  private let period: Picoseconds
  private var events: PortTap<LinkEvent>
  private var received: TLPTap
  private var sent: TLPTap

  public init(_ device: DeviceAssembly) {
    let door = device.endpoint.door
    period = device.endpoint.clock.period
    events = PortTap(door.linkEvents)
    received = TLPTap(door.rx)
    sent = TLPTap(door.tx)
  }

  public override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    guard clock == 0 else { return }
    let edge = time / period
    // The ports from the link have a latency of one edge. The endpoint hears of events before it takes packets.
    while let event = events.next() { recording.arrivals.append((edge + 1, .event(event.pointee))) }
    for tlp in received.new() { recording.arrivals.append((edge + 1, .packet(tlp))) }
    for tlp in sent.new() { recording.sent.append((edge, tlp)) }
  }
}

/// The taps of a TLP port.
struct TLPTap {
  private var taps: [PortTap<QueuedTLP>]

  init(_ end: TLPIn) { taps = [PortTap(end.posted), PortTap(end.nonPosted), PortTap(end.completion)] }
  init(_ end: TLPOut) { taps = [PortTap(end.posted), PortTap(end.nonPosted), PortTap(end.completion)] }

  /// What was sent since the last call, in the order of sending.
  mutating func new() -> [TLP] {
    var queued: [QueuedTLP] = []
    for index in taps.indices { while let packet = taps[index].next() { queued.append(packet.pointee) } }
    if queued.count > 1 { queued.sort { Int32(truncatingIfNeeded: $0.order &- $1.order) < 0 } }
    return queued.map(\.tlp)
  }
}
