import SimKernel

/// A link: the data link layers of its two ends, and the wire between them (PCI Express Base Specification, chapters 3
/// and 4).
///
/// Takes TLPs from the component at each end as credits allow, keeps the wire busy for as long as their bytes last, and
/// puts them into the receive buffer at the other end, none lost and none twice, in order. Wire time is continuous
/// (femtoseconds), so bandwidth is exact whatever the user clock; packets are handled at edges.
public final class Link: Component {
  /// The ports at one end.
  public struct EndPorts {
    /// What the component there wants sent.
    public let tx: TLPIn
    /// Its receive buffer.
    public let rx: TLPOut
    public let events: OutPort<LinkEvent>

    public init(tx: TLPIn, rx: TLPOut, events: OutPort<LinkEvent>) {
      self.tx = tx
      self.rx = rx
      self.events = events
    }
  }

  public let clock: Clock
  public let state = FlipFlops(LinkState())
  public let ports: [any PortEnd]
  let spec: LinkSpec
  /// The end towards the root, and the one away from it.
  let upper: LinkEnd
  let lower: LinkEnd
  private let commands: [InPort<LinkCommand>]

  /// - Parameters:
  ///   - maxPayload: MPS of the hierarchy in bytes, for the timers
  ///   - upper: the ports of the component towards the root
  ///   - lower: the ports of the component away from it
  ///   - commands: from whoever may reset the link, or disturb it
  public init(
    _ spec: LinkSpec, maxPayload: Int, clock: Clock, upper: EndPorts, lower: EndPorts,
    commands: [InPort<LinkCommand>] = []
  ) {
    self.spec = spec
    self.clock = clock
    self.commands = commands
    let timing = LinkTiming(spec, maxPayload: maxPayload, period: clock.period)
    let base = UnsafeMutableRawPointer(state.pointer)
    func end(
      _ field: KeyPath<LinkState, LinkEndState>, _ ports: EndPorts, _ direction: LinkDirection
    ) -> LinkEnd {
      let place = base.advanced(by: MemoryLayout<LinkState>.offset(of: field)!)
      return LinkEnd(
        place.assumingMemoryBound(to: LinkEndState.self), ports, timing, direction, retryPlaces: spec.retryBuffer)
    }
    self.upper = end(\.down, upper, .down)
    self.lower = end(\.up, lower, .up)
    ports =
      upper.tx.ends + upper.rx.ends + [upper.events] + lower.tx.ends + lower.rx.ends + [lower.events] + commands
    state.pointer.pointee.phaseEndsAt = spec.trainingTime
  }

  /// Lets `observer`, which the caller keeps, hear of each TLP; it knows the link as number `index`.
  public func observe(with observer: LinkObserver, as index: Int) {
    upper.observe(with: observer, as: index)
    lower.observe(with: observer, as: index)
  }

  /// The end that sends in `direction`.
  public func end(_ direction: LinkDirection) -> LinkEndState {
    direction == .down ? state.pointer.pointee.down : state.pointer.pointee.up
  }

  /// TLPs that were sent in `direction` and have no Ack yet (3.6.2.1).
  public func unacknowledged(_ direction: LinkDirection) -> Int { (direction == .down ? upper : lower).outstanding }

  /// Credits of what was sent in `direction` and has not been freed: headers, and data in units of 16 bytes; 0 where they
  /// are infinite, and on a link that is not initialised (2.6.1.2).
  public func creditsInUse(_ direction: LinkDirection, _ flowClass: FlowClass) -> (headers: UInt8, data: UInt16) {
    let end = direction == .down ? upper : lower
    guard end.s.pointee.dataLink == .active else { return (0, 0) }
    let credits = end.credits(flowClass).pointee, index = Int(flowClass.rawValue)
    let freeHeaders = credits.headerLimit &- credits.headersUsed
    let freeData = (credits.dataLimit &- credits.dataUsed) & 0xfff
    return (
      credits.infiniteHeaders ? 0 : UInt8(end.timing.headers[index]) &- freeHeaders,
      credits.infiniteData ? 0 : (end.timing.data[index] &- freeData) & 0xfff
    )
  }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer, time = clock.time
    if hasCommand { obeyCommands(time) }
    if s.pointee.phase != .up { advancePhase(time) }
    let next = s.pointee.phase == .up ? work(time) : idle(time)
    guard next != .max else { return .onInput }
    return .at(max(now &+ 1, clock.cycles(covering: next)))
  }

  /// L0: both ends receive and send, if there is anything to do for them; returns when there is more.
  private func work(_ now: Picoseconds) -> Picoseconds {
    let s = state.pointer, period = clock.period
    let start = now &* 1_000, end = start &+ period &* 1_000
    let upperWorks = upper.hasWork(lower, now), lowerWorks = lower.hasWork(upper, now)
    if upperWorks { upper.receive(from: lower, now, timersFrom: now) }
    if lowerWorks { lower.receive(from: upper, now, timersFrom: now) }
    if upperWorks { upper.scheduleNext(waits: upper.transmit(now, start, end), period: period) }
    if lowerWorks { lower.scheduleNext(waits: lower.transmit(now, start, end), period: period) }
    guard !s.pointee.down.wantsRetraining, !s.pointee.up.wantsRetraining else {
      retrain(for: spec.recoveryTime, now)
      return nextPhaseEvent
    }
    return min(upper.nextEvent(lower), lower.nextEvent(upper))
  }

  /// No symbols are sent, but what has left arrives.
  private func idle(_ now: Picoseconds) -> Picoseconds {
    let timersFrom = state.pointer.pointee.phase == .recovery ? state.pointer.pointee.phaseEndsAt : now
    upper.receive(from: lower, now, timersFrom: timersFrom)
    lower.receive(from: upper, now, timersFrom: timersFrom)
    upper.tellEvents()
    lower.tellEvents()
    return nextPhaseEvent
  }

  /// The array is touched only when there is a command.
  private var hasCommand: Bool {
    for index in commands.indices where commands[index].hasMessage { return true }
    return false
  }

  private func obeyCommands(_ now: Picoseconds) {
    for port in commands { while let command = port.receive() { obey(command, now) } }
    upper.wake()
    lower.wake()
  }

  private var nextPhaseEvent: Picoseconds {
    let s = state.pointer
    switch s.pointee.phase {
    case .training: return s.pointee.phaseEndsAt
    case .recovery: return min(s.pointee.phaseEndsAt, upper.wire.nextArrival, lower.wire.nextArrival)
    case .down, .up: return .max
    }
  }
}

/// The delays of a link as its ends need them.
struct LinkTiming {
  let byteTime: UInt64
  let framing: UInt64
  let dllpBytes: UInt64
  let propagation: Picoseconds
  let ackLatency: Picoseconds
  let replayTimeout: Picoseconds
  let creditLatency: Picoseconds
  let creditRefresh: Picoseconds
  let initInterval: Picoseconds
  /// What a receiver advertises, by flow class.
  let headers: SIMD4<UInt16>
  private(set) var data: SIMD4<UInt16>

  /// - Parameter period: of the clock at whose edges both ends work: a TLP, its Ack and what is due wait for them
  init(_ spec: LinkSpec, maxPayload: Int, period: Picoseconds) {
    let limit = spec.ackLimit(maxPayload: maxPayload)
    byteTime = spec.byteTime
    framing = UInt64(spec.framing)
    dllpBytes = UInt64(spec.dllpBytes)
    propagation = spec.propagation
    ackLatency = spec.ackLatency == 0 ? limit : spec.ackLatency
    replayTimeout =
      spec.replayTimeout == 0 ? 3 * limit + 2 * spec.propagation + 4 * period : spec.replayTimeout
    creditLatency = spec.creditLatency == 0 ? limit : spec.creditLatency
    creditRefresh = spec.creditRefresh
    initInterval = spec.initInterval
    headers = [UInt16(spec.postedHeaders), UInt16(spec.nonPostedHeaders), UInt16(spec.completionHeaders), 0]
    data = .zero
    for flowClass in FlowClass.allCases {
      data[Int(flowClass.rawValue)] = UInt16(spec.dataCredits(flowClass, maxPayload: maxPayload))
    }
  }

  /// Whether a class needs no UpdateFC: neither its headers nor its data are limited (2.6.1).
  func isInfinite(_ flowClass: FlowClass) -> Bool {
    let index = Int(flowClass.rawValue)
    return headers[index] == 0 && data[index] == 0
  }
}
