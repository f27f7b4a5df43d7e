import Device
import PCIe
import SimKernel

/// Records what the user logic of a replayed device is given, and what it does.
final class ReplayRecorder: EdgeObserver {
  private(set) var record = ReplayRecord()
  private(set) var lastActivity: Cycle = 0
  private let device: DeviceAssembly
  private let period: Picoseconds
  private var packets: UserLogicTap
  private var controls: [PortTap<FunctionControl>]
  private var configuration: FunctionConfiguration
  private var writes: (ram: UInt64, window: UInt64) = (0, 0)

  init(_ device: DeviceAssembly) {
    self.device = device
    period = device.endpoint.clock.period
    packets = UserLogicTap(device)
    controls = device.endpoint.door.controls.map { PortTap($0) }
    configuration = FunctionConfiguration(device.endpoint)
    record.stimuli.append((0, .configuration(configuration)))
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    guard clock == 0 else { return }
    let edge = time / period, packets = packets.edge()
    for (tlp, isForUserLogic) in packets.received {
      record.stimuli.append((edge, .packet(tlp, forUserLogic: isForUserLogic)))
    }
    noteConfiguration(edge)
    for (tlp, isFromUserLogic) in packets.sent { noteSent(tlp, isFromUserLogic, edge) }
    noteWrite(.ram, device.ram, &writes.ram, edge)
    noteWrite(.window, device.window, &writes.window, edge)
    if packets.isMoreOnItsWay { lastActivity = edge }
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

  private func noteSent(_ tlp: TLP, _ isFromUserLogic: Bool, _ edge: Cycle) {
    lastActivity = edge
    record.sent.append((edge, tlp))
    if isFromUserLogic {
      record.effects.append((edge, .packet(tlp)))
    } else {
      record.stimuli.append((edge, .use(tlp.header.flowClass)))
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
