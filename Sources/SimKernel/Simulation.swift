/// A built system and its scheduler.
///
/// Build it in three steps: clocks, then ports, then components (which take the port ends they own). `run` then executes
/// edges in the order of (time, clock, component), so two runs of one system are equal to the bit.
public final class Simulation {
  public private(set) var clocks: [Clock] = []
  public private(set) var components: [ComponentSlot] = []
  /// Ports by the component that receives from them, filled by `finishWiring`.
  public private(set) var ports: [any AnyPort] = []
  /// With false every component ticks at every edge; a run must not differ by it. For tests.
  public var skipsIdle = true
  /// Called after each edge, if any.
  public var observer: EdgeObserver?

  private let kernel: UnsafeMutablePointer<KernelState>
  private var domains: [UnsafeMutablePointer<DomainState>] = []
  private var slots: [ContiguousArray<ComponentSlot>] = []
  private var isWired = false

  public init() {
    kernel = .allocate(capacity: 1)
    kernel.initialize(to: KernelState())
  }

  deinit {
    for domain in domains {
      domain.deinitialize(count: 1)
      domain.deallocate()
    }
    kernel.deallocate()
  }

  // MARK: building

  /// Adds a clock domain; edge n happens at `n * period`.
  public func addClock(_ name: String, period: Picoseconds) -> Clock {
    precondition(period > 0, "clock \(name): period 0")
    let state = UnsafeMutablePointer<DomainState>.allocate(capacity: 1)
    state.initialize(to: DomainState(period: period, kernel: kernel))
    let clock = Clock(name: name, index: clocks.count, state: state)
    clocks.append(clock)
    domains.append(state)
    slots.append([])
    return clock
  }

  /// Adds a port; see `Port` for the meaning of the numbers.
  public func port<Message>(
    _ name: String, of _: Message.Type = Message.self, from sender: Clock, to receiver: Clock, capacity: Int = 2,
    latency: Cycle = 1, synchroniser: Cycle = 2
  ) -> Port<Message> {
    let port = Port<Message>(
      name, from: sender, to: receiver, capacity: capacity, latency: latency, synchroniser: synchroniser)
    ports.append(port)
    return port
  }

  /// Adds a component under a dotted path, for example `device.core`; it is awake at edge 0.
  @inlinable public func add<C: Component>(_ component: C, as path: String) {
    adopt(Runner(component, path: path, index: componentCount(of: component.clock)))
  }

  @usableFromInline func componentCount(of clock: Clock) -> Int { slots[clock.index].count }

  @usableFromInline func adopt(_ slot: ComponentSlot) {
    precondition(slot.index < 64, "clock \(slot.clock.name) has more than 64 components")
    for end in slot.ports {
      let core = end.core
      let owner = end.isReceiver ? core.pointee.receiver : core.pointee.sender
      let clock = end.isReceiver ? core.pointee.receiverClock : core.pointee.senderClock
      precondition(owner < 0, "\(slot.path): the \(end.isReceiver ? "input" : "output") of port \(end.name) has two owners")
      precondition(clock == slot.clock.state, "\(slot.path): port \(end.name) belongs to another clock")
      if end.isReceiver { core.pointee.receiver = Int32(slot.index) } else { core.pointee.sender = Int32(slot.index) }
    }
    components.append(slot)
    slots[slot.clock.index].append(slot)
    domains[slot.clock.index].pointee.awake |= 1 << UInt64(slot.index)
  }

  /// Checks that every port end has an owner. A system that is wired wrongly does not start.
  private func finishWiring() {
    for port in ports {
      precondition(port.core.pointee.sender >= 0, "port \(port.name) has no sender")
      precondition(port.core.pointee.receiver >= 0, "port \(port.name) has no receiver")
    }
    isWired = true
  }

  // MARK: running

  /// Why `run` returned.
  public enum Outcome: Equatable, Sendable {
    /// A component called `Clock.stop`.
    case stopped
    /// The next edge lies after the limit.
    case limitReached
    /// Nobody is awake and no timer is set.
    case quiescent
  }

  /// The time of the last edge that ran.
  public private(set) var time: Picoseconds = 0

  /// Runs edges up to and including `limit`.
  @discardableResult
  public func run(until limit: Picoseconds = .max) -> Outcome {
    if !isWired { finishWiring() }
    kernel.pointee.stopRequested = false
    while !kernel.pointee.stopRequested {
      guard let (domain, edge) = nextEdge() else { return .quiescent }
      guard edge <= limit else { return .limitReached }
      if limit != .max { kernel.pointee.horizon = min(kernel.pointee.horizon, limit &+ 1) }
      runEdge(of: domain, at: edge)
    }
    return .stopped
  }

  /// The domain with the lowest next edge, its time; sets the horizon to the lowest edge of the others.
  private func nextEdge() -> (Int, Picoseconds)? {
    var best = -1, bestTime = Picoseconds.max, horizon = Picoseconds.max
    for i in 0..<domains.count {
      let d = domains[i]
      let time: Picoseconds
      if d.pointee.awake != 0 || !skipsIdle {
        time = (d.pointee.now &+ 1) &* d.pointee.period
      } else if d.pointee.soonest != .max {
        time = d.pointee.soonest &* d.pointee.period
      } else {
        continue
      }
      if best < 0 || time < bestTime {
        horizon = best < 0 ? .max : bestTime
        best = i
        bestTime = time
      } else if time < horizon {
        horizon = time
      }
    }
    kernel.pointee.horizon = horizon
    return best < 0 ? nil : (best, bestTime)
  }

  private func runEdge(of index: Int, at edgeTime: Picoseconds) {
    let domain = domains[index]
    domain.pointee.now = edgeTime / domain.pointee.period
    let all = skipsIdle ? 0 : (slots[index].count == 64 ? ~0 : (UInt64(1) << UInt64(slots[index].count)) &- 1)
    var due = domain.pointee.awake | all
    domain.pointee.awake = 0
    if domain.pointee.soonest <= domain.pointee.now { domain.pointee.collectTimers(into: &due) }
    if due & (due &- 1) == 0 && skipsIdle && due != 0 {
      let i = due.trailingZeroBitCount
      settle(i, slots[index][i].burst(domain, observer), domain)
    } else {
      var rest = due
      while rest != 0 {
        let i = rest.trailingZeroBitCount
        rest &= rest &- 1
        settle(i, slots[index][i].tick(domain.pointee.now), domain)
      }
    }
    time = domain.pointee.time
    if let observer { observer.edge(clock: index, ticked: due, time: time) }
  }

  @inline(__always)
  private func settle(_ component: Int, _ wake: Cycle, _ domain: UnsafeMutablePointer<DomainState>) {
    if wake == 0 || wake == domain.pointee.now &+ 1 {
      domain.pointee.awake |= 1 &<< UInt64(component)
    } else if wake != .max {
      precondition(wake > domain.pointee.now, "a component asked to wake at an edge that is over")
      domain.pointee.setOwnTimer(of: component, to: wake)
    }
  }

  // MARK: diagnosis

  /// What each component waits for, when nobody is awake: empty when all work is done, else a deadlock.
  public func pendingWork() -> [String] {
    var waits = components.compactMap { slot in slot.pendingWork.map { "\(slot.path) waits for \($0)" } }
    for port in ports where port.core.pointee.level != 0 {
      waits.append("port \(port.name) holds \(port.core.pointee.level) message(s) that nobody takes")
    }
    return waits
  }
}
