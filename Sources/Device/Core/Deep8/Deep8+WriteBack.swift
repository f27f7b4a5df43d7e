import EBPF
import SimKernel

extension Deep8State {
  /// The last instruction is in write-back and waits there until every store is in memory and every result in its
  /// register. Returns true while it does.
  @inline(__always) mutating func drains() -> Bool {
    guard writeBack.control == .end && writeBack.bubble == .none && (storeCount != 0 || busy != 0) else { return false }
    run.charge(.drain)
    return true
  }

  /// Stage 8: writes the register file and charges the cycle. Returns true when the run is over.
  @inline(__always) mutating func retire(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Bool {
    let bubble = writeBack.bubble
    guard bubble == .none else {
      run.charge(bubble)
      return false
    }
    guard writeBack.fault == .none else { return fault(context) }
    run.charge(.none)
    let destination = writeBack.destination
    if writeBack.isLate {
      owed |= Deep8State.bit(destination)
    } else if frameChange != .none && writeBack.control == frameChange {
      changeFrame(context)
    } else if destination != RunState.noRegister {
      run.registers[unchecked: Int(destination)] = writeBack.result
    }
    if let monitor = context.pointee.monitor { tellRetired(monitor) }
    if writeBack.control == .end { return true }
    return run.reaches(limitOf: context) ? run.stop(.instructionLimit, at: writeBack.pc) : false
  }

  @inline(never) private mutating func fault(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Bool {
    context.pointee.monitor?.faults(writeBack.pc, writeBack.fault, run)
    return run.stop(writeBack.fault, at: writeBack.pc)
  }

  /// A return writes r6 to r10, which the listener knows by itself.
  @inline(never) private mutating func tellRetired(_ monitor: Listener) {
    monitor.retires(
      writeBack.pc, destination: writeBack.control == .return ? RunState.noRegister : writeBack.destination,
      result: writeBack.result, isLast: writeBack.control == .end, run)
  }
}
