import Device
import PCIe
import SimKernel

extension Driver {
  /// Begins the current operation; posted ones are over at once.
  func issue(_ now: Cycle) -> Wake {
    let s = state.pointer
    guard s.pointee.phase != .finished else { return .onInput }
    let operation = operations[Int(s.pointee.operation)]
    switch operation {
    case .fillMemory(let payload, let pages):
      fill(payload, pages)
      return .next
    case .wait(let duration): return pause(duration, now)
    case .peer(let index, let work): return command(index, work)
    case .awaitPeer(let index):
      awaitInterrupts(of: script.function(ofPeer: index), within: spec.peerTimeout)
      return .next
    case .disturbLink(let index, let command):
      guard door.links[index].canSend else { return .onInput }
      door.links[index].send(command)
      advance()
      return .next
    case .disturbFunction(let index, let fault):
      guard door.faults[index].canSend else { return .onInput }
      door.faults[index].send(fault)
      advance()
      return .next
    case .awaitDMA, .awaitRun, .awaitIdle:
      if spec.completion == .interrupt, s.pointee.deadline == 0 {
        awaitDevice(operation)
        return .next
      }
    default: break
    }
    guard door.requests.canSend else { return .onInput }
    send(operation)
    return s.pointee.phase == .issuing ? .next : .onInput
  }

  private func send(_ operation: HostOperation) {
    switch operation {
    case .enumerate: enumerate()
    case .reconfigure(let function): reconfigure(function)
    case .configWrite(let function, let register, let value, let byteEnable):
      request(
        .configWrite(target: id(function), register: register, value: value, byteEnable: byteEnable), answered: true)
    case .configRead(let function, let register, _):
      request(.configRead(target: id(function), register: register), answered: true)
    case .busReset(let function, let asserted):
      // Bridge Control, bit 6 beside SERR# Enable (Base Specification 7.5.1.3.13).
      guard let bridge = endpoints[function].parent else { return advance() }
      request(
        .configWrite(target: bridge, register: 0x3c / 4, value: asserted ? 0x42_0000 : 0x2_0000, byteEnable: 0x4),
        answered: true)
    case .write(let offset, let size, let value): store(offset, size, value)
    case .start:
      state.pointer.pointee.commandStartedAt = clock.time
      state.pointer.pointee.interruptsAtStart = interruptCounts.pointer[function].seen
      store(DeviceMap.control, 1, UInt64(DeviceControl.start))
    case .inject(let fault): request(.inject(fault), answered: false)
    case .packet(let tlp, let port, _): request(.packet(tlp, port: port), answered: true)
    case .read(let offset, let size, _): load(offset, size)
    case .awaitDMA, .awaitIdle:
      sendPoll(DeviceMap.control, 1, deadline: state.pointer.pointee.commandStartedAt + spec.dmaTimeout)
    case .awaitRun(let timeout, _, _):
      sendPoll(DeviceMap.ready, 4, deadline: state.pointer.pointee.commandStartedAt + timeout)
    case .poll(let poll): sendPoll(Int(poll.address), poll.size, deadline: clock.time + poll.timeout)
    case .fillMemory, .wait, .peer, .awaitPeer, .disturbLink, .disturbFunction: break
    }
  }

  func request(_ kind: HostRequest.Kind, answered: Bool) {
    door.requests.send(HostRequest(kind))
    if answered { state.pointer.pointee.phase = .awaitingResponse } else { advance() }
  }

  private func load(_ offset: Int, _ size: Int) {
    request(.memoryRead(address: barBase + UInt64(offset), size: size), answered: true)
  }

  private func store(_ offset: Int, _ size: Int, _ value: UInt64) {
    request(.memoryWrite(address: barBase + UInt64(offset), size: size, value: value), answered: false)
  }

  /// `deadline` counts with the first poll of an operation.
  private func sendPoll(_ offset: Int, _ size: Int, deadline: Picoseconds) {
    let s = state.pointer
    if s.pointee.deadline == 0 { s.pointee.deadline = deadline }
    switch s.pointee.pollTarget {
    case .condition: load(offset, size)
    case .control: load(DeviceMap.control, 1)
    case .errorCode: load(DeviceMap.errorCode, 8)
    }
  }

  private func pause(_ duration: Picoseconds, _ now: Cycle) -> Wake {
    let s = state.pointer
    s.pointee.phase = .pausing
    s.pointee.resumeAt = now + max(1, clock.cycles(covering: duration))
    return .at(s.pointee.resumeAt)
  }

  private func fill(_ payload: [UInt8], _ pages: [HostPage]) {
    var done = 0
    for page in pages {
      memory.write(payload[done..<done + page.length], at: Int(page.address - memoryBase))
      done += page.length
    }
    advance()
  }
}
