import PCIe
import SimKernel

// Device RAM: one write a cycle, of a completion or of the window's data, in turn when there are both.
extension DMAEngine {
  /// Returns whether data was taken or written.
  func writeRAM() -> Bool {
    let s = state.pointer
    if door.windowData.hasMessage && !(door.readData.hasMessage && s.pointee.wroteWindow) { return writeWindowData() }
    return writeCompletion()
  }

  private func send(_ write: MemoryRequest, for channel: UnsafeMutablePointer<DMAChannel>, fromWindow: Bool) {
    let s = state.pointer
    door.ramWrites.send(write)
    s.pointee.writes &+= 1
    s.pointee.bytesMoved &+= UInt64(write.count)
    s.pointee.wroteWindow = fromWindow
    channel.pointee.outstanding -= UInt32(write.count)
    channel.pointee.lastWrite = s.pointee.writes
  }

  /// One write of the completion at the head; false when there is none, or RAM has no room.
  private func writeCompletion() -> Bool {
    let s = state.pointer
    guard door.readData.hasMessage else { return false }
    let data = door.readData.head
    let tag = Int(data.pointee.tag)
    guard tag < tags.count, tags.pointer[tag].active else {
      s.pointee.unexpected &+= 1
      return takeCompletion()
    }
    let entry = tags.pointer + tag
    let channel = channels.pointer + Int(entry.pointee.channel)
    guard data.pointee.status == .successful else {
      fail(channel, data.pointee.status.error)
      release(tag)
      return takeCompletion()
    }
    guard door.ramWrites.canSend else { return false }
    noteFirstData(channel, data.pointee.count)
    let done = Int(s.pointee.drained), destination = Int(entry.pointee.destination)
    let left = data.pointee.count - done
    let count = min(left, dataPath - destination % dataPath)
    entry.pointee.destination += UInt32(count)
    entry.pointee.remaining -= UInt16(count)
    send(
      .write(UInt32(destination), data.pointee.payload, from: data.pointee.skip + done, count: count), for: channel,
      fromWindow: false)
    guard count == left else {
      s.pointee.drained += UInt16(count)
      return true
    }
    if data.pointee.isLast { release(tag) }
    return takeCompletion()
  }

  private func takeCompletion() -> Bool {
    state.pointer.pointee.drained = 0
    _ = door.readData.receive()
    return true
  }

  /// The window answers in the order in which it was asked, and one transfer after the other asks.
  private func writeWindowData() -> Bool {
    guard door.ramWrites.canSend, let data = door.windowData.receive() else { return false }
    let channel = oldestMove(hasAsked: true)!
    noteFirstData(channel, Int(data.count))
    let enable = data.count == 64 ? ~0 : (UInt64(1) << UInt64(data.count)) - 1
    let write = MemoryRequest(
      kind: .write, address: channel.pointee.moveDestination, count: data.count, enable: enable, data: data.data)
    channel.pointee.moveDestination += UInt32(data.count)
    send(write, for: channel, fromWindow: true)
    return true
  }
}

// The window: each read asks for what one aligned write takes.
extension DMAEngine {
  /// One read of the window, if a transfer has one. Returns whether it was sent.
  func requestWindow() -> Bool {
    guard let channel = oldestMove(hasAsked: false), door.windowReads.canSend else { return false }
    let count = min(Int(channel.pointee.unrequested), dataPath - Int(channel.pointee.destination) % dataPath)
    door.windowReads.send(.read(UInt32(DeviceMap.p2p) + UInt32(channel.pointee.source), count))
    channel.pointee.source += UInt64(count)
    channel.pointee.destination += UInt32(count)
    channel.pointee.unrequested -= UInt32(count)
    channel.pointee.outstanding += UInt32(count)
    return true
  }

  /// The oldest transfer that the window owes an answer, or that has something to ask.
  private func oldestMove(hasAsked: Bool) -> UnsafeMutablePointer<DMAChannel>? {
    for age in 0..<Int(state.pointer.pointee.transfers) {
      let channel = channel(age)
      guard channel.pointee.phase == .moving else { continue }
      if (hasAsked ? channel.pointee.outstanding : channel.pointee.unrequested) > 0 { return channel }
    }
    return nil
  }
}
