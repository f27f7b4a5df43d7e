import EBPF

extension FunctionalEngine {
  /// Goes on as ``resume(_:stack:instructions:breakpoint:)`` does, but stops when `limit` instructions have retired since
  /// the start of the program: as in a pipeline, the fault is that of the last one. The engine's own limit would name the
  /// one behind it.
  /// - Parameter limit: more than have retired so far; wins over the breakpoint
  mutating func resume(
    _ machine: inout MachineState, stack: MemoryRegion, limit: UInt64, instructions: UInt64 = .max,
    breakpoint: Int? = nil
  ) -> Stop {
    let left = limit - machine.retired
    guard left <= instructions else {
      return resume(&machine, stack: stack, instructions: instructions, breakpoint: breakpoint)
    }
    let stop = resume(&machine, stack: stack, instructions: left - 1, breakpoint: breakpoint)
    guard stop == .budget else { return stop }
    let last = machine.pc
    let end = resume(&machine, stack: stack, instructions: 1)
    return end == .budget ? .fault(Fault(.instructionLimit, pc: last)) : end
  }
}
