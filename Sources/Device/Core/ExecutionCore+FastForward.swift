import EBPF
import SimKernel

/// How far the part of a run without timing is.
enum FastForward {
  /// The pipeline goes on at `RunState.entry`.
  case done
  /// The run is over before it gets there.
  case ended
  /// There is more to execute after so many cycles.
  case working(Cycle)
}

extension ExecutionCore {
  /// Executes the next slice of the first part of a program, which the Spec wants without timing. Slices let time pass, so
  /// that a host can give up on a part that has no end.
  func fastForward(_ run: inout RunState) -> FastForward {
    let spec = shell.spec, hasBreakpoint = spec.fastForwardPC != MachineSpec.nowhere
    guard hasBreakpoint || spec.fastForwardInstructions > run.fastForwarded else { return .done }
    let left = spec.fastForwardInstructions > 0 ? spec.fastForwardInstructions - run.fastForwarded : .max
    var machine = run.machine(at: run.entry, context)
    var engine = context.pointee.makeEngine(run)
    let stop = engine.resume(
      &machine, stack: context.pointee.memory.stackRegion, limit: context.pointee.limits.instructions,
      instructions: min(left, spec.fastForwardSlice), breakpoint: hasBreakpoint ? Int(spec.fastForwardPC) : nil)
    run.adopt(machine, context)
    run.fastForwarded = machine.retired
    run.entry = UInt32(machine.pc)
    switch stop {
    case .breakpoint: return .done
    case .budget: return left <= spec.fastForwardSlice ? .done : .working(spec.fastForwardCycles)
    case .exit: return .ended
    case .fault(let fault):
      _ = run.stop(CoreFault(fault.reason), at: UInt32(fault.pc))
      return .ended
    }
  }
}
