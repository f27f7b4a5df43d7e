import EBPF
import SimKernel

/// The default core: fetch, decode, execute, memory, write-back. specs/classic5.md is its timing contract.
public final class Classic5Core: ExecutionCore {
  public let shell: CoreShell
  public let state = FlipFlops(Classic5State())
  public let context: UnsafeMutablePointer<CoreContext<Classic5Timing>>

  init(_ spec: Classic5Spec, _ shell: CoreShell) {
    self.shell = shell
    context = Classic5Core.makeContext(shell, Classic5Timing(spec))
  }

  deinit { context.release() }

  @inline(__always) public func tick(_ now: Cycle) -> Wake { advance(now) }
}

extension Classic5State {
  public mutating func start(at entry: UInt32, _ context: UnsafePointer<CoreContext<Classic5Timing>>) {
    pc = entry
    fetch(context)
    run.charge(.fill)
  }

  /// One cycle of the pipeline, sinks first: each stage reads the register before it and overwrites the one behind it,
  /// so no second copy of the state is needed. Returns true when the run is over.
  @inline(__always) public mutating func step(_ context: UnsafePointer<CoreContext<Classic5Timing>>) -> Bool {
    if retire(context) { return true }
    if access(context) { return false }
    switch execute(context) {
    case .hold: return false
    case .flush:
      execute.bubble = .branch
      decode.bubble = .branch
      return false
    case .none: break
    }
    switch decode(context) {
    case .hold: break
    case .flush: decode.bubble = .branch
    case .none: fetch(context)
    }
    return false
  }

  /// The instruction in write-back has already changed memory, so it retires; no younger one has.
  public mutating func halt(_ context: UnsafePointer<CoreContext<Classic5Timing>>) {
    if !retire(context) { _ = run.stop(.aborted, at: writeBack.pc) }
  }
}
