import SimKernel

extension RootComplex {
  /// Begins a read of host memory; false while all places are taken.
  func startRead(_ header: TLPHeader, from index: Int) -> Bool {
    let s = state.pointer
    guard Int(s.pointee.activeReads) < spec.outstandingReads else { return false }
    var slot = 0
    while s.pointee.reads[slot].active { slot += 1 }
    var read = PendingRead(active: true, port: UInt8(index), tag: header.tag, requester: header.requesterID.rawValue)
    read.remaining = UInt16(header.requestedByteCount)
    read.address = header.firstByteAddress
    read.readyAt =
      clock.time
      + s.pointee.memory.latency(
        address: read.address, length: Int(read.remaining), isWrite: false, spec: spec, random: &s.pointee.random)
    if s.pointee.injectedCount > 0 {
      read.fault = s.pointee.injected
      s.pointee.injectedCount -= 1
    }
    s.pointee.reads[slot] = read
    s.pointee.activeReads += 1
    return true
  }

  /// Sends one completion of the read whose data came first; requests that wait longer do not hold it up.
  func complete() -> Wake {
    let s = state.pointer
    guard s.pointee.activeReads > 0 else { return .onInput }
    if s.pointee.current == 64, let wake = chooseRead() { return wake }
    let slot = Int(s.pointee.current)
    let read = s.pointee.reads[slot]
    guard read.fault == .drop || rootPorts[Int(read.port)].tx.canSend else { return .onInput }
    answer(read, slot)
    return .next
  }

  /// Picks the read that became ready first, of equals the first slot; or says when one will be.
  private func chooseRead() -> Wake? {
    let s = state.pointer
    var best = -1, bestTime = UInt64.max
    for slot in 0..<64 where s.pointee.reads[slot].active && s.pointee.reads[slot].readyAt < bestTime {
      best = slot
      bestTime = s.pointee.reads[slot].readyAt
    }
    guard bestTime <= clock.time else { return .at(clock.cycles(covering: bestTime)) }
    s.pointee.current = UInt8(best)
    return nil
  }

  private func answer(_ read: PendingRead, _ slot: Int) {
    var request = TLPHeader(.memoryRead)
    request.tag = read.tag
    request.requesterID = DeviceID(rawValue: read.requester)
    let output = rootPorts[Int(read.port)].tx
    switch read.fault {
    case .drop: retire(slot)
    case .ur, .ca:
      var header = TLPHeader.completion(
        for: request, status: read.fault == .ur ? .unsupportedRequest : .completerAbort, completer: Self.id)
      header.byteCount = Int(read.remaining)
      header.lowerAddress = UInt8(truncatingIfNeeded: read.address) & 0x7f
      output.send(TLP(header))
      retire(slot)
    case .none, .poison: sendData(read, slot, request, to: output)
    }
  }

  private func sendData(_ read: PendingRead, _ slot: Int, _ request: TLPHeader, to output: OutPort<TLP>) {
    let length = CompletionSplitter.nextCompletionLength(
      address: read.address, remaining: Int(read.remaining), rcb: spec.readCompletionBoundary, maxPayload: maxPayload,
      cutAtEveryRCB: spec.cutAtEveryBoundary)
    let part = CompletionPart(address: read.address, length: length, byteCount: Int(read.remaining))
    let payload = memory.read(4 * part.lengthDW, at: Int((read.address & ~3) - spec.memoryBase))
    var header = TLPHeader.completionData(for: request, part: part, completer: Self.id)
    header.poisoned = read.fault == .poison
    output.send(TLP(header, payload: payload))
    if part.isLast {
      retire(slot)
    } else {
      state.pointer.pointee.reads[slot].address += UInt64(length)
      state.pointer.pointee.reads[slot].remaining -= UInt16(length)
    }
  }

  private func retire(_ slot: Int) {
    let s = state.pointer
    s.pointee.reads[slot].active = false
    s.pointee.activeReads -= 1
    s.pointee.current = 64
  }
}
