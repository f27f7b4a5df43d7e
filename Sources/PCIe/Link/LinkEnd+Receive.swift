import SimKernel

extension LinkEnd {
  /// Handles what has come over the wire of the other end, and notes what the component took out of its buffer.
  ///
  /// - Parameter timersFrom: from when REPLAY_TIMER runs: now, or the end of Recovery
  func receive(from other: LinkEnd, _ now: Picoseconds, timersFrom: Picoseconds) {
    noteFreedCredits(now)
    while other.wire.nextArrival <= now {
      let packet = other.wire.removeFirst()
      other.s.pointee.inFlight &-= 1
      switch packet.content {
      case .tlp(let sequence): receive(sequence, packet.isCorrupted, from: other, now)
      case .dllp(let dllp):
        // A DLLP that fails its check is dropped (3.5.2.2).
        if packet.isCorrupted { note(.badDLLP) } else { receive(dllp, timersFrom: timersFrom) }
        if let observer {
          observer._withUnsafeGuaranteedRef { $0.senderInformed(link: observedAs, direction, now: now) }
        }
      }
    }
  }

  /// A TLP at the receiver (Base Specification 3.6.3.1): the next one is taken; a copy of an earlier one is
  /// acknowledged again; one that is damaged, or whose predecessor is missing, asks for a replay.
  private func receive(_ sequence: UInt16, _ isCorrupted: Bool, from other: LinkEnd, _ now: Picoseconds) {
    // A TLP says as much as an InitFC2 that FC_INIT2 is over (3.4.1).
    if s.pointee.dataLink == .initFC2 { becomeActive() }
    let ahead = (sequence &- s.pointee.expected) & 0xfff
    if isCorrupted || (ahead != 0 && ahead < 2_048) {
      note(.badTLP)
      guard !s.pointee.nakScheduled else { return }
      s.pointee.nakScheduled = true
      s.pointee.nakPending = true
    } else if ahead == 0 {
      s.pointee.expected = (sequence &+ 1) & 0xfff
      s.pointee.nakScheduled = false
      if s.pointee.ackAt == .max { s.pointee.ackAt = now &+ timing.ackLatency }
      deliver(other.retry.slot(sequence))
    } else {
      s.pointee.duplicates &+= 1
      s.pointee.ackAt = now
    }
  }

  private func deliver(_ queued: UnsafePointer<QueuedTLP>) {
    let flowClass = queued.pointee.flowClass
    guard rx.canSend(flowClass) else {
      // Only where credits are infinite and a requester asked for more than it can take (2.6.1.2, 6.2).
      s.pointee.errors |= 1 << UInt32(LinkEnd.overflowBit)
      return
    }
    rx.forward(queued)
    if !timing.isInfinite(flowClass) { units(flowClass).append(queued.pointee.dataCredits) }
  }

  private func receive(_ dllp: DLLP, timersFrom: Picoseconds) {
    switch dllp {
    case .ack(let sequence): acknowledge(sequence, timersFrom: timersFrom)
    case .nak(let sequence):
      acknowledge(sequence, timersFrom: timersFrom)
      startReplay()
    case .initFC1(let flowClass, let header, let data): initialised(flowClass, header, data, isSecond: false)
    case .initFC2(let flowClass, let header, let data): initialised(flowClass, header, data, isSecond: true)
    case .updateFC(let flowClass, let header, let data):
      if s.pointee.dataLink == .initFC2 { becomeActive() }
      credits(flowClass).pointee.update(header: header, data: data)
    }
  }

  // MARK: acknowledgement and replay

  /// All TLPs up to `sequence` have come (3.6.2.2). An old number says nothing new.
  private func acknowledge(_ sequence: UInt16, timersFrom: Picoseconds) {
    let progress = (sequence &- s.pointee.acknowledged) & 0xfff
    guard progress != 0, Int(progress) <= outstanding else { return }
    if s.pointee.isReplaying {
      let resent = (s.pointee.replaySequence &- s.pointee.acknowledged &- 1) & 0xfff
      if progress > resent { s.pointee.replaySequence = (sequence &+ 1) & 0xfff }
      if s.pointee.replaySequence == s.pointee.nextSequence { s.pointee.isReplaying = false }
    }
    s.pointee.acknowledged = sequence
    s.pointee.replayNumber = 0
    s.pointee.replayAt = outstanding == 0 ? .max : timersFrom &+ timing.replayTimeout
  }

  func replayTimerExpired() {
    note(.replayTimerTimeout)
    startReplay()
  }

  /// Sends everything without an Ack again; the fourth time without progress, the link is trained anew (3.6.2.1).
  private func startReplay() {
    s.pointee.replayAt = .max
    guard outstanding > 0 else { return }
    s.pointee.isReplaying = true
    s.pointee.replaySequence = (s.pointee.acknowledged &+ 1) & 0xfff
    s.pointee.replayNumber = (s.pointee.replayNumber &+ 1) & 3
    guard s.pointee.replayNumber == 0 else { return }
    note(.replayNumberRollover)
    s.pointee.wantsRetraining = true
  }
}
