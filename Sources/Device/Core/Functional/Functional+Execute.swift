import EBPF
import SimKernel

extension FunctionalState {
  /// Executes the next slice.
  mutating func execute(_ context: UnsafePointer<CoreContext<FunctionalParameters>>) {
    var machine = run.machine(at: pc, context)
    let before = machine.retired
    let stop =
      context.pointee.monitor == nil
      ? resume(&machine, context) : walk(&machine, context)
    run.adopt(machine, context)
    pc = UInt32(machine.pc)
    let retired = machine.retired &- before, rate = context.pointee.parameters.instructionsPerCycle
    sliceCycles = max(1, (retired &+ rate &- 1) / rate)
    run.counts[0] &+= retired
    switch stop {
    case .budget, .breakpoint: break
    case .exit: ended = true
    case .fault(let fault):
      _ = run.stop(CoreFault(fault.reason), at: UInt32(fault.pc))
      ended = true
    }
  }

  private func resume(
    _ machine: inout MachineState, _ context: UnsafePointer<CoreContext<FunctionalParameters>>
  ) -> FunctionalEngine.Stop {
    let parameters = context.pointee.parameters
    return parameters.engine!.resume(
      &machine, stack: context.pointee.memory.stackRegion, limit: context.pointee.limits.instructions,
      instructions: parameters.slice)
  }

  /// One by one, so that somebody can be told of each.
  private func walk(
    _ machine: inout MachineState, _ context: UnsafePointer<CoreContext<FunctionalParameters>>
  ) -> FunctionalEngine.Stop {
    let parameters = context.pointee.parameters, stack = context.pointee.memory.stackRegion
    for _ in 0..<parameters.slice {
      let (commit, stop) = parameters.engine!.step(&machine, stack: stack)
      var fault = CoreFault.none
      if case .fault(let reason) = stop { fault = CoreFault(reason.reason) }
      context.pointee.monitor?.commits(commit, fault: fault)
      if let stop { return stop }
      if machine.retired >= context.pointee.limits.instructions {
        return .fault(Fault(.instructionLimit, pc: commit.pc))
      }
    }
    return .budget
  }
}
