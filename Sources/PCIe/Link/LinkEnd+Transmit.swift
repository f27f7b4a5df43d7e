import SimKernel

extension LinkEnd {
  /// Puts packets onto the wire until it is busy beyond this cycle: DLLPs, then replays, then new TLPs (Base
  /// Specification 3.6.2.1 recommends that order).
  /// - Returns: whether more waits for the wire, as far as is known without looking
  func transmit(_ now: Picoseconds, _ start: UInt64, _ end: UInt64) -> Bool {
    if s.pointee.replayAt <= now { replayTimerExpired() }
    // A replay that asks for a retraining begins behind it (3.6.2.1).
    guard !s.pointee.wantsRetraining else { return false }
    // What is due now is due before the first TLP; more does not become due in between.
    while hasDLLP(now) {
      guard s.pointee.wireFreeAt < end else { return true }
      if let dllp = nextDLLP(now) { send(dllp, start) }
    }
    guard s.pointee.isReplaying || tx.isOccupied else { return false }
    while s.pointee.wireFreeAt < end {
      if s.pointee.isReplaying {
        resend(start, now)
      } else if let flowClass = nextTLP() {
        sendNew(flowClass, start, now)
      } else {
        return false
      }
    }
    return s.pointee.isReplaying || tx.isOccupied
  }

  /// The class whose first TLP may go: in the legal order, as credits allow.
  @inline(__always)
  private func nextTLP() -> FlowClass? {
    guard s.pointee.dataLink == .active, outstanding < retry.places else { return nil }
    guard let oldest = tx.next() else { return nil }
    return hasCredits(oldest) ? oldest : nextTLP(behind: oldest)
  }

  /// The class that may go although `oldest` has no credits.
  @inline(never)
  private func nextTLP(behind oldest: FlowClass) -> FlowClass? {
    var blocked = FlowClassSet(oldest)
    while let flowClass = tx.next(blocked: blocked) {
      if hasCredits(flowClass) { return flowClass }
      blocked.insert(FlowClassSet(flowClass))
    }
    return nil
  }

  @inline(__always)
  private func hasCredits(_ flowClass: FlowClass) -> Bool {
    credits(flowClass).pointee.allows(data: tx.head(flowClass).pointee.dataCredits)
  }

  /// TLPs without an Ack.
  var outstanding: Int { Int((s.pointee.nextSequence &- s.pointee.acknowledged &- 1) & 0xfff) }

  private func sendNew(_ flowClass: FlowClass, _ start: UInt64, _ now: Picoseconds) {
    let sequence = s.pointee.nextSequence, slot = retry.slot(s.pointee.nextSequence)
    tx.port(flowClass).receive(into: slot)
    credits(flowClass).pointee.use(data: slot.pointee.dataCredits)
    s.pointee.nextSequence = (sequence &+ 1) & 0xfff
    put(slot, sequence, start, now, isReplay: false)
  }

  /// The next TLP of a replay.
  private func resend(_ start: UInt64, _ now: Picoseconds) {
    let sequence = s.pointee.replaySequence
    s.pointee.replaySequence = (sequence &+ 1) & 0xfff
    s.pointee.isReplaying = s.pointee.replaySequence != s.pointee.nextSequence
    s.pointee.replays &+= 1
    put(retry.slot(sequence), sequence, start, now, isReplay: true)
  }

  @inline(__always)
  private func put(
    _ queued: UnsafePointer<QueuedTLP>, _ sequence: UInt16, _ start: UInt64, _ now: Picoseconds, isReplay: Bool
  ) {
    let bytes = UInt64(queued.pointee.wireBytes) &+ timing.framing
    let first = max(s.pointee.wireFreeAt, start) &+ s.pointee.holdBack &* 1_000
    s.pointee.holdBack = 0
    let end = first &+ bytes &* timing.byteTime
    s.pointee.wireFreeAt = end
    s.pointee.show(queued, bytes: bytes)
    let left = (end &+ 999) / 1_000
    // REPLAY_TIMER runs from the last symbol of the oldest TLP without an Ack (3.6.2.1).
    if s.pointee.replayAt == .max { s.pointee.replayAt = left &+ timing.replayTimeout }
    let fault = strike(.dropTLP, .corruptTLP)
    if let observer {
      observer._withUnsafeGuaranteedRef {
        $0.transmitted(
          LinkTransmission(
            link: observedAs, direction: direction, start: first / 1_000, end: left,
            arrival: left &+ timing.propagation, sequence: sequence, isReplay: isReplay, fate: LinkFate(fault),
            wireBytes: Int(bytes), tlp: queued.pointee.tlp), now: now)
      }
    }
    if fault == .dropTLP { return }
    wire.append(
      WirePacket(
        content: .tlp(sequence: sequence), isCorrupted: fault != .none, arrivesAt: left &+ timing.propagation))
    s.pointee.inFlight &+= 1
  }

  private func send(_ dllp: DLLP, _ start: UInt64) {
    let first = max(s.pointee.wireFreeAt, start)
    let end = first &+ timing.dllpBytes &* timing.byteTime
    s.pointee.wireFreeAt = end
    s.pointee.dllps &+= 1
    let fault = strike(.dropDLLP, .corruptDLLP)
    if fault != .none { repeatLost(dllp, end / 1_000) }
    if fault == .dropDLLP { return }
    wire.append(
      WirePacket(
        content: .dllp(dllp), isCorrupted: fault != .none, arrivesAt: (end &+ 999) / 1_000 &+ timing.propagation))
    s.pointee.inFlight &+= 1
  }

  /// The injected fault, if it is one of these two and due for this packet.
  @inline(__always)
  private func strike(_ first: WireFault, _ second: WireFault) -> WireFault {
    s.pointee.fault == .none ? .none : strikeArmed(first, second)
  }

  @inline(never)
  private func strikeArmed(_ first: WireFault, _ second: WireFault) -> WireFault {
    let fault = s.pointee.fault
    guard fault == first || fault == second else { return .none }
    if s.pointee.faultSkip > 0 {
      s.pointee.faultSkip -= 1
      return .none
    }
    s.pointee.faultCount -= 1
    if s.pointee.faultCount == 0 { s.pointee.fault = .none }
    return fault
  }

  /// Whether a DLLP is to be sent now.
  private func hasDLLP(_ now: Picoseconds) -> Bool {
    s.pointee.nakPending || s.pointee.initToSend != 0
      || min(s.pointee.ackAt, s.pointee.initAt, creditsDueAt) <= now
  }

  /// The DLLP that is to be sent now: Nak, Ack, then those of flow control.
  private func nextDLLP(_ now: Picoseconds) -> DLLP? {
    if s.pointee.nakPending {
      s.pointee.nakPending = false
      // It acknowledges as well.
      s.pointee.ackAt = .max
      return .nak(sequence: (s.pointee.expected &- 1) & 0xfff)
    }
    if s.pointee.ackAt <= now {
      s.pointee.ackAt = .max
      return .ack(sequence: (s.pointee.expected &- 1) & 0xfff)
    }
    return nextCreditDLLP(now)
  }
}

extension LinkEndState {
  mutating func show(_ queued: UnsafePointer<QueuedTLP>, bytes: UInt64) {
    let dwords = queued.pointee.tlp.header.dwords
    (header0, header1, header2, header3) = (dwords.x, dwords.y, dwords.z, dwords.w)
    payloadBytes = UInt16(truncatingIfNeeded: queued.pointee.tlp.payload.count)
    packets &+= 1
    wireBytes &+= bytes
  }
}
