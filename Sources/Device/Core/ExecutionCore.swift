import EBPF
import SimKernel

/// An eBPF execution core: a ``PipelineState`` in a ``CoreShell``.
///
/// It owns port B of device RAM, as a core beside a dual-port block RAM does, so that its loads and stores need not ask.
/// Each microarchitecture is one class without more than its `tick`, so that the run loop is compiled for it.
public protocol ExecutionCore: Component where State: PipelineState {
  var shell: CoreShell { get }
  var context: UnsafeMutablePointer<CoreContext<State.Parameters>> { get }
}

extension ExecutionCore {
  public var clock: Clock { shell.clock }
  public var ports: [any PortEnd] { shell.ports }
  public var pendingWork: String? { state.pointer.pointee.run.phase == .idle ? nil : "its program to end" }

  /// One edge; the whole of every core's `tick`.
  @inline(__always) func advance(_ now: Cycle) -> Wake {
    let s = state.pointer
    if context.pointee.commands.hasMessage { accept() }
    // Asked for by itself, because it is almost always so.
    guard s.pointee.run.phase == .running else { return advanceBetweenRuns(now) }
    let isOver = s.pointee.step(context)
    if context.pointee.follower != nil { show(now) }
    guard isOver else { return s.pointee.wake(after: now) }
    finishRun()
    return .next
  }

  @inline(never) private func advanceBetweenRuns(_ now: Cycle) -> Wake {
    let s = state.pointer
    switch s.pointee.run.phase {
    case .idle: return .onInput
    case .loading: return load(now)
    case .reporting: return shell.report(&s.pointee.run)
    case .running: return .next
    }
  }

  @inline(never) private func accept() {
    let s = state.pointer
    if shell.commands.head.pointee.kind == .abort {
      // A helper function may have changed memory, so its call retires first; the abort waits in its port.
      guard s.pointee.run.phase != .running || s.pointee.run.retired >= s.pointee.run.earliestHalt else { return }
      _ = shell.commands.receive()
      switch s.pointee.run.phase {
      case .running:
        s.pointee.halt(context)
        if context.pointee.follower != nil { show(clock.now) }
        finishRun()
      case .loading:
        s.pointee.run.fault = .aborted
        finishRun()
      case .idle, .reporting: break
      }
    } else if s.pointee.run.phase == .idle, let command = shell.commands.receive() {
      s.pointee = State()
      shell.begin(&s.pointee.run, offset: UInt64(command.offset))
    }
  }

  private func load(_ now: Cycle) -> Wake {
    let s = state.pointer
    guard now >= s.pointee.run.loadedAt else { return .at(s.pointee.run.loadedAt) }
    guard s.pointee.run.fault == .none else {
      finishRun()
      return .next
    }
    switch fastForward(&s.pointee.run) {
    case .done: break
    case .ended:
      finishRun()
      return .next
    case .working(let cycles):
      s.pointee.run.loadedAt = now &+ cycles
      return .at(s.pointee.run.loadedAt)
    }
    shell.enterRun(&s.pointee.run, stages: State.stages)
    s.pointee.start(at: s.pointee.run.entry, context)
    if context.pointee.follower != nil { show(now) }
    return s.pointee.wake(after: now)
  }

  @inline(never) private func finishRun() {
    shell.finishRun(&state.pointer.pointee.run, causes: State.causes, isTimed: State.isTimed)
  }

  @inline(never) private func show(_ now: Cycle) {
    let s = state.pointer
    context.pointee.follower?.cycleEnds(now, places: s.pointee.places, s.pointee.run)
  }
}

extension UnsafeMutablePointer {
  /// For deinitialisers: what `makeContext` made.
  func release<P>() where Pointee == CoreContext<P> {
    deinitialize(count: 1)
    deallocate()
  }
}

extension ExecutionCore {
  /// The part of the State that all cores have.
  public var run: RunState { state.pointer.pointee.run }

  /// One record per run, for reports.
  public var runs: [RunRecord] { shell.runs }

  /// Tells `observer`, which the core keeps, what happens from now on; nil tells nobody. Call between runs.
  public func attach(_ observer: (any CoreObserver)?) {
    shell.monitor = observer.map { CoreMonitor($0, text: shell.text, clock: clock) }
    let listener = shell.monitor.map(Listener.init)
    context.pointee.monitor = observer?.followsCommits == true ? listener : nil
    context.pointee.follower = observer?.followsCycles == true ? listener : nil
  }

  /// For initialisers: everything around the pipeline.
  static func makeContext(_ shell: CoreShell, _ parameters: State.Parameters)
    -> UnsafeMutablePointer<CoreContext<State.Parameters>>
  {
    let context = UnsafeMutablePointer<CoreContext<State.Parameters>>.allocate(capacity: 1)
    context.initialize(
      to: CoreContext(
        parameters: parameters, commands: shell.commands, memory: shell.memory, limits: CoreLimits(shell.spec),
        traits: OpcodeTraits.table,
        text: shell.text, callStack: shell.callStack, helpers: shell.helpers, helperTable: shell.helperTable,
        monitor: nil))
    return context
  }
}
