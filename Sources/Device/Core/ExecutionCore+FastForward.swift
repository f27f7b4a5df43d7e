import EBPF
import SimKernel

extension ExecutionCore {
  /// Executes the first part of a program without timing, as far as the Spec says. Returns the slot at which the pipeline
  /// goes on, nil when the run is over before it gets there.
  func fastForward(_ run: inout RunState) -> UInt32? {
    let spec = shell.spec, entry = UInt32(shell.program.entry)
    let hasBreakpoint = spec.fastForwardPC != MachineSpec.nowhere
    guard hasBreakpoint || spec.fastForwardInstructions > 0 else { return entry }
    var machine = run.machine(at: entry, context)
    var engine = context.pointee.makeEngine(run)
    let stop = engine.resume(
      &machine, stack: context.pointee.memory.stackRegion, limit: context.pointee.limits.instructions,
      instructions: spec.fastForwardInstructions > 0 ? spec.fastForwardInstructions : .max,
      breakpoint: hasBreakpoint ? Int(spec.fastForwardPC) : nil)
    run.adopt(machine, context)
    run.fastForwarded = machine.retired
    switch stop {
    case .budget, .breakpoint: return UInt32(machine.pc)
    case .exit: return nil
    case .fault(let fault):
      _ = run.stop(CoreFault(fault.reason), at: UInt32(fault.pc))
      return nil
    }
  }
}
