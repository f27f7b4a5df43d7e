import SimKernel

extension LinkEnd {
  /// Begins FC_INIT1 (Base Specification 3.4.1): advertises the buffers of this end.
  func beginInitialisation(_ now: Picoseconds) {
    s.pointee.dataLink = .initFC1
    s.pointee.initSeen = 0
    s.pointee.initToSend = 0b111
    s.pointee.initAt = now &+ timing.initInterval
    for index in 0..<3 {
      var allocation = CreditAllocation()
      allocation.headers = UInt8(timing.headers[index])
      allocation.data = timing.data[index]
      let flowClass = FlowClass(rawValue: UInt8(index))!
      allocation.isInfinite = timing.isInfinite(flowClass)
      allocation.taken = rx.port(flowClass).taken
      s.pointee.allocations[index] = allocation
    }
  }

  /// The InitFC or UpdateFC that is due.
  func nextCreditDLLP(_ now: Picoseconds) -> DLLP? {
    if s.pointee.initAt <= now {
      s.pointee.initAt = s.pointee.dataLink == .active ? .max : now &+ timing.initInterval
      s.pointee.initToSend = 0b111
    }
    if s.pointee.initToSend != 0 {
      let index = s.pointee.initToSend.trailingZeroBitCount
      s.pointee.initToSend &= s.pointee.initToSend &- 1
      return initialisation(index)
    }
    guard creditsDueAt <= now else { return nil }
    for index in 0..<3 where s.pointee.allocations[index].updateAt <= now {
      s.pointee.allocations[index].dueAt = .max
      let allocation = s.pointee.allocations[index]
      return .updateFC(FlowClass(rawValue: UInt8(index))!, header: allocation.headers, data: allocation.data)
    }
    return nil
  }

  private func initialisation(_ index: Int) -> DLLP {
    let flowClass = FlowClass(rawValue: UInt8(index))!
    let header = UInt8(timing.headers[index]), data = timing.data[index]
    return s.pointee.dataLink == .initFC1
      ? .initFC1(flowClass, header: header, data: data) : .initFC2(flowClass, header: header, data: data)
  }

  /// InitFC1 and InitFC2 from the other end: all three classes end FC_INIT1, any InitFC2 ends FC_INIT2 (3.4.1).
  func initialised(_ flowClass: FlowClass, _ header: UInt8, _ data: UInt16, isSecond: Bool) {
    if s.pointee.dataLink == .initFC1 {
      credits(flowClass).pointee.initialise(header: header, data: data)
      s.pointee.initSeen |= 1 << flowClass.rawValue
      guard s.pointee.initSeen == 0b111 else { return }
      s.pointee.dataLink = .initFC2
      s.pointee.initToSend = 0b111
    } else if s.pointee.dataLink == .initFC2, isSecond {
      becomeActive()
    } else if s.pointee.dataLink == .active, !isSecond {
      // The other end has begun anew, or has not seen our InitFC1.
      s.pointee.initToSend = 0b111
    }
  }

  /// A DLLP of flow control that gets lost is sent again after a while. The specification repeats all of them for ever
  /// (2.6.1.2: every 30 us; 3.4.1); the others would only repeat what is known, and keep the system from being idle.
  func repeatLost(_ dllp: DLLP, _ now: Picoseconds) {
    switch dllp {
    case .updateFC(let flowClass, _, _):
      let again = now &+ timing.creditRefresh, index = Int(flowClass.rawValue)
      s.pointee.allocations[index].dueAt = min(s.pointee.allocations[index].dueAt, again)
    case .initFC1, .initFC2:
      s.pointee.initLost = true
      s.pointee.initAt = min(s.pointee.initAt, now &+ timing.initInterval)
    case .ack, .nak: break
    }
  }

  func becomeActive() {
    s.pointee.dataLink = .active
    if !s.pointee.initLost { s.pointee.initAt = .max }
    s.pointee.initLost = false
    s.pointee.upToTell = true
  }

  /// Messages that the component has taken, of the classes whose credits count: only those wake the link.
  var takenByComponent: UInt32 {
    rx.posted.taken &+ rx.nonPosted.taken &+ (followsCompletions ? rx.completion.taken : 0)
  }

  /// Credits of what the component took out of its receive buffer go back to the sender.
  func noteFreedCredits(_ now: Picoseconds) {
    let taken = takenByComponent
    guard taken != s.pointee.taken, s.pointee.dataLink != .inactive else { return }
    s.pointee.taken = taken
    noteFreed(0, rx.posted.taken, postedUnits, now)
    noteFreed(1, rx.nonPosted.taken, nonPostedUnits, now)
    noteFreed(2, rx.completion.taken, completionUnits, now)
  }

  @inline(__always)
  private func noteFreed(_ index: Int, _ taken: UInt32, _ units: CreditQueue, _ now: Picoseconds) {
    let count = taken &- s.pointee.allocations[index].taken
    guard count != 0, !s.pointee.allocations[index].isInfinite else { return }
    let data = units.removeFirst(count)
    s.pointee.allocations[index].taken = taken
    // A field that was advertised as infinite stays 0 (2.6.1).
    if timing.headers[index] != 0 { s.pointee.allocations[index].headers &+= UInt8(truncatingIfNeeded: count) }
    if timing.data[index] != 0 {
      s.pointee.allocations[index].data = (s.pointee.allocations[index].data &+ data) & 0xfff
    }
    s.pointee.allocations[index].dueAt = min(s.pointee.allocations[index].dueAt, now &+ timing.creditLatency)
  }

  /// When the next UpdateFC is due.
  var creditsDueAt: Picoseconds {
    min(s.pointee.allocations[0].updateAt, s.pointee.allocations[1].updateAt, s.pointee.allocations[2].updateAt)
  }

  /// Frees no credits of a class until `end`.
  func starve(_ flowClass: FlowClass, until end: Picoseconds) {
    s.pointee.allocations[Int(flowClass.rawValue)].starvedUntil = end
  }
}
