import SimKernel

extension RootComplex {
  /// Begins a read of host memory; false while all places are taken.
  func startRead(_ header: TLPHeader, from index: Int) -> Bool {
    let s = state.pointer
    // From a link that is down since: nobody waits for the data.
    guard portStates.pointer[index].bridge.linkIsActive else { return true }
    guard Int(s.pointee.activeReads) < reads.count else { return false }
    var slot = 0
    while reads.pointer[slot].active { slot += 1 }
    let read = reads.pointer + slot
    read.pointee = PendingRead(
      active: true, port: UInt8(index), trafficClass: header.trafficClass, attributes: header.attributes.rawValue,
      tag: header.tag, requester: header.requesterID.rawValue, remaining: UInt16(header.requestedByteCount),
      address: header.firstByteAddress)
    read.pointee.readyAt =
      clock.time
      + s.pointee.memory.latency(
        address: read.pointee.address, length: Int(read.pointee.remaining), isWrite: false, spec: spec,
        random: &s.pointee.random)
    if s.pointee.injectedCount > 0 {
      read.pointee.fault = s.pointee.injected
      if s.pointee.injected == .delay { read.pointee.readyAt += s.pointee.injectedDelay }
      s.pointee.injectedCount -= 1
    }
    s.pointee.activeReads += 1
    return true
  }

  /// Sends completions through one root port: of the read whose data came first, then of the next; requests that wait
  /// longer do not hold them up. Returns when there will be more to do, `.max` when only room is awaited.
  func complete(at index: Int) -> Picoseconds {
    let port = portStates.pointer + index, tx = rootPorts[index].tx
    while true {
      if port.pointee.current == 0xffff {
        let next = chooseRead(at: index)
        guard port.pointee.current != 0xffff else { return next }
      }
      let slot = Int(port.pointee.current)
      guard reads.pointer[slot].fault == .silence || tx.canSend(.completion) else { return .max }
      answer(slot, tx)
      if !reads.pointer[slot].active { port.pointee.current = 0xffff }
    }
  }

  /// Picks the read that became ready first, of equals the first slot; or says when one will be.
  private func chooseRead(at index: Int) -> Picoseconds {
    var best = -1, bestTime = Picoseconds.max, left = Int(state.pointer.pointee.activeReads), slot = 0
    while left > 0 {
      let read = reads.pointer + slot
      if read.pointee.active {
        left -= 1
        if read.pointee.readyAt < bestTime, Int(read.pointee.port) == index {
          best = slot
          bestTime = read.pointee.readyAt
        }
      }
      slot += 1
    }
    if bestTime <= clock.time { portStates.pointer[index].current = UInt16(best) }
    return bestTime
  }

  private func answer(_ slot: Int, _ tx: TLPOut) {
    let read = reads.pointer + slot
    var request = TLPHeader(.memoryRead)
    request.trafficClass = read.pointee.trafficClass
    request.attributes = TLPAttributes(rawValue: read.pointee.attributes)
    request.tag = read.pointee.tag
    request.requesterID = DeviceID(rawValue: read.pointee.requester)
    switch read.pointee.fault {
    case .silence: retire(slot)
    case .unsupportedRequest, .completerAbort:
      let isAbort = read.pointee.fault == .completerAbort
      var header = TLPHeader.completion(
        for: request, status: isAbort ? .completerAbort : .unsupportedRequest, completer: Self.id)
      header.byteCount = Int(read.pointee.remaining)
      header.lowerAddress = UInt8(truncatingIfNeeded: read.pointee.address) & 0x7f
      tx.send(TLP(header))
      retire(slot)
    case .unexpected:
      // A tag that the requester does not use: those of 10 bits begin at 256 (Base Specification 2.2.6.2).
      request.tag = request.tag < 256 ? 0x3ff : request.tag & 0xff
      tx.send(.completion(for: request, status: .successful, completer: Self.id, byteCount: nil))
      read.pointee.fault = .none
    case .none, .poison, .delay, .malformed: sendData(slot, request, tx)
    }
  }

  private func sendData(_ slot: Int, _ request: TLPHeader, _ tx: TLPOut) {
    let read = reads.pointer + slot
    let length = CompletionSplitter.nextCompletionLength(
      address: read.pointee.address, remaining: Int(read.pointee.remaining), rcb: spec.readCompletionBoundary,
      maxPayload: maxPayload, cutAtEveryRCB: spec.cutAtEveryBoundary)
    let part = CompletionPart(
      address: read.pointee.address, length: length, byteCount: Int(read.pointee.remaining))
    let payload = memory.read(4 * part.lengthDW, at: Int((read.pointee.address & ~3) - spec.memoryBase))
    var header = TLPHeader.completionData(for: request, part: part, completer: Self.id)
    header.poisoned = read.pointee.fault == .poison
    var tlp = TLP(header, payload: payload)
    if read.pointee.fault == .malformed { tlp.payload.removeLast(4) }
    tx.send(tlp, as: .completion)
    if part.isLast {
      retire(slot)
    } else {
      read.pointee.address += UInt64(length)
      read.pointee.remaining -= UInt16(length)
    }
  }

  /// The link is down: what was asked from below is forgotten (Base Specification 2.9.1).
  func abandonReads(of index: Int) {
    for slot in 0..<reads.count where reads.pointer[slot].active && Int(reads.pointer[slot].port) == index {
      retire(slot)
    }
    portStates.pointer[index].current = 0xffff
  }

  private func retire(_ slot: Int) {
    reads.pointer[slot].active = false
    reads.pointer[slot].fault = .none
    state.pointer.pointee.activeReads -= 1
  }
}
