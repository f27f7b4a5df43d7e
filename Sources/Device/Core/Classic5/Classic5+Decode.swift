import EBPF
import SimKernel

extension Classic5State {
  /// Stage 2: decodes, reads registers, forwards. Returns whether fetch must hold, or follow a predicted branch.
  ///
  /// Operands come from the youngest older instruction that writes them: execute's result of this cycle, memory's, then
  /// the register file, which write-back has updated. A load's value is there only from the memory stage on.
  @inline(__always) mutating func decode(_ context: UnsafePointer<CoreContext<Classic5Timing>>) -> Redirect {
    guard decode.bubble == .none else {
      execute.bubble = decode.bubble
      return .none
    }
    let instruction = Instruction(word: decode.word)
    if widePending { return joinWide(instruction) }
    let traits = context.pointee.traits[Int(instruction.opcode)]
    let d = instruction.destination, s = instruction.source
    if memory.bubble == .none && memory.destination != RunState.noRegister
      && context.pointee.traits[Int(memory.opcode)].isMemoryAccess
      && ((traits.readsDestination && d == memory.destination) || (traits.readsSource && s == memory.destination))
    {
      execute.bubble = .loadUse
      return .hold
    }
    if traits.isWide {
      widePending = true
      wideWord = decode.word
      execute.bubble = .wide
      return .none
    }
    execute.bubble = .none
    execute.word = decode.word
    execute.pc = decode.pc
    execute.a = forwarded(d)
    execute.b = traits.usesImmediate ? instruction.signExtendedImmediate : forwarded(s)
    execute.destination = instruction.writtenRegister(traits)
    execute.predictedTaken = false
    if context.pointee.parameters.predictor == .backwardTaken { return predict(instruction, traits) }
    return .none
  }

  @inline(__always) private mutating func forwarded(_ register: UInt8) -> UInt64 {
    if memory.bubble == .none && memory.destination == register { return memory.result }
    if writeBack.bubble == .none && writeBack.destination == register { return writeBack.result }
    return run.registers[unchecked: Int(register)]
  }

  /// The second slot of LDDW completes its constant.
  @inline(never) private mutating func joinWide(_ second: Instruction) -> Redirect {
    let first = Instruction(word: wideWord)
    widePending = false
    execute.bubble = .none
    execute.word = wideWord
    execute.pc = decode.pc &- 1
    execute.a = 0
    execute.b = first.wideImmediate(next: second)
    execute.destination = first.destination
    execute.predictedTaken = false
    return .none
  }

  /// Static prediction: jumps and backward branches are taken.
  @inline(never) private mutating func predict(_ instruction: Instruction, _ traits: OpcodeTraits) -> Redirect {
    guard traits.isJump || (traits.isBranch && instruction.offset < 0) else { return .none }
    execute.predictedTaken = true
    pc = decode.pc &+ 1 &+ UInt32(truncatingIfNeeded: instruction.jumpDistance)
    return .flush
  }
}
