import EBPF
import SimKernel

extension Deep8State {
  /// Stage 6: looks whether the run may access the address of a load or store. Atomics are looked at when they are done.
  @inline(__always) mutating func check(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    memory2 = memory1
    guard memory1.bubble == .none else { return }
    let traits = context.pointee.traits[Int(memory1.opcode)]
    guard traits.isMemoryAccess && !traits.isAtomic else { return }
    let place = context.pointee.memory.locate(memory1.result, traits.accessSize, writing: traits.isStore, run)
    if place == nil { memory2.fault = traits.isStore ? .storeOutOfBounds : .loadOutOfBounds }
  }

  /// Stage 7: reads memory or the store buffer, fills the store buffer, does atomics. Returns true while the stage is busy
  /// and everything behind it must hold.
  @inline(__always) mutating func access(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Bool {
    guard memory2.bubble == .none else {
      writeBack.become(memory2.bubble)
      return false
    }
    let traits = context.pointee.traits[Int(memory2.opcode)]
    var result = memory2.result
    var fault = memory2.fault
    if traits.isMemoryAccess && fault == .none {
      let outcome =
        traits.isLoad
        ? load(traits, context) : traits.isStore ? store(traits, context) : atomic(traits, context)
      switch outcome {
      case .done(let value): result = value
      case .fails(let reason): fault = reason
      case .waits(let cause):
        writeBack.become(cause)
        return true
      }
    }
    writeBack.bubble = .none
    writeBack.fault = fault
    writeBack.control = memory2.control
    writeBack.isLate = memory2.isLate
    writeBack.destination = memory2.destination
    writeBack.pc = memory2.pc
    writeBack.result = result
    return false
  }

  private enum Access {
    /// With the value for the destination register, if there is one.
    case done(UInt64)
    case fails(CoreFault)
    case waits(Bubble)
  }

  @inline(__always) private func load(
    _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) -> Access {
    let size = traits.accessSize
    let raw: UInt64
    switch storeCount == 0 ? .nowhere : findStore(memory2.result, size) {
    case .covers(let value): raw = value
    case .overlaps: return .waits(.storeBuffer)
    case .nowhere:
      let place = context.pointee.memory.locate(memory2.result, size, writing: false, run)!
      raw = CoreMemory.load(place, size)
      context.pointee.memory.note(memory2.result, size)
    }
    context.pointee.monitor?.accesses(.load, size, at: memory2.result, raw)
    return .done(Load.extended(opcode: memory2.opcode, raw: raw))
  }

  /// Only here, where nothing older can fault, does a store enter the buffer.
  @inline(__always) private mutating func store(
    _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) -> Access {
    guard storeCount < context.pointee.parameters.storeBufferEntries else { return .waits(.storeBuffer) }
    let size = traits.accessSize
    enterStore(size)
    context.pointee.monitor?.accesses(.store, size, at: memory2.result, memory2.value)
    return .done(0)
  }

  /// Reads, combines and writes in its last cycle; r0 is up to date because every older instruction has retired.
  @inline(never) private mutating func atomic(
    _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) -> Access {
    guard storeCount == 0 else { return .waits(.storeBuffer) }
    atomicCount &+= 1
    guard atomicCount >= context.pointee.parameters.atomicCycles else { return .waits(.atomic) }
    atomicCount = 0
    let access = run.atomic(
      memory2.operation, size: traits.accessSize, at: memory2.result, source: memory2.value, r0: run.registers[0],
      context)
    switch access {
    case .success(let old): return .done(old)
    case .failure(let fault): return .fails(fault)
    }
  }
}
