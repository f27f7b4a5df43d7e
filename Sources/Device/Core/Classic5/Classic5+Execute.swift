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

extension Classic5State {
  /// Stage 3: ALU, branches, addresses, calls.
  @inline(__always) mutating func execute(_ context: UnsafePointer<CoreContext<Classic5Timing>>) -> Redirect {
    let bubble = execute.bubble
    memory.bubble = bubble
    guard bubble == .none else { return .none }
    let instruction = Instruction(word: execute.word)
    let opcode = instruction.opcode
    let traits = context.pointee.traits[Int(opcode)]
    if traits.isMultiply || traits.isDivide {
      executeCount &+= 1
      let timing = context.pointee.parameters
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
    _ instruction: Instruction, _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext<Classic5Timing>>
  ) -> Redirect {
    if traits.isExit && run.depth == 0 {
      end()
      return .flush
    }
    guard traits.isExit || traits.isCall else { return fail(.invalidInstruction) }
    // Both touch registers here, two stages early, so the older instructions must have retired.
    guard writeBack.bubble != .none else {
      memory.bubble = .call
      return .hold
    }
    if traits.isExit {
      pc = run.leave(context)
      return .flush
    }
    switch CallTarget(
      instruction, pc: execute.pc, register: execute.a, textCount: context.pointee.textCount)
    {
    case .local(let target):
      guard run.call(from: execute.pc, context) else { return fail(.callDepth) }
      pc = target
      return .flush
    case .helper(let number): return callHelper(number, context)
    case .nowhere: return fail(.unknownHelper)
    }
  }

  private mutating func callHelper(
    _ number: Int32, _ context: UnsafePointer<CoreContext<Classic5Timing>>
  ) -> Redirect {
    switch run.callHelper(number, context) {
    case .waiting:
      memory.bubble = .helper
      return .hold
    case .returns(let value):
      memory.destination = 0
      memory.result = value
      return .none
    case .exits(let value):
      memory.destination = 0
      memory.result = value
      end()
      return .flush
    case .fails(let reason): return fail(reason)
    }
  }

  /// The instruction in execute is the last of the program.
  private mutating func end() {
    memory.isLast = true
    draining = true
    pc = execute.pc
  }

  /// The instruction goes on as one that faults at write-back, so that older ones retire first.
  private mutating func fail(_ reason: CoreFault) -> Redirect {
    memory.fault = reason
    memory.destination = RunState.noRegister
    draining = true
    pc = execute.pc
    return .flush
  }
}
