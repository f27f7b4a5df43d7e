import EBPF
import SimKernel

extension Core {
  /// RUN_PROG: clears READY, loads TEXT, and sets the registers. The loader moves `loadSlotsPerCycle` slots a cycle.
  func begin(offset: UInt64) {
    let s = state.pointer
    ram.store(UInt32(0), at: DeviceMap.ready)
    let textLength = ram.load(UInt32.self, at: DeviceMap.textLength)
    let dataLength = min(UInt64(ram.load(UInt32.self, at: DeviceMap.dataLength)), UInt64(DeviceMap.dataCapacity))
    reset(offset: offset, dataLength: dataLength)
    if offset > dataLength { s.pointee.fault = .offsetOutOfRange } else { loadProgram(Int(textLength)) }
    let slots = UInt64(min(Int(textLength), DeviceMap.textCapacity) + 7) / 8
    s.pointee.loadedAt = clock.now + max(1, (slots + spec.loadSlotsPerCycle - 1) / spec.loadSlotsPerCycle)
    s.pointee.phase = .loading
  }

  func load(_ now: Cycle) -> Wake {
    let s = state.pointer
    guard now >= s.pointee.loadedAt else { return .at(s.pointee.loadedAt) }
    guard s.pointee.fault == .none else {
      finishRun()
      return .next
    }
    beginRun()
    // The first fetch happens in this cycle.
    s.pointee.fetch(context)
    s.pointee.counts[Int(Bubble.fill.rawValue)] &+= 1
    return .next
  }

  private func reset(offset: UInt64, dataLength: UInt64) {
    let s = state.pointer
    s.pointee = CoreState()
    s.pointee.dataLow = UInt64(DeviceMap.data) + offset
    s.pointee.dataSize = offset <= dataLength ? dataLength - offset : 0
    if dataLength != 0 {
      s.pointee.registers[1] = s.pointee.dataLow
      s.pointee.registers[2] = dataLength
    }
    s.pointee.registers[10] = CoreMemory.stackBase + UInt64(spec.stackSize)
    stack.clear()
    loadFailure = ""
  }

  private func loadProgram(_ length: Int) {
    let s = state.pointer
    do {
      let loaded = try readProgram(length)
      context.pointee.textCount = UInt32(loaded.text.count)
      context.pointee.text.update(from: loaded.text, count: loaded.text.count)
      program.write(loaded.data, at: 0)
      s.pointee.programSize = UInt32(loaded.data.count)
      s.pointee.programWritable = UInt32(loaded.writableDataOffset)
      s.pointee.pc = UInt32(loaded.entry)
    } catch {
      loadFailure = error.description
      s.pointee.fault = .badProgram
    }
  }

  private func readProgram(_ length: Int) throws(LoadError) -> Program {
    let bytes = ram.read(min(length, DeviceMap.textCapacity), at: DeviceMap.text)
    let loaded = try ProgramLoader.load(bytes, dataBase: CoreMemory.programBase)
    try Verifier.verify(loaded)
    guard loaded.data.count <= CoreMemory.programCapacity else {
      throw LoadError(
        .tooLarge, "the program has \(loaded.data.count) bytes of data, at most \(CoreMemory.programCapacity) fit")
    }
    return loaded
  }
}
