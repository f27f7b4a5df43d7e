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
    case .peerWrite(let address, let data):
      guard door.peer.canSend else { return .onInput }
      door.peer.send(PeerCommand(address: address, data: data))
      s.pointee.phase = .awaitingInterrupt
      return .onInput
    default: break
    }
    guard door.requests.canSend else { return .onInput }
    send(operation)
    return s.pointee.phase == .issuing ? .next : .onInput
  }

  private func send(_ operation: HostOperation) {
    switch operation {
    case .configWrite(let register, let value):
      request(.configWrite, UInt64(register), 4, UInt64(value), answered: true)
    case .configRead(let register, _, _): request(.configRead, UInt64(register), 4, answered: true)
    case .write(let offset, let size, let value):
      request(.memoryWrite, barBase + UInt64(offset), size, value, answered: false)
    case .start:
      state.pointer.pointee.commandStartedAt = clock.time
      request(.memoryWrite, barBase + UInt64(DeviceMap.control), 1, UInt64(DeviceControl.start), answered: false)
    case .inject(let fault, let count): request(.inject(fault), 0, 4, count, answered: false)
    case .read(let offset, let size, _): request(.memoryRead, barBase + UInt64(offset), size, answered: true)
    case .awaitDMA, .awaitIdle:
      sendPoll(DeviceMap.control, 1, deadline: state.pointer.pointee.commandStartedAt + spec.dmaTimeout)
    case .awaitRun(let timeout, _, _):
      sendPoll(DeviceMap.ready, 4, deadline: state.pointer.pointee.commandStartedAt + timeout)
    case .poll(let poll): sendPoll(Int(poll.address), poll.size, deadline: clock.time + poll.timeout)
    case .fillMemory, .wait, .peerWrite: break
    }
  }

  private func request(_ kind: HostRequest.Kind, _ address: UInt64, _ size: Int, _ value: UInt64 = 0, answered: Bool) {
    door.requests.send(HostRequest(kind, address: address, size: size, value: value))
    if answered { state.pointer.pointee.phase = .awaitingResponse } else { advance() }
  }

  /// `deadline` counts with the first poll of an operation.
  private func sendPoll(_ offset: Int, _ size: Int, deadline: Picoseconds) {
    let s = state.pointer
    if s.pointee.deadline == 0 { s.pointee.deadline = deadline }
    switch s.pointee.pollTarget {
    case .condition: request(.memoryRead, barBase + UInt64(offset), size, answered: true)
    case .control: request(.memoryRead, barBase + UInt64(DeviceMap.control), 1, answered: true)
    case .errorCode: request(.memoryRead, barBase + UInt64(DeviceMap.errorCode), 8, answered: true)
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
