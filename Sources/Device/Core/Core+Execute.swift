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
    let traits = context.pointee.traits[Int(execute.opcode)]
    if traits.isMultiply || traits.isDivide {
      executeCount &+= 1
      let timing = context.pointee.timing
      if executeCount < (traits.isMultiply ? timing.multiplyCycles : timing.divideCycles) {
        memory.bubble = traits.isMultiply ? .multiply : .divide
        return .hold
      }
      executeCount = 0
    }
    let opcode = execute.opcode
    memory.opcode = opcode
    memory.fault = .none
    memory.isLast = false
    memory.pc = execute.pc
    memory.destination = execute.destination
    if traits.isALU {
      memory.result = ALU.result(
        opcode: opcode, offset: execute.offset, immediate: execute.immediate, destination: execute.a,
        operand: execute.b)
      return .none
    }
    if traits.isLoad {
      memory.result = execute.b &+ UInt64(bitPattern: Int64(execute.offset))
      return .none
    }
    if traits.isMemoryAccess {
      memory.result = execute.a &+ UInt64(bitPattern: Int64(execute.offset))
      memory.value = execute.b
      memory.operation = UInt8(truncatingIfNeeded: execute.immediate)
      return .none
    }
    if traits.isBranch || traits.isJump { return branch(traits) }
    if traits.isWide {
      memory.result = execute.b
      return .none
    }
    return transfer(traits, context.pointee.timing)
  }

  @inline(__always) private mutating func branch(_ traits: OpcodeTraits) -> Redirect {
    let taken = Branch.isTaken(opcode: execute.opcode, execute.a, execute.b)
    if taken == execute.predictedTaken { return .none }
    pc = taken ? target(traits) : execute.pc &+ 1
    return .flush
  }

  @inline(__always) private func target(_ traits: OpcodeTraits) -> UInt32 {
    let distance = execute.opcode == Opcode.ja32 ? execute.immediate : Int32(execute.offset)
    return execute.pc &+ 1 &+ UInt32(bitPattern: distance)
  }

  /// CALL and EXIT, and whatever is no instruction at all.
  @inline(never) private mutating func transfer(_ traits: OpcodeTraits, _ timing: CoreTiming) -> Redirect {
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
    return traits.isExit ? returnToCaller(timing) : call(timing)
  }

  /// Local calls: r6 to r9 are the callee's to use, r10 moves down by a frame.
  private mutating func call(_ timing: CoreTiming) -> Redirect {
    // The source field of CALL is 1 for a local call; decode put it in `b`.
    guard execute.b == 1 else { return fail(.unknownHelper) }
    guard Int(depth) + 1 < timing.callDepth else { return fail(.callDepth) }
    var frame = CallFrame(returnPC: execute.pc &+ 1)
    for i in 0..<4 { frame.saved[i] = registers[6 + i] }
    frames[Int(depth)] = frame
    depth += 1
    registers[10] &-= timing.frameSize
    pc = execute.pc &+ 1 &+ UInt32(bitPattern: execute.immediate)
    return .flush
  }

  private mutating func returnToCaller(_ timing: CoreTiming) -> Redirect {
    depth -= 1
    let frame = frames[Int(depth)]
    for i in 0..<4 { registers[6 + i] = frame.saved[i] }
    registers[10] &+= timing.frameSize
    pc = frame.returnPC
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
