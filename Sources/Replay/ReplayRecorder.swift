import Device
import PCIe
import SimKernel

/// Records what the user logic of a replayed device is given, and what it does.
final class ReplayRecorder: EdgeObserver {
  private(set) var record = ReplayRecord()
  private(set) var lastActivity: Cycle = 0
  private let device: DeviceAssembly
  private let period: Picoseconds
  private var received: TLPTap
  private var sent: TLPTap
  private var controls: [PortTap<FunctionControl>]
  private var configuration: FunctionConfiguration
  /// Packets that the endpoint sees at the next edge.
  private var arriving: [TLP] = []
  /// Requests that the hard block answers.
  private var ownRequests: Set<UInt32> = []
  private var writes: (ram: UInt64, window: UInt64) = (0, 0)

  init(_ device: DeviceAssembly) {
    self.device = device
    period = device.endpoint.clock.period
    let door = device.endpoint.door
    received = TLPTap(door.rx)
    sent = TLPTap(door.tx)
    controls = door.controls.map { PortTap($0) }
    configuration = FunctionConfiguration(device.endpoint)
    record.stimuli.append((0, .configuration(configuration)))
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    guard clock == 0 else { return }
    let edge = time / period
    for tlp in arriving { noteArrival(tlp, edge) }
    noteConfiguration(edge)
    for tlp in sent.new() { noteSent(tlp, edge) }
    noteWrite(.ram, device.ram, &writes.ram, edge)
    noteWrite(.window, device.window, &writes.window, edge)
    arriving = received.new()
    if !arriving.isEmpty { lastActivity = edge }
  }

  private func noteArrival(_ tlp: TLP, _ edge: Cycle) {
    let isForUserLogic = device.endpoint.passesOn(tlp)
    record.stimuli.append((edge, .packet(tlp, forUserLogic: isForUserLogic)))
    if !isForUserLogic, let tag = tlp.askedTag { ownRequests.insert(tag) }
  }

  private func noteConfiguration(_ edge: Cycle) {
    var now = FunctionConfiguration(device.endpoint)
    for index in controls.indices {
      while let control = controls[index].next() {
        now.notifies = true
        if control.pointee.reset { now.resets = true }
      }
    }
    guard now != configuration else { return }
    record.stimuli.append((edge, .configuration(now)))
    (now.notifies, now.resets) = (false, false)
    configuration = now
  }

  private func noteSent(_ tlp: TLP, _ edge: Cycle) {
    lastActivity = edge
    record.sent.append((edge, tlp))
    let isOwn = tlp.answeredTag.map { ownRequests.remove($0) != nil } ?? (tlp.header.type?.isMessage ?? false)
    if isOwn {
      record.stimuli.append((edge, .use(tlp.header.flowClass)))
    } else {
      record.effects.append((edge, .packet(tlp)))
    }
  }

  private func noteWrite(_ which: ReplayRecord.Memory, _ memory: DeviceMemory, _ count: inout UInt64, _ edge: Cycle) {
    let state = memory.state.pointer.pointee
    guard state.writes != count else { return }
    count = state.writes
    lastActivity = edge
    record.effects.append((edge, .write(which, address: state.address, enable: state.enable, data: state.data)))
  }
}

extension Endpoint {
  /// Whether what it sees at this edge goes to what lies behind it, by the configuration after the edge. Only one packet
  /// comes at an edge, and none that goes there changes the configuration.
  fileprivate func passesOn(_ tlp: TLP) -> Bool {
    let s = state.pointer.pointee
    guard !s.linkIsDown, let header = try? tlp.decoded(maxPayload: s.config.maxPayloadSize),
      !(header.digest && s.config.checksECRC && !tlp.hasValidECRC)
    else { return false }
    if header.type.isCompletion { return header.requesterID == functionID }
    guard header.type == .memoryRead || header.type == .memoryWrite && !header.poisoned else { return false }
    return header.addressType == .untranslated && s.config.claims(header.address, identity)
  }
}
