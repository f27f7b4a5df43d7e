import SimKernel

extension Link {
  /// Carries out an order.
  func obey(_ command: LinkCommand, _ now: Picoseconds) {
    let s = state.pointer
    switch command {
    case .fault(let fault, let direction, let skip, let count):
      let end = sender(direction)
      end.s.pointee.fault = count == 0 ? .none : fault
      end.s.pointee.faultSkip = skip
      end.s.pointee.faultCount = count
    case .delay(let direction, let time): sender(direction).s.pointee.holdBack = time
    case .starve(let direction, let flowClass, let time): receiver(direction).starve(flowClass, until: now &+ time)
    case .retrain(let time): if s.pointee.phase == .up { retrain(for: time == 0 ? spec.recoveryTime : time, now) }
    case .remove:
      s.pointee.removed = true
      goDown(now)
    case .assertReset: goDown(now)
    case .releaseReset:
      guard s.pointee.phase == .down else { return }
      s.pointee.removed = false
      enter(.training, now)
      s.pointee.phaseEndsAt = now &+ spec.trainingTime
    }
  }

  private func sender(_ direction: LinkDirection) -> LinkEnd { direction == .down ? upper : lower }
  private func receiver(_ direction: LinkDirection) -> LinkEnd { direction == .down ? lower : upper }

  /// LTSSM Recovery: nothing is sent until it is over; what has left arrives. Timers of replays stand still (Base
  /// Specification 3.6.2.1).
  func retrain(for time: Picoseconds, _ now: Picoseconds) {
    let s = state.pointer
    enter(.recovery, now)
    s.pointee.phaseEndsAt = now &+ time
    for end in [upper, lower] {
      end.s.pointee.wantsRetraining = false
      if end.s.pointee.replayAt != .max { end.s.pointee.replayAt &+= time }
    }
  }

  /// The physical layer says that nobody is there: everything that the data link layer holds is lost (3.2.1).
  private func goDown(_ now: Picoseconds) {
    let s = state.pointer
    guard s.pointee.phase != .down else { return }
    upper.reset()
    lower.reset()
    enter(.down, now)
  }

  func advancePhase(_ now: Picoseconds) {
    let s = state.pointer
    switch s.pointee.phase {
    case .up: return
    case .down:
      upper.discard()
      lower.discard()
    case .training:
      guard now >= s.pointee.phaseEndsAt else { return }
      // Buffers begin empty: their credits are advertised anew.
      guard upper.isDrained, lower.isDrained else {
        s.pointee.phaseEndsAt = now &+ clock.period
        return
      }
      enter(.up, now)
      upper.beginInitialisation(now)
      lower.beginInitialisation(now)
      upper.wake()
      lower.wake()
    case .recovery:
      guard now >= s.pointee.phaseEndsAt else { return }
      enter(.up, now)
      upper.wake()
      lower.wake()
    }
  }

  private func enter(_ phase: LinkPhase, _ now: Picoseconds) {
    state.pointer.pointee.phase = phase
    upper.observer?._withUnsafeGuaranteedRef { $0.entered(phase, link: upper.observedAs, now: now) }
  }
}

extension LinkEnd {
  /// DL_Inactive: sequence numbers, timers, credits and what is on the wire begin anew; counters of a report go on.
  func reset() {
    let old = s.pointee
    wire.removeAll()
    s.pointee = LinkEndState()
    (s.pointee.header0, s.pointee.header1) = (old.header0, old.header1)
    (s.pointee.header2, s.pointee.header3) = (old.header2, old.header3)
    s.pointee.payloadBytes = old.payloadBytes
    (s.pointee.packets, s.pointee.wireBytes, s.pointee.dllps) = (old.packets, old.wireBytes, old.dllps)
    (s.pointee.replays, s.pointee.duplicates, s.pointee.discarded) = (old.replays, old.duplicates, old.discarded)
    for flowClass in FlowClass.allCases { units(flowClass).removeAll() }
    s.pointee.downToTell = true
  }

  /// What is sent into a link that is down is lost (Base Specification 2.9.1).
  func discard() {
    for flowClass in FlowClass.allCases {
      while tx.port(flowClass).hasMessage {
        tx.take(flowClass)
        s.pointee.discarded &+= 1
      }
    }
  }

  /// Whether the component has taken everything that came.
  var isDrained: Bool { rx.posted.isDrained && rx.nonPosted.isDrained && rx.completion.isDrained }
}
