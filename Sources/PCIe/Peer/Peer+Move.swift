import SimKernel

extension Peer {
  /// Gives chunks their turn, sends one packet of the oldest one that the medium has, and ends when nothing is left.
  func move(_ now: Cycle) -> Wake {
    let s = state.pointer
    issueChunks()
    if s.pointee.sent == s.pointee.length && s.pointee.activeChunks == 0 {
      s.pointee.phase = .interrupting
      return .next
    }
    // All chunks that had their turn are sent, and wait for answers.
    guard s.pointee.sent < s.pointee.issued else { return .onInput }
    let chunk = chunks.pointer + Int(s.pointee.sendSlot)
    guard chunk.pointee.readyAt <= clock.time else { return .at(clock.cycles(covering: chunk.pointee.readyAt)) }
    guard now >= s.pointee.nextAt else { return .at(s.pointee.nextAt) }
    guard s.pointee.tagLimit > 0 else { return .onInput }
    guard s.pointee.isRead ? request(chunk) : write(chunk) else {
      // A flush waits until the endpoint has taken every write; ports do not wake for that.
      return chunk.pointee.unsent == 0 ? .next : .onInput
    }
    s.pointee.nextAt = now + spec.interval
    return .next
  }

  private func issueChunks() {
    let s = state.pointer
    while s.pointee.issued < s.pointee.length {
      let chunk = chunks.pointer + Int(s.pointee.issueSlot)
      guard !chunk.pointee.active else { return }
      let bytes = min(UInt32(clamping: chunkSize), s.pointee.length - s.pointee.issued)
      chunk.pointee = PeerChunk(
        active: true, unsent: bytes, bytes: bytes, startedAt: clock.time,
        readyAt: clock.time + spec.mediaLatency.draw(&s.pointee.random))
      observer?.chunkBegins(
        in: Int(s.pointee.issueSlot), address: s.pointee.address &+ UInt64(s.pointee.issued), bytes: Int(bytes),
        isRead: s.pointee.isRead, time: clock.time)
      s.pointee.issued += bytes
      s.pointee.activeChunks += 1
      s.pointee.issueSlot = next(s.pointee.issueSlot)
    }
  }

  private func next(_ slot: UInt16) -> UInt16 { Int(slot) + 1 == chunks.count ? 0 : slot + 1 }

  // MARK: writing

  /// The next write of a chunk, at most MPS; behind the last one a flush, if asked for. False without room.
  private func write(_ chunk: UnsafeMutablePointer<PeerChunk>) -> Bool {
    let s = state.pointer
    if chunk.pointee.unsent == 0 { return flush(chunk) }
    guard door.writeRequests.canSend else { return false }
    let done = Int(s.pointee.sent) + Int(chunk.pointee.bytes - chunk.pointee.unsent)
    let address = s.pointee.address &+ UInt64(done)
    let length = RequestSplitter.nextRequestLength(
      address: address, remaining: Int(chunk.pointee.unsent), limit: Int(s.pointee.maxPayload))
    door.writeRequests.send(
      WriteRequest(.data(address: address, bytes: Array(buffer[done..<done + length]))))
    chunk.pointee.unsent -= UInt32(length)
    if chunk.pointee.unsent == 0 && !flushes {
      leave(chunk)
      complete(chunk)
    }
    return true
  }

  /// A zero-length read of the chunk's last byte pushes all of it ahead (Base Specification 2.2.5).
  private func flush(_ chunk: UnsafeMutablePointer<PeerChunk>) -> Bool {
    let s = state.pointer
    // The write port must be empty: the endpoint takes reads and writes from different ports.
    guard door.writeRequests.isDrained, door.readRequests.canSend, let tag = freeTag() else { return false }
    let last = s.pointee.address &+ UInt64(s.pointee.sent) &+ UInt64(chunk.pointee.bytes) &- 1
    tags.pointer[tag] = PeerTag(active: true, chunk: s.pointee.sendSlot, offset: 0)
    s.pointee.activeTags += 1
    chunk.pointee.awaited = 1
    door.readRequests.send(
      ReadRequest(address: last, length: 0, tag: UInt16(tag), timeout: spec.completionTimeout))
    leave(chunk)
    return true
  }

  // MARK: reading

  /// The next read request of a chunk, at most MRRS. False without room or tag.
  private func request(_ chunk: UnsafeMutablePointer<PeerChunk>) -> Bool {
    let s = state.pointer
    guard door.readRequests.canSend, let tag = freeTag() else { return false }
    let done = Int(s.pointee.sent) + Int(chunk.pointee.bytes - chunk.pointee.unsent)
    let address = s.pointee.address &+ UInt64(done)
    let length = RequestSplitter.nextRequestLength(
      address: address, remaining: Int(chunk.pointee.unsent), limit: Int(s.pointee.maxReadRequest))
    tags.pointer[tag] = PeerTag(active: true, chunk: s.pointee.sendSlot, offset: UInt32(done))
    s.pointee.activeTags += 1
    door.readRequests.send(
      ReadRequest(address: address, length: length, tag: UInt16(tag), timeout: spec.completionTimeout))
    chunk.pointee.unsent -= UInt32(length)
    chunk.pointee.awaited += 1
    if chunk.pointee.unsent == 0 { leave(chunk) }
    return true
  }

  private func freeTag() -> Int? {
    let s = state.pointer
    guard s.pointee.activeTags < s.pointee.tagLimit else { return nil }
    var tag = 0
    while tags.pointer[tag].active { tag += 1 }
    return tag
  }

  /// Goes on to the next chunk.
  private func leave(_ chunk: UnsafePointer<PeerChunk>) {
    let s = state.pointer
    s.pointee.sent += chunk.pointee.bytes
    s.pointee.sendSlot = next(s.pointee.sendSlot)
  }

  // MARK: answers

  func receive(_ data: ReadData) {
    let s = state.pointer
    let tag = tags.pointer + Int(data.tag)
    guard tag.pointee.active else { return }
    let chunk = chunks.pointer + Int(tag.pointee.chunk)
    if data.status != .successful {
      fail(data.status)
    } else if s.pointee.isRead {
      let offset = Int(tag.pointee.offset)
      buffer.replaceSubrange(offset..<offset + data.count, with: data.payload[data.skip..<data.skip + data.count])
      tag.pointee.offset += UInt32(data.count)
    }
    guard data.isLast else { return }
    tag.pointee.active = false
    s.pointee.activeTags -= 1
    chunk.pointee.awaited -= 1
    if chunk.pointee.awaited == 0 && chunk.pointee.unsent == 0 { complete(chunk) }
  }

  private func complete(_ chunk: UnsafeMutablePointer<PeerChunk>) {
    let s = state.pointer
    records.append(
      PeerRecord(
        start: chunk.pointee.startedAt, end: clock.time, bytes: Int(chunk.pointee.bytes), isRead: s.pointee.isRead))
    observer?.chunkEnds(in: chunk - chunks.pointer, time: clock.time)
    chunk.pointee.active = false
    s.pointee.activeChunks -= 1
  }
}
