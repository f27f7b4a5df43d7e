/// A built system and its scheduler.
///
/// Build it in three steps: clocks, then ports, then components (which take the port ends they own). `run` then executes
/// edges in the order of (time, clock, component), so two runs of one system are equal to the bit.
public final class Simulation {
  public private(set) var clocks: [Clock] = []
  public private(set) var components: [ComponentSlot] = []
  /// In the order of their creation.
  public private(set) var ports: [any AnyPort] = []
  /// With false every component ticks at every edge; a run must not differ by it. For tests.
  public var skipsIdle = true
  /// Called after each edge, if any.
  public var observer: EdgeObserver?

  private let kernel: UnsafeMutablePointer<KernelState>
  private var domains: [UnsafeMutablePointer<DomainState>] = []
  /// By clock, by component: what the loop calls.
  private var ticking: [UnsafeMutablePointer<Unmanaged<ComponentSlot>>] = []
  private var counts: [Int] = []
  private var isWired = false

  public init() {
    kernel = .allocate(capacity: 1)
    kernel.initialize(to: KernelState())
  }

  deinit {
    for table in ticking { table.deallocate() }
    for domain in domains {
      domain.pointee.deallocate()
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
    ticking.append(.allocate(capacity: 64))
    counts.append(0)
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
  public func add<C: Component>(_ component: C, as path: String) {
    let clock = component.clock
    let slot = ComponentSlot(component, path: path, index: counts[clock.index])
    precondition(slot.index < 64, "clock \(clock.name) has more than 64 components")
    claimPorts(of: slot)
    components.append(slot)
    (ticking[clock.index] + slot.index).initialize(to: .passUnretained(slot))
    counts[clock.index] += 1
    domains[clock.index].pointee.count += 1
    domains[clock.index].pointee.awake |= 1 << UInt64(slot.index)
  }

  private func claimPorts(of slot: ComponentSlot) {
    for end in slot.ports {
      let core = end.core
      let owner = end.isReceiver ? core.pointee.receiver : core.pointee.sender
      let clock = end.isReceiver ? core.pointee.receiverClock : core.pointee.senderClock
      precondition(
        owner < 0, "\(slot.path): the \(end.isReceiver ? "input" : "output") of port \(end.name) has two owners")
      precondition(clock == slot.clock.state, "\(slot.path): port \(end.name) belongs to another clock")
      if end.isReceiver { core.pointee.receiver = Int32(slot.index) } else { core.pointee.sender = Int32(slot.index) }
    }
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
    // Locals, so that the loop pays for no access check.
    let loop = EdgeLoop(
      kernel: kernel, domains: domains, ticking: ticking, counts: counts, skipsIdle: skipsIdle, observer: observer)
    let (outcome, last) = loop.run(until: limit)
    if let last { time = last }
    return outcome
  }

  // MARK: diagnosis

  /// What each component waits for, when nobody is awake: empty when all work is done, else a deadlock.
  public func pendingWork() -> [String] {
    var waits = components.compactMap { slot in slot.component.pendingWork.map { "\(slot.path) waits for \($0)" } }
    for port in ports where port.core.pointee.level != 0 {
      waits.append("port \(port.name) holds \(port.core.pointee.level) message(s) that nobody takes")
    }
    return waits
  }
}
