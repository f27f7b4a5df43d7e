import EBPF
import SimKernel

extension Deep8State {
  /// Stage 4: waits for values that are not there yet, reads registers, forwards. Returns true while it waits, and all
  /// behind it must hold.
  @inline(__always) mutating func read(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Bool {
    execute.bubble = read.bubble
    guard read.bubble == .none else { return false }
    let instruction = Instruction(word: read.word)
    let traits = context.pointee.traits[Int(instruction.opcode)]
    let d = instruction.destination, s = instruction.source
    if busy != 0 {
      let cause = lateCause(instruction, traits)
      guard cause == .none else {
        execute.bubble = cause
        return true
      }
    }
    if memory1.isLoading || memory2.isLoading {
      guard !(traits.readsDestination && isLoading(d)) && !(traits.readsSource && isLoading(s)) else {
        execute.bubble = .loadUse
        return true
      }
    }
    execute.pc = read.pc
    execute.next = read.next
    execute.word = read.word
    execute.destination = read.destination
    execute.a = forwarded(d)
    execute.b = traits.usesImmediate ? read.immediate : forwarded(s)
    return false
  }

  /// What the instruction waits for because it reads or writes a register whose late result is not done, or needs the
  /// divider; `none` when it need not wait.
  @inline(__always) private func lateCause(_ instruction: Instruction, _ traits: OpcodeTraits) -> Bubble {
    var registers = Deep8State.bit(read.destination)
    if traits.readsDestination { registers |= Deep8State.bit(instruction.destination) }
    if traits.readsSource { registers |= Deep8State.bit(instruction.source) }
    if registers & busy == 0 { return traits.isDivide && dividing != 0 ? .divide : .none }
    return registers & dividing != 0 ? .divide : .multiply
  }

  /// The youngest older instruction that writes the register is a load, or an atomic that fetches, and has not done so.
  @inline(__always) private func isLoading(_ register: UInt8) -> Bool {
    if memory1.destination == register { return memory1.isLoading }
    return memory2.isLoading && memory2.destination == register && !memory1.restores(register)
  }

  /// The value from the youngest older instruction that writes the register: the one that leaves execute in this cycle,
  /// memory-1, memory-2; else from the register file, which write-back has updated.
  @inline(__always) private func forwarded(_ register: UInt8) -> UInt64 {
    if frameChange == .return && Deep8State.isSaved(register) { return forwardedPastReturn(register) }
    if memory1.destination == register { return memory1.result }
    if memory2.destination == register { return memory2.result }
    if writeBack.destination == register { return writeBack.result }
    return run.registers[unchecked: Int(register)]
  }

  /// r6 to r9 while a return is on its way: for the instructions behind it they are what its call has saved.
  @inline(__always) private func forwardedPastReturn(_ register: UInt8) -> UInt64 {
    if memory1.destination == register { return memory1.result }
    if !memory1.restores(register) && memory2.destination == register { return memory2.result }
    return run.caller.saved[Int(register) - 6]
  }
}
