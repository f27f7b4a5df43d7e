import PCIe
import SimKernel

// The life of a transfer: command, start, end.
extension DMAEngine {
  func acceptCommand(_ now: Cycle) -> Bool {
    guard door.commands.hasMessage else { return false }
    let s = state.pointer
    let command = door.commands.head.pointee
    if command.kind == .abort {
      for age in 0..<Int(s.pointee.transfers) where channel(age).pointee.phase != .finishing {
        fail(channel(age), .aborted)
      }
    } else {
      guard Int(s.pointee.transfers) < channels.count else { return false }
      let channel = channel(Int(s.pointee.transfers))
      begin(command, on: channel, now)
      observer?.transferBegins(on: channel - channels.pointer, command, time: clock.time)
      s.pointee.transfers += 1
    }
    _ = door.commands.receive()
    return true
  }

  private func begin(_ command: DMACommand, on channel: UnsafeMutablePointer<DMAChannel>, _ now: Cycle) {
    channel.pointee.phase = .starting
    channel.pointee.fromHost = command.kind == .hostToRAM
    channel.pointee.error = .none
    channel.pointee.startsAt = now + spec.startCycles
    channel.pointee.source = command.source
    channel.pointee.destination = command.destination
    channel.pointee.moveDestination = command.destination
    channel.pointee.unrequested = command.length
    channel.pointee.outstanding = 0
    channel.pointee.lastWrite = 0
    channel.pointee.length = command.length
    channel.pointee.startedAt = clock.time
    channel.pointee.firstDataAt = 0
  }

  func beginTransfers(_ now: Cycle) {
    for age in 0..<Int(state.pointer.pointee.transfers) {
      let channel = channel(age)
      guard channel.pointee.phase == .starting, now >= channel.pointee.startsAt else { continue }
      channel.pointee.phase = channel.pointee.fromHost ? .reading : .moving
    }
  }

  /// Keeps the time and size of the first data of a transfer.
  func noteFirstData(_ channel: UnsafeMutablePointer<DMAChannel>, _ bytes: Int) {
    guard channel.pointee.firstDataAt == 0 else { return }
    channel.pointee.firstDataAt = clock.time
    channel.pointee.firstBytes = UInt16(bytes)
  }

  /// Stops asking for more; what is outstanding is waited for. The first reason counts.
  func fail(_ channel: UnsafeMutablePointer<DMAChannel>, _ error: DeviceError) {
    if channel.pointee.error == .none { channel.pointee.error = error }
    channel.pointee.unrequested = 0
  }

  /// Reports the end of the oldest transfer once RAM holds every byte of it: other users of RAM are served in turn, and
  /// could be ahead of the last. Returns whether to look again at the next edge.
  func finishTransfers() -> Bool {
    let s = state.pointer
    for age in 0..<Int(s.pointee.transfers) {
      let channel = channel(age)
      guard channel.pointee.phase == .reading || channel.pointee.phase == .moving else { continue }
      if channel.pointee.unrequested == 0 && channel.pointee.outstanding == 0 { channel.pointee.phase = .finishing }
    }
    let oldest = channel(0)
    guard s.pointee.transfers > 0, oldest.pointee.phase == .finishing else { return false }
    guard s.pointee.writes &- UInt64(door.ramWrites.unread) >= oldest.pointee.lastWrite else { return true }
    guard door.results.canSend else { return false }
    door.results.send(DMAResult(error: oldest.pointee.error))
    let record = DMARecord(oldest.pointee, channel: Int(s.pointee.oldest), end: clock.time)
    records.append(record)
    observer?.transferEnds(record)
    oldest.pointee.phase = .idle
    s.pointee.oldest = UInt8((Int(s.pointee.oldest) + 1) % channels.count)
    s.pointee.transfers -= 1
    return true
  }
}

// What the host does to the function.
extension DMAEngine {
  func takeControl() {
    guard let control = door.control.receive() else { return }
    let s = state.pointer
    s.pointee.maxReadRequest = UInt16(clamping: control.maxReadRequest)
    s.pointee.tagLimit = UInt16(clamping: control.tagLimit)
    if control.reset { reset() }
  }

  /// Ends all transfers. What was asked of the host is not answered any more, and what came already is thrown away: the
  /// port of the data is as slow as that of the reset, so nothing older is behind it. The window still answers.
  private func reset() {
    let s = state.pointer
    for tag in 0..<tags.count { tags.pointer[tag] = DMATag() }
    s.pointee.activeTags = 0
    observer?.readsOutstanding(0, time: clock.time)
    s.pointee.freeTag = 0
    s.pointee.drained = 0
    while door.readData.receive() != nil {}
    for age in 0..<Int(s.pointee.transfers) where channel(age).pointee.phase != .finishing {
      let channel = channel(age)
      fail(channel, .aborted)
      if channel.pointee.phase != .moving {
        channel.pointee.outstanding = 0
        channel.pointee.phase = .finishing
      }
    }
  }
}

extension DMARecord {
  init(_ transfer: DMAChannel, channel: Int, end: Picoseconds) {
    self.init(
      start: transfer.startedAt, firstData: transfer.firstDataAt, end: end, bytes: Int(transfer.length),
      firstBytes: Int(transfer.firstBytes), channel: channel, error: transfer.error)
  }
}
