import EBPF
import SimKernel

extension Classic5State {
  /// Stage 5: writes the register file and charges the cycle. Returns true when the run is over.
  @inline(__always) mutating func retire(_ context: UnsafePointer<CoreContext<Classic5Timing>>) -> Bool {
    let bubble = writeBack.bubble
    guard bubble == .none else {
      run.charge(bubble)
      return false
    }
    guard writeBack.fault == .none else { return fault(context) }
    run.charge(.none)
    let destination = Int(writeBack.destination)
    if destination != Int(RunState.noRegister) { run.registers[unchecked: destination] = writeBack.result }
    if let monitor = context.pointee.monitor { tellRetired(monitor) }
    if writeBack.isLast { return true }
    return run.reaches(limitOf: context) ? run.stop(.instructionLimit, at: writeBack.pc) : false
  }

  @inline(never) private mutating func fault(_ context: UnsafePointer<CoreContext<Classic5Timing>>) -> Bool {
    context.pointee.monitor?.faults(writeBack.pc, writeBack.fault, run)
    return run.stop(writeBack.fault, at: writeBack.pc)
  }

  @inline(never) private mutating func tellRetired(_ monitor: Listener) {
    monitor.retires(
      writeBack.pc, destination: writeBack.destination, result: writeBack.result, isLast: writeBack.isLast, run)
  }
}
