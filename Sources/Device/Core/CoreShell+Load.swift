import EBPF
import SimKernel

extension CoreShell {
  /// RUN_PROG: clears READY, loads TEXT, and sets the registers. The loader moves `loadSlotsPerCycle` slots a cycle.
  func begin(_ run: inout RunState, offset: UInt64) {
    started = clock.time
    ram.store(UInt32(0), at: DeviceMap.ready)
    let textLength = Int(ram.load(UInt32.self, at: DeviceMap.textLength))
    let dataLength = min(UInt64(ram.load(UInt32.self, at: DeviceMap.dataLength)), UInt64(DeviceMap.dataCapacity))
    setRegisters(&run, offset: offset, dataLength: dataLength)
    if offset > dataLength { run.fault = .offsetOutOfRange } else { loadProgram(&run, textLength) }
    let slots = UInt64(min(textLength, DeviceMap.textCapacity) + 7) / 8
    run.loadedAt = clock.now + max(1, (slots + spec.loadSlotsPerCycle - 1) / spec.loadSlotsPerCycle)
    run.phase = .loading
  }

  private func setRegisters(_ run: inout RunState, offset: UInt64, dataLength: UInt64) {
    run.dataLow = UInt64(DeviceMap.data) + offset
    run.dataSize = offset <= dataLength ? dataLength - offset : 0
    if dataLength != 0 {
      run.registers[1] = run.dataLow
      run.registers[2] = dataLength
    }
    run.registers[10] = CoreMemory.stackBase + UInt64(spec.stackSize)
    memories.stack.clear()
    loadFailure = ""
  }

  private func loadProgram(_ run: inout RunState, _ length: Int) {
    do {
      let loaded = try readProgram(length)
      fillInstructionMemory(loaded.text)
      memories.program.write(loaded.data, at: 0)
      run.programSize = UInt32(loaded.data.count)
      run.programWritable = UInt32(loaded.writableDataOffset)
      run.entry = UInt32(loaded.entry)
      program = loaded
    } catch {
      loadFailure = error.description
      run.fault = .badProgram
    }
  }

  private func readProgram(_ length: Int) throws(LoadError) -> Program {
    try CoreShell.load(ram.read(min(length, DeviceMap.textCapacity), at: DeviceMap.text), helpers: helperTable)
  }

  /// The program that a core makes of the bytes in TEXT; refuses one that it cannot run.
  /// - Parameter dataBase: where the program's own data will lie
  public static func load(
    _ bytes: [UInt8], helpers: HelperTable, dataBase: UInt64 = CoreMemory.programBase
  ) throws(LoadError) -> Program {
    let loaded = try ProgramLoader.load(bytes, dataBase: dataBase, helpers: helpers.numbersByName)
    try Verifier.verify(loaded, limits: .init(helpers: helpers.numbers))
    guard loaded.data.count <= CoreMemory.programCapacity else {
      throw LoadError(
        .tooLarge, "the program has \(loaded.data.count) bytes of data, at most \(CoreMemory.programCapacity) fit")
    }
    return loaded
  }

  /// Zeros follow the program, where a longer one may have been.
  private func fillInstructionMemory(_ words: [UInt64]) {
    text.slots.update(from: words, count: words.count)
    let before = text.count.pointee
    if before > words.count { (text.slots + words.count).update(repeating: 0, count: before - words.count) }
    text.count.pointee = words.count
  }
}
