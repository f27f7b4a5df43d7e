import EBPF
import SimKernel

/// What execute tells the stages behind it.
enum Redirect {
  case none
  /// The stage is busy: decode and fetch hold.
  case hold
  /// The instructions behind are wrong: fetch from `CoreState.pc`, which execute has set.
  case flush
}

extension CoreState {
  /// Stage 3: ALU, branches, addresses, calls.
  @inline(__always) mutating func execute(_ context: UnsafePointer<CoreContext>) -> Redirect {
    let bubble = execute.bubble
    memory.bubble = bubble
    guard bubble == .none else { return .none }
    let instruction = Instruction(word: execute.word)
    let opcode = instruction.opcode
    let traits = context.pointee.traits[Int(opcode)]
    if traits.isMultiply || traits.isDivide {
      executeCount &+= 1
      let timing = context.pointee.timing
      if executeCount < (traits.isMultiply ? timing.multiplyCycles : timing.divideCycles) {
        memory.bubble = traits.isMultiply ? .multiply : .divide
        return .hold
      }
      executeCount = 0
    }
    memory.opcode = opcode
    memory.fault = .none
    memory.isLast = false
    memory.pc = execute.pc
    memory.destination = execute.destination
    if traits.isALU {
      memory.result = ALU.result(
        opcode: opcode, offset: instruction.offset, immediate: instruction.immediate, destination: execute.a,
        operand: execute.b)
      return .none
    }
    if traits.isLoad {
      memory.result = execute.b &+ UInt64(bitPattern: Int64(instruction.offset))
      return .none
    }
    if traits.isMemoryAccess {
      memory.result = execute.a &+ UInt64(bitPattern: Int64(instruction.offset))
      memory.value = execute.b
      memory.operation = UInt8(truncatingIfNeeded: instruction.immediate)
      return .none
    }
    if traits.isBranch || traits.isJump { return branch(instruction) }
    if traits.isWide {
      memory.result = execute.b
      return .none
    }
    return transfer(instruction, traits, context)
  }

  @inline(__always) private mutating func branch(_ instruction: Instruction) -> Redirect {
    let taken = Branch.isTaken(opcode: instruction.opcode, execute.a, execute.b)
    if taken == execute.predictedTaken { return .none }
    pc = execute.pc &+ 1 &+ (taken ? UInt32(truncatingIfNeeded: instruction.jumpDistance) : 0)
    return .flush
  }

  /// CALL and EXIT, and whatever is no instruction at all.
  @inline(never) private mutating func transfer(
    _ instruction: Instruction, _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext>
  ) -> Redirect {
    if traits.isExit && depth == 0 {
      memory.isLast = true
      draining = true
      pc = execute.pc
      return .flush
    }
    guard traits.isExit || traits.isCall else { return fail(.invalidInstruction) }
    // Both touch r6 to r10 here, two stages early, so the older instructions must have retired.
    guard writeBack.bubble != .none else {
      memory.bubble = .call
      return .hold
    }
    return traits.isExit ? returnToCaller(context) : call(instruction, context)
  }

  /// Local calls: r6 to r9 are the callee's to use, r10 moves down by a frame.
  private mutating func call(_ instruction: Instruction, _ context: UnsafePointer<CoreContext>) -> Redirect {
    // The source field of CALL is 1 for a local call (RFC 9669 section 4.3.1).
    guard instruction.source == 1 else { return fail(.unknownHelper) }
    guard Int(depth) + 1 < context.pointee.timing.callDepth else { return fail(.callDepth) }
    context.pointee.callStack[Int(depth)] = caller
    caller.returnPC = execute.pc &+ 1
    for i in 0..<4 { caller.saved[i] = registers[6 + i] }
    depth += 1
    registers[10] &-= context.pointee.timing.frameSize
    pc = execute.pc &+ 1 &+ UInt32(truncatingIfNeeded: instruction.jumpDistance)
    return .flush
  }

  private mutating func returnToCaller(_ context: UnsafePointer<CoreContext>) -> Redirect {
    for i in 0..<4 { registers[6 + i] = caller.saved[i] }
    registers[10] &+= context.pointee.timing.frameSize
    pc = caller.returnPC
    depth -= 1
    caller = context.pointee.callStack[Int(depth)]
    return .flush
  }

  /// The instruction goes on as one that faults at write-back, so that older ones retire first.
  private mutating func fail(_ reason: CoreFault) -> Redirect {
    memory.fault = reason
    memory.destination = CoreState.noRegister
    draining = true
    pc = execute.pc
    return .flush
  }
}
