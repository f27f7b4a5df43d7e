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
  /// Every port end that this component owns; the simulation refuses to start while an end has no owner.
  var ports: [any PortEnd] { get }

  /// Does the work of edge `now`. Called once per edge while awake.
  func tick(_ now: Cycle) -> Wake

  /// What the component is waiting for, nil when it has nothing left to do. Asked when nobody is awake any more.
  var pendingWork: String? { get }
}

extension Component {
  public var pendingWork: String? { nil }
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

/// The scheduler's view of a component: one virtual call per tick or burst, inside which `tick` is statically bound.
open class ComponentSlot {
  public let path: String
  public let clock: Clock
  /// Bit position in the awake mask of its domain.
  public let index: Int
  public let ports: [any PortEnd]
  public let signals: [Signal]
  /// Where the State lies; readable to the end of its last 64-byte line.
  public let stateBase: UnsafeRawPointer
  public let stateBytes: Int

  @usableFromInline init(
    path: String, clock: Clock, index: Int, ports: [any PortEnd], signals: [Signal], stateBase: UnsafeRawPointer,
    stateBytes: Int
  ) {
    self.path = path
    self.clock = clock
    self.index = index
    self.ports = ports
    self.signals = signals
    self.stateBase = stateBase
    self.stateBytes = stateBytes
  }

  @usableFromInline func tick(_ now: Cycle) -> Cycle { fatalError("abstract") }
  @usableFromInline func burst(_ domain: UnsafeMutablePointer<DomainState>, _ observer: EdgeObserver?) -> Cycle {
    fatalError("abstract")
  }
  public var pendingWork: String? { nil }
}

@usableFromInline final class Runner<C: Component>: ComponentSlot {
  @usableFromInline let component: C

  @inlinable init(_ component: C, path: String, index: Int) {
    self.component = component
    super.init(
      path: path, clock: component.clock, index: index, ports: component.ports, signals: C.State.resolvedSignals,
      stateBase: UnsafeRawPointer(component.state.pointer), stateBytes: MemoryLayout<C.State>.size)
  }

  @inlinable override func tick(_ now: Cycle) -> Cycle { component.tick(now).cycle }

  /// Ticks while this component is the only one awake anywhere; returns its last answer.
  @inlinable override func burst(_ domain: UnsafeMutablePointer<DomainState>, _ observer: EdgeObserver?) -> Cycle {
    let component = self.component
    let kernel = domain.pointee.kernel
    var now = domain.pointee.now
    while true {
      let wake = component.tick(now).cycle
      let next = now &+ 1
      if wake != 0 || domain.pointee.awake != 0 || next >= domain.pointee.soonest || kernel.pointee.stopRequested
        || next &* domain.pointee.period >= kernel.pointee.horizon
      {
        return wake
      }
      if let observer { observer.edge(clock: clock.index, ticked: 1 &<< UInt64(index), time: now &* domain.pointee.period) }
      now = next
      domain.pointee.now = now
    }
  }

  @inlinable override var pendingWork: String? { component.pendingWork }
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
