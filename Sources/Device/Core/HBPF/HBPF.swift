import EBPF
import SimKernel

/// A core that is not pipelined, with the cycles per operation of hBPF. specs/hbpf.md is its timing contract.
public final class HBPFCore: ExecutionCore {
  public let shell: CoreShell
  public let state = FlipFlops(HBPFState())
  public let context: UnsafeMutablePointer<CoreContext<HBPFTiming>>

  init(_ spec: HBPFSpec, _ shell: CoreShell) {
    self.shell = shell
    context = HBPFCore.makeContext(shell, HBPFTiming(spec))
  }

  deinit {
    context.pointee.parameters.costs.deallocate()
    context.release()
  }

  @inline(__always) public func tick(_ now: Cycle) -> Wake { advance(now) }
}

extension HBPFState {
  public mutating func start(at entry: UInt32, _ context: UnsafePointer<CoreContext<HBPFTiming>>) {
    pc = entry
    remaining = context.pointee.parameters.start
    _ = step(context)
  }

  /// An instruction does all that it does in the last of its cycles.
  @inline(__always) public mutating func step(_ context: UnsafePointer<CoreContext<HBPFTiming>>) -> Bool {
    if remaining > 1 {
      remaining &-= 1
      run.charge(cause)
      return false
    }
    switch activity {
    case .executing: return execute(context)
    case .starting:
      run.charge(.fill)
      activity = .executing
      begin(pc, context)
      return false
    case .stopping:
      run.charge(.drain)
      return true
    }
  }

  /// The instruction has not changed anything before its last cycle, and does not get there. A program that has exited
  /// has ended.
  public mutating func halt(_ context: UnsafePointer<CoreContext<HBPFTiming>>) {
    run.charge(cause)
    if activity != .stopping { _ = run.stop(.aborted, at: pc) }
  }

  /// The instruction at `target` is the next one.
  @inline(__always) mutating func begin(_ target: UInt32, _ context: UnsafePointer<CoreContext<HBPFTiming>>) {
    pc = target
    word = context.pointee.text[target]
    let opcode = Instruction(word: word).opcode, parameters = context.pointee.parameters
    let cost = parameters.costs[Int(opcode)]
    cause = cost.cause
    remaining = opcode == Opcode.exit && run.depth == 0 ? parameters.exit : cost.cycles
  }
}
