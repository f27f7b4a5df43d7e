import PCIe
import SimKernel

extension DMAEngine {
  /// Host memory to RAM: issues requests while tags are free, watches deadlines, and finishes when nothing is left.
  func read(_ now: Cycle, busy: Bool) -> Wake {
    let s = state.pointer
    if s.pointee.activeTags > 0 && clock.time >= s.pointee.deadline { expire() }
    if s.pointee.unrequested == 0 && s.pointee.activeTags == 0 { return finish() }
    if canRequest && now >= s.pointee.nextAt && door.readRequests.canSend { request(now) }
    if door.readData.hasMessage || s.pointee.activeTags == 0 { return .next }
    let deadline = clock.cycles(covering: earliestDeadline())
    // A request that is due and was not sent waits for room, which wakes.
    return .at(canRequest && now < s.pointee.nextAt ? min(deadline, s.pointee.nextAt) : deadline)
  }

  private var canRequest: Bool {
    let s = state.pointer
    return s.pointee.unrequested > 0 && Int(s.pointee.activeTags) < spec.tags
  }

  /// At most MRRS, never across 4 KiB, the first one short so that the later ones are aligned (Base Specification
  /// 2.2.7).
  private func request(_ now: Cycle) {
    let s = state.pointer
    let length = RequestSplitter.nextRequestLength(
      address: s.pointee.source, remaining: Int(s.pointee.unrequested), limit: maxReadRequest)
    var tag = 0
    while s.pointee.tags[tag].active { tag += 1 }
    s.pointee.tags[tag] = DMATag(
      active: true, remaining: UInt16(length), destination: s.pointee.destination,
      deadline: clock.time + spec.completionTimeout)
    if s.pointee.activeTags == 0 { s.pointee.deadline = s.pointee.tags[tag].deadline }
    door.readRequests.send(
      ReadRequest(address: s.pointee.source, length: length, tag: UInt16(tag), timeout: spec.completionTimeout))
    s.pointee.activeTags += 1
    s.pointee.source &+= UInt64(length)
    s.pointee.destination += UInt32(length)
    s.pointee.unrequested -= UInt32(length)
    s.pointee.outstanding += UInt32(length)
    s.pointee.nextAt = now + spec.requestInterval
  }

  /// One write of the completion at the head towards RAM; false when there is none, or RAM has no room.
  func drainCompletion() -> Bool {
    let s = state.pointer
    guard door.readData.hasMessage else { return false }
    let completion = door.readData.head
    let tag = Int(completion.pointee.tag)
    guard tag < spec.tags, s.pointee.tags[tag].active else {
      s.pointee.unexpected &+= 1
      return take()
    }
    guard completion.pointee.status == .successful else {
      fail(completion.pointee.status.error)
      release(tag)
      return take()
    }
    guard door.ramWrites.canSend else { return false }
    noteFirstData(completion.pointee.count)
    let done = Int(s.pointee.drained)
    let destination = Int(s.pointee.tags[tag].destination)
    let left = min(completion.pointee.count - done, Int(s.pointee.tags[tag].remaining))
    let count = min(left, dataPath - destination % dataPath)
    if count > 0 {
      door.ramWrites.send(
        .write(UInt32(destination), completion.pointee.payload, from: completion.pointee.skip + done, count: count))
      s.pointee.tags[tag].destination += UInt32(count)
      s.pointee.tags[tag].remaining -= UInt16(count)
      s.pointee.outstanding -= UInt32(count)
      s.pointee.bytesMoved &+= UInt64(count)
      s.pointee.drained += UInt16(count)
    }
    if s.pointee.tags[tag].remaining == 0 { release(tag) }
    return count == left ? take() : true
  }

  private func take() -> Bool {
    state.pointer.pointee.drained = 0
    _ = door.readData.receive()
    return true
  }

  private func release(_ tag: Int) {
    let s = state.pointer
    s.pointee.outstanding -= UInt32(s.pointee.tags[tag].remaining)
    s.pointee.tags[tag].active = false
    s.pointee.tags[tag].remaining = 0
    s.pointee.activeTags -= 1
  }

  /// Completion timeout (Base Specification 2.8): the tag is given up; data that still comes is unexpected.
  private func expire() {
    let s = state.pointer
    for tag in 0..<spec.tags where s.pointee.tags[tag].active && s.pointee.tags[tag].deadline <= clock.time {
      fail(.timeout)
      release(tag)
    }
    s.pointee.deadline = earliestDeadline()
  }

  private func earliestDeadline() -> Picoseconds {
    let s = state.pointer
    var earliest = Picoseconds.max
    for tag in 0..<spec.tags where s.pointee.tags[tag].active { earliest = min(earliest, s.pointee.tags[tag].deadline) }
    return earliest
  }
}

extension ReadStatus {
  var error: DeviceError {
    switch self {
    case .successful: .none
    case .unsupportedRequest: .unsupportedRequest
    case .completerAbort: .completerAbort
    case .poisoned: .poisoned
    case .disabled: .disabled
    case .timeout: .timeout
    }
  }
}
