import EBPF
import SimKernel

extension CoreState {
  /// Stage 4: loads, stores and atomics. Returns true while the stage is busy and everything behind it must hold.
  @inline(__always) mutating func access(_ context: UnsafePointer<CoreContext>) -> Bool {
    let bubble = memory.bubble
    writeBack.bubble = bubble
    guard bubble == .none else { return false }
    let traits = context.pointee.traits[Int(memory.opcode)]
    writeBack.pc = memory.pc
    writeBack.destination = memory.destination
    writeBack.isLast = memory.isLast
    writeBack.fault = memory.fault
    if !traits.isMemoryAccess {
      writeBack.result = memory.result
      return false
    }
    if traits.isAtomic {
      memoryCount &+= 1
      if memoryCount < context.pointee.timing.atomicCycles {
        writeBack.bubble = .atomic
        return true
      }
      memoryCount = 0
      atomic(context, size: traits.accessSize)
      return false
    }
    let size = traits.accessSize
    guard let place = context.pointee.memory.locate(memory.result, size, writing: traits.isStore, self) else {
      writeBack.fault = traits.isStore ? .storeOutOfBounds : .loadOutOfBounds
      return false
    }
    if traits.isStore {
      CoreMemory.store(memory.value, at: place, size)
    } else {
      writeBack.result = Load.extended(opcode: memory.opcode, raw: CoreMemory.load(place, size))
    }
    return false
  }

  /// Reads, combines and writes in one visit; r0 is up to date because every older instruction has retired.
  @inline(never) private mutating func atomic(_ context: UnsafePointer<CoreContext>, size: Int) {
    guard memory.result % UInt64(size) == 0 else {
      writeBack.fault = .misalignedAtomic
      return
    }
    guard let place = context.pointee.memory.locate(memory.result, size, writing: true, self) else {
      writeBack.fault = .storeOutOfBounds
      return
    }
    let old = CoreMemory.load(place, size)
    let new = AtomicOperation.newValue(
      operation: Int32(memory.operation), old: old, source: memory.value, r0: registers[0], size: size)
    CoreMemory.store(new, at: place, size)
    writeBack.result = old
  }
}
