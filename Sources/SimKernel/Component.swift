/// A clocked part of the modelled system.
///
/// The anatomy is the same everywhere: an immutable `Spec` (sizes and delays), one plain `State` that holds every
/// flip-flop, ports as the only doors, and a `tick` that does the work of one clock edge.
public protocol Component: AnyObject {
  /// Every flip-flop of the component, as plain data.
  associatedtype State: TracedState

  /// The clock domain that ticks this component.
  var clock: Clock { get }
  var state: FlipFlops<State> { get }
  /// The flip-flops whose number the Spec decides; none by default.
  var tables: [any AnyStateTable] { get }
  /// Every port end that this component owns; the simulation refuses to start while an end has no owner.
  var ports: [any PortEnd] { get }

  /// Does the work of edge `now`. Called once per edge while awake.
  func tick(_ now: Cycle) -> Wake

  /// Ticks while nobody else has anything to do; see the default, which no component replaces. It is a requirement so
  /// that each conformance gets its own copy, with `tick` inlined.
  func burst(_ burst: Burst) -> Wake

  /// What the component is waiting for, nil when it has nothing left to do. Asked when nobody is awake any more.
  var pendingWork: String? { get }
}

extension Component {
  /// Returns the answer of the last tick.
  @inlinable public func burst(_ burst: Burst) -> Wake {
    let domain = burst.domain, kernel = burst.domain.pointee.kernel
    var now = domain.pointee.now
    while true {
      let wake = tick(now)
      let next = now &+ 1
      if wake.cycle != 0 || domain.pointee.awake != 0 || next >= domain.pointee.soonest
        || kernel.pointee.stopRequested || next &* domain.pointee.period >= kernel.pointee.horizon
      {
        return wake
      }
      if let observer = burst.observer {
        // Unmanaged, because a strong reference would be counted at every edge.
        observer._withUnsafeGuaranteedRef {
          $0.edge(clock: burst.clock, ticked: burst.mask, time: now &* domain.pointee.period)
        }
      }
      now = next
      domain.pointee.now = now
    }
  }

  public var pendingWork: String? { nil }
  public var tables: [any AnyStateTable] { [] }
}

/// Where a State lives: behind a pointer (access costs no exclusivity check), zero-padded to whole cache lines
/// (the tracer compares 64 bytes at a time).
public final class FlipFlops<State> {
  public let pointer: UnsafeMutablePointer<State>

  public init(_ initial: State) {
    let bytes = max(64, (MemoryLayout<State>.size + 63) & ~63)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.initializeMemory(as: State.self, to: initial)
  }

  deinit {
    pointer.deinitialize(count: 1)
    UnsafeMutableRawPointer(pointer).deallocate()
  }
}

/// A component with its place in the system.
public final class ComponentSlot {
  /// Dotted, for example `device.core`.
  public let path: String
  public let clock: Clock
  /// Bit position in the awake mask of its domain.
  public let index: Int
  public let ports: [any PortEnd]
  /// Made when they are asked for: a run without a trace does not need them.
  public private(set) lazy var signals = resolveSignals()
  /// Where the State lies; readable to the end of its last 64-byte line.
  public let stateBase: UnsafeRawPointer
  public let stateBytes: Int
  public let tables: [any AnyStateTable]
  let component: any Component
  private let resolveSignals: () -> [Signal]

  // Through the slot, whose `component` never changes, a call counts no references.
  func tick(_ now: Cycle) -> Wake { component.tick(now) }
  func burst(_ burst: Burst) -> Wake { component.burst(burst) }

  init<C: Component>(_ component: C, path: String, index: Int) {
    self.component = component
    self.path = path
    self.index = index
    clock = component.clock
    ports = component.ports
    resolveSignals = { C.State.resolvedSignals }
    stateBase = UnsafeRawPointer(component.state.pointer)
    stateBytes = MemoryLayout<C.State>.size
    tables = component.tables
  }
}

/// A stretch of edges with one component awake in the whole system.
public struct Burst {
  @usableFromInline let domain: UnsafeMutablePointer<DomainState>
  @usableFromInline let observer: Unmanaged<EdgeObserver>?
  @usableFromInline let clock: Int
  @usableFromInline let mask: UInt64

  init(domain: UnsafeMutablePointer<DomainState>, observer: EdgeObserver?, clock: Int, mask: UInt64) {
    self.domain = domain
    self.observer = observer.map(Unmanaged.passUnretained)
    self.clock = clock
    self.mask = mask
  }
}

/// Sees the system after each edge, for tracing and progress. It cannot change timing: it is called between edges.
open class EdgeObserver {
  public init() {}
  /// - Parameters:
  ///   - clock: index of the domain whose edge it was
  ///   - ticked: the components that ticked, one bit each
  ///   - time: the time of the edge
  open func edge(clock: Int, ticked: UInt64, time: Picoseconds) {}
}

/// Shows the system to several observers, in their order.
public final class EdgeObserverGroup: EdgeObserver {
  private let members: [EdgeObserver]

  public init(_ members: [EdgeObserver]) { self.members = members }

  public override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    for member in members { member.edge(clock: clock, ticked: ticked, time: time) }
  }
}
