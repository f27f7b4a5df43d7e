import EBPF
import SimKernel

/// The deep core: eight stages, a branch predictor, an instruction cache, late results and a store buffer.
/// specs/deep8.md is its timing contract.
public final class Deep8Core: ExecutionCore {
  public let shell: CoreShell
  public let state = FlipFlops(Deep8State())
  public let context: UnsafeMutablePointer<CoreContext<Deep8Parameters>>

  init(_ spec: Deep8Spec, _ shell: CoreShell) {
    self.shell = shell
    context = Deep8Core.makeContext(shell, Deep8Parameters(spec))
  }

  deinit {
    context.pointee.parameters.tables.deallocate()
    context.release()
  }

  @inline(__always) public func tick(_ now: Cycle) -> Wake { advance(now) }
}

extension Deep8State {
  public mutating func start(at entry: UInt32, _ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    context.pointee.parameters.tables.clear()
    pc = entry
    // Calls may be open behind a part that was executed without timing.
    returnDepth = run.depth
    fetch(context)
    run.charge(.fill)
  }

  /// One cycle, sinks first: the units beside the pipeline, then each stage from the last one on, which reads the register
  /// before it and overwrites the one behind it. Returns true when the run is over.
  @inline(__always) public mutating func step(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Bool {
    tickUnits(context)
    if drains() { return false }
    if retire(context) {
      settle(context)
      return true
    }
    if access(context) { return false }
    check(context)
    switch execute(context) {
    case .hold: return false
    case .flush:
      flushBehindExecute()
      return false
    case .none: break
    }
    if read(context) { return false }
    if decode(context) == .flush {
      decode.bubble = .branch
      fetch2.bubble = .branch
    } else {
      receive(context)
      fetch(context)
    }
    return false
  }

  /// The instruction in write-back may have a store in the buffer, so it retires; no younger one has changed anything.
  public mutating func halt(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    if drains() || !retire(context) { _ = run.stop(.aborted, at: writeBack.pc) }
    settle(context)
  }

  @inline(__always) private mutating func tickUnits(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    if busy != 0 { tickLateResults() }
    if storeCount != 0 { tickStoreBuffer(context) }
    if refillCount != 0 { refillCount &-= 1 }
  }

  private mutating func flushBehindExecute() {
    execute.bubble = .branch
    read.bubble = .branch
    decode.bubble = .branch
    fetch2.bubble = .branch
    widePending = false
  }
}
