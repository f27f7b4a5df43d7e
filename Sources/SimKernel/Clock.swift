/// What every scheduler decision needs, shared by all domains of one simulation.
@usableFromInline struct KernelState {
  /// The first edge of any domain other than the one now running; a burst must end before it.
  @usableFromInline var horizon: Picoseconds = .max
  @usableFromInline var stopRequested = false
  @inlinable init() {}
}

/// The hot part of a clock domain, behind a pointer so that access costs no exclusivity check.
@usableFromInline struct DomainState {
  /// The running edge; `.max` before the first one, so that the next edge is 0.
  @usableFromInline var now: Cycle = .max
  /// Components that tick at edge `now + 1`, one bit each.
  @usableFromInline var awake: UInt64 = 0
  /// The first edge in `ownWakes` and `timers`, `.max` when there is none.
  @usableFromInline var soonest: Cycle = .max
  @usableFromInline let period: Picoseconds
  @usableFromInline let kernel: UnsafeMutablePointer<KernelState>
  /// What ports ask for: edges at which a message becomes visible, or room.
  @usableFromInline var timers = TimerHeap()
  /// What each component asked for at the end of its last tick; `.max` for nothing. A new answer takes the place of the
  /// one before, so there are no stale wakes. Few enough to be looked through.
  private let ownWakes: UnsafeMutablePointer<Cycle>
  /// Components of the domain.
  var count = 0
  /// How often ports were changed by components of this domain, modulo 2^64.
  @usableFromInline var portChanges: UInt64 = 0

  init(period: Picoseconds, kernel: UnsafeMutablePointer<KernelState>) {
    self.period = period
    self.kernel = kernel
    ownWakes = .allocate(capacity: 64)
    ownWakes.initialize(repeating: .max, count: 64)
  }

  func deallocate() { ownWakes.deallocate() }

  /// The time of the running edge.
  @inlinable var time: Picoseconds { now &* period }

  /// The last edge at or before `time`.
  @inlinable func edge(atOrBefore time: Picoseconds) -> Cycle { time / period }

  /// The first edge at or after `time`.
  @inlinable func edge(atOrAfter time: Picoseconds) -> Cycle { (time &+ period &- 1) / period }

  /// Notes when `component` wants to tick again, `.max` for not by itself.
  @inline(__always) mutating func setOwnWake(of component: Int, to cycle: Cycle) {
    let before = ownWakes[component]
    guard before != cycle else { return }
    ownWakes[component] = cycle
    if cycle < soonest { soonest = cycle } else if before == soonest { findSoonest() }
  }

  private mutating func findSoonest() {
    var first = timers.first?.cycle ?? .max
    for component in 0..<count { first = min(first, ownWakes[component]) }
    soonest = first
  }

  /// Makes `component` tick at `cycle`, an edge after the running one.
  @usableFromInline mutating func schedule(component: Int, at cycle: Cycle) {
    timers.push(cycle: cycle, component: component)
    guard cycle < soonest else { return }
    soonest = cycle
    let time = cycle &* period
    if time < kernel.pointee.horizon { kernel.pointee.horizon = time }
  }

  /// Adds every component whose timer is due to `mask`.
  mutating func collectTimers(into mask: inout UInt64) {
    for component in 0..<count where ownWakes[component] <= now {
      mask |= 1 &<< UInt64(component)
      ownWakes[component] = .max
    }
    while let first = timers.first, first.cycle <= now {
      mask |= 1 &<< UInt64(first.component)
      timers.removeFirst()
    }
    findSoonest()
  }
}

/// A clock domain as its components see it: the running edge, its time, and the way to end the simulation.
public struct Clock: Sendable {
  @usableFromInline nonisolated(unsafe) let state: UnsafeMutablePointer<DomainState>
  /// Position among the domains of the simulation; equal times are ordered by it.
  public let index: Int
  public let name: String

  init(name: String, index: Int, state: UnsafeMutablePointer<DomainState>) {
    self.name = name
    self.index = index
    self.state = state
  }

  /// The running edge of this domain.
  @inlinable public var now: Cycle { state.pointee.now }
  /// The time of the running edge.
  @inlinable public var time: Picoseconds { state.pointee.time }
  /// The length of one cycle.
  @inlinable public var period: Picoseconds { state.pointee.period }

  /// Where it is counted how often components of this clock changed ports, modulo 2^64: while that stays the same, all
  /// their ports show what they did.
  public var portChanges: UnsafePointer<UInt64> {
    let offset = MemoryLayout<DomainState>.offset(of: \.portChanges)!
    return UnsafePointer((UnsafeMutableRawPointer(state) + offset).assumingMemoryBound(to: UInt64.self))
  }

  /// Cycles that cover `duration`, rounded up.
  @inlinable public func cycles(covering duration: Picoseconds) -> Cycle { state.pointee.edge(atOrAfter: duration) }

  /// Ends the simulation after the running edge.
  @inlinable public func stop() { state.pointee.kernel.pointee.stopRequested = true }
}
