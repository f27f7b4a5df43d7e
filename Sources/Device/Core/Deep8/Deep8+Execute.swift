import EBPF
import SimKernel

extension Deep8State {
  /// Stage 5: ALU, branches, addresses, calls. What comes here is on the path of the program.
  @inline(__always) mutating func execute(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Redirect {
    guard execute.bubble == .none else {
      memory1.become(execute.bubble)
      return .none
    }
    let instruction = Instruction(word: execute.word)
    let opcode = instruction.opcode
    let traits = context.pointee.traits[Int(opcode)]
    memory1.bubble = .none
    memory1.fault = .none
    memory1.control = .none
    memory1.isLate = false
    memory1.isLoading = false
    memory1.opcode = opcode
    memory1.destination = execute.destination
    memory1.pc = execute.pc
    if traits.isALU {
      memory1.result = ALU.result(
        opcode: opcode, offset: instruction.offset, immediate: instruction.immediate, destination: execute.a,
        operand: execute.b)
      if traits.isMultiply || traits.isDivide { beginLate(isDivision: traits.isDivide, context) }
      return .none
    }
    if traits.isLoad {
      memory1.isLoading = true
      memory1.result = execute.b &+ UInt64(bitPattern: Int64(instruction.offset))
      return .none
    }
    if traits.isMemoryAccess {
      memory1.isLoading = traits.isAtomic
      memory1.result = execute.a &+ UInt64(bitPattern: Int64(instruction.offset))
      memory1.value = execute.b
      memory1.operation = UInt8(truncatingIfNeeded: instruction.immediate)
      return .none
    }
    if traits.isBranch || traits.isJump { return branch(instruction, traits, context) }
    if traits.isWide {
      memory1.result = execute.b
      return .none
    }
    return transfer(instruction, traits, context)
  }

  @inline(__always) private mutating func branch(
    _ instruction: Instruction, _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) -> Redirect {
    let tables = context.pointee.parameters.tables
    let taken = Branch.isTaken(opcode: instruction.opcode, execute.a, execute.b)
    if traits.isBranch { tables.count(execute.pc, taken: taken) }
    guard taken else { return resolve(execute.pc &+ 1) }
    let target = execute.pc &+ 1 &+ UInt32(truncatingIfNeeded: instruction.jumpDistance)
    tables.learn(traits.isBranch ? .branch : .jump, at: execute.pc, target)
    return resolve(target)
  }

  /// The program goes on at `target`; if fetch did not, all behind execute is wrong.
  @inline(__always) mutating func resolve(_ target: UInt32) -> Redirect {
    guard target != execute.next else { return .none }
    pc = target
    returnDepth = depth
    return .flush
  }

  /// The instruction in execute is the last of the program.
  mutating func end() {
    memory1.control = .end
    draining = true
    pc = execute.pc
  }

  /// The instruction goes on as one that faults at write-back, so that older ones retire first.
  mutating func fail(_ reason: CoreFault) -> Redirect {
    memory1.fault = reason
    memory1.destination = RunState.noRegister
    draining = true
    pc = execute.pc
    return .flush
  }

  /// Nothing leaves execute in this cycle.
  mutating func hold(_ cause: Bubble) -> Redirect {
    memory1.become(cause)
    return .hold
  }
}
