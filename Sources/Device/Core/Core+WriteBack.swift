import EBPF
import SimKernel

extension CoreState {
  /// Stage 5: writes the register file and charges the cycle. Returns true when the run is over.
  @inline(__always) mutating func retire(_ context: UnsafePointer<CoreContext>) -> Bool {
    guard writeBack.fault == .none || writeBack.bubble != .none else { return stop(writeBack.fault) }
    let bubble = writeBack.bubble
    counts[unchecked: Int(bubble.rawValue)] &+= 1
    guard bubble == .none else { return false }
    let destination = Int(writeBack.destination)
    if destination != Int(CoreState.noRegister) { registers[unchecked: destination] = writeBack.result }
    if writeBack.isLast { return true }
    return counts[unchecked: 0] >= context.pointee.timing.instructionLimit ? stop(.instructionLimit) : false
  }

  /// Ends the run at the instruction that was last in write-back: the faulty one, or for a limit or an abort the last
  /// that retired.
  @inline(never) mutating func stop(_ reason: CoreFault) -> Bool {
    fault = reason
    faultPC = writeBack.pc
    return true
  }
}
