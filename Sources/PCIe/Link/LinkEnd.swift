import SimKernel

/// One end of a link: its data link layer, with the retry buffer of its transmitter and the wire that it feeds.
///
/// Pointers and constants only; what changes is in `LinkEndState`, and in the RAMs that the queues are. A class, since
/// a struct of this size would be copied for each call.
final class LinkEnd {
  let s: UnsafeMutablePointer<LinkEndState>
  let tx: TLPIn
  let rx: TLPOut
  let events: OutPort<LinkEvent>
  let timing: LinkTiming
  let direction: LinkDirection
  /// Who hears of each TLP, and what it knows the link as. Unmanaged, because the link would be counted at each use.
  private(set) var observer: Unmanaged<LinkObserver>?
  private(set) var observedAs = 0
  /// What `scheduleNext` found; derived from the state, to save looking again.
  let nextAt = UnsafeMutablePointer<Picoseconds>.allocate(capacity: 1)
  let retry: RetryBuffer
  /// What this end has put onto the wire.
  let wire = WireQueue()
  let postedUnits: CreditQueue
  let nonPostedUnits: CreditQueue
  let completionUnits: CreditQueue
  /// Completions have credits that count.
  let followsCompletions: Bool
  /// Where the credits of each class are counted.
  private let credits:
    (UnsafeMutablePointer<CreditCounter>, UnsafeMutablePointer<CreditCounter>, UnsafeMutablePointer<CreditCounter>)

  init(
    _ state: UnsafeMutablePointer<LinkEndState>, _ ports: Link.EndPorts, _ timing: LinkTiming,
    _ direction: LinkDirection,
    retryPlaces: Int
  ) {
    func counter(_ field: KeyPath<LinkEndState, CreditCounter>) -> UnsafeMutablePointer<CreditCounter> {
      (UnsafeMutableRawPointer(state) + MemoryLayout<LinkEndState>.offset(of: field)!)
        .assumingMemoryBound(to: CreditCounter.self)
    }
    s = state
    nextAt.initialize(to: 0)
    credits = (counter(\.posted), counter(\.nonPosted), counter(\.completion))
    tx = ports.tx
    rx = ports.rx
    events = ports.events
    self.timing = timing
    self.direction = direction
    retry = RetryBuffer(places: retryPlaces)
    postedUnits = CreditQueue(capacity: rx.posted.capacity)
    nonPostedUnits = CreditQueue(capacity: rx.nonPosted.capacity)
    completionUnits = CreditQueue(capacity: rx.completion.capacity)
    rx.posted.followReceiver()
    rx.nonPosted.followReceiver()
    followsCompletions = !timing.isInfinite(.completion)
    if followsCompletions { rx.completion.followReceiver() }
  }

  deinit {
    nextAt.deallocate()
    retry.deallocate()
    wire.deallocate()
    postedUnits.deallocate()
    nonPostedUnits.deallocate()
    completionUnits.deallocate()
  }

  func credits(_ flowClass: FlowClass) -> UnsafeMutablePointer<CreditCounter> {
    switch flowClass {
    case .posted: credits.0
    case .nonPosted: credits.1
    case .completion: credits.2
    }
  }

  func units(_ flowClass: FlowClass) -> CreditQueue {
    switch flowClass {
    case .posted: postedUnits
    case .nonPosted: nonPostedUnits
    case .completion: completionUnits
    }
  }

  func observe(with observer: LinkObserver, as index: Int) {
    self.observer = .passUnretained(observer)
    observedAs = index
  }

  /// Whether a tick would change anything at this end: something has come, the component took or wants to send something,
  /// or a time has passed. An end without work costs a link that the other end keeps busy next to nothing.
  func hasWork(_ other: LinkEnd, _ now: Picoseconds) -> Bool {
    nextAt.pointee <= now || other.wire.nextArrival <= now || tx.isOccupied || takenByComponent != s.pointee.taken
  }

  /// Notes when this end has something to do without any input. The wire is free at an edge when it is free before the
  /// next one.
  /// - Parameter waits: whether `transmit` left something behind
  func scheduleNext(waits: Bool, period: Picoseconds) {
    tellEvents()
    let due = min(s.pointee.ackAt, s.pointee.initAt, creditsDueAt)
    // REPLAY_TIMER expires whether or not the wire is busy.
    nextAt.pointee = min(s.pointee.replayAt, waits ? s.pointee.wireFreeAt / (1_000 &* period) &* period : due)
    if s.pointee.errors != 0 || s.pointee.upToTell || s.pointee.downToTell { nextAt.pointee = 0 }
  }

  /// Something else than its own work has changed this end.
  func wake() { nextAt.pointee = 0 }

  /// When this end has something to do, if nothing else comes from the component.
  func nextEvent(_ other: LinkEnd) -> Picoseconds { min(other.wire.nextArrival, nextAt.pointee) }

  /// Tells the component what happened, as its port has room.
  func tellEvents() {
    guard s.pointee.downToTell || s.pointee.upToTell || s.pointee.errors != 0 else { return }
    if s.pointee.downToTell, events.canSend {
      s.pointee.downToTell = false
      events.send(.down)
    }
    if s.pointee.upToTell, !s.pointee.downToTell, events.canSend {
      s.pointee.upToTell = false
      events.send(.up)
    }
    while s.pointee.errors != 0, events.canSend {
      let bit = s.pointee.errors.trailingZeroBitCount
      s.pointee.errors &= s.pointee.errors &- 1
      events.send(
        bit == LinkEnd.overflowBit
          ? .uncorrectable(.receiverOverflow) : .correctable(CorrectableError(rawValue: UInt8(bit))!))
    }
  }

  static let overflowBit = 31

  func note(_ error: CorrectableError) { s.pointee.errors |= 1 << UInt32(error.rawValue) }
}
