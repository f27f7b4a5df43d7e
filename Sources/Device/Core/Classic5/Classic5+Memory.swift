import EBPF
import SimKernel

extension Classic5State {
  /// Stage 4: loads, stores and atomics. Returns true while the stage is busy and everything behind it must hold.
  @inline(__always) mutating func access(_ context: UnsafePointer<CoreContext<Classic5Timing>>) -> Bool {
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
      if memoryCount < context.pointee.parameters.atomicCycles {
        writeBack.bubble = .atomic
        return true
      }
      memoryCount = 0
      atomic(context, size: traits.accessSize)
      return false
    }
    let size = traits.accessSize
    guard let place = context.pointee.memory.locate(memory.result, size, writing: traits.isStore, run) else {
      writeBack.fault = traits.isStore ? .storeOutOfBounds : .loadOutOfBounds
      return false
    }
    context.pointee.memory.note(memory.result, size)
    if traits.isStore {
      CoreMemory.store(memory.value, at: place, size)
      context.pointee.monitor?.accesses(.store, size, at: memory.result, memory.value)
    } else {
      let raw = CoreMemory.load(place, size)
      writeBack.result = Load.extended(opcode: memory.opcode, raw: raw)
      context.pointee.monitor?.accesses(.load, size, at: memory.result, raw)
    }
    return false
  }

  /// Reads, combines and writes in one visit; r0 is up to date because every older instruction has retired.
  @inline(never) private mutating func atomic(_ context: UnsafePointer<CoreContext<Classic5Timing>>, size: Int) {
    let access = run.atomic(
      memory.operation, size: size, at: memory.result, source: memory.value, r0: run.registers[0], context)
    switch access {
    case .success(let old): writeBack.result = old
    case .failure(let fault): writeBack.fault = fault
    }
  }
}
