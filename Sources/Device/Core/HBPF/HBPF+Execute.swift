import EBPF
import SimKernel

extension HBPFState {
  /// The last cycle of an instruction: everything that it does. Returns true when the run is over.
  @inline(__always) mutating func execute(_ context: UnsafePointer<CoreContext<HBPFTiming>>) -> Bool {
    let instruction = Instruction(word: word), traits = context.pointee.traits[Int(instruction.opcode)]
    let destination = instruction.destination
    let a = run.registers[unchecked: Int(destination)]
    let b =
      traits.usesImmediate
      ? instruction.signExtendedImmediate : run.registers[unchecked: Int(instruction.source)]
    if traits.isALU {
      let result = ALU.result(
        opcode: instruction.opcode, offset: instruction.offset, immediate: instruction.immediate, destination: a,
        operand: b)
      return retire(destination, result, next: pc &+ 1, context)
    }
    if traits.isBranch || traits.isJump {
      let isTaken = Branch.isTaken(opcode: instruction.opcode, a, b)
      let distance = isTaken ? UInt32(truncatingIfNeeded: instruction.jumpDistance) : 0
      return retire(RunState.noRegister, 0, next: pc &+ 1 &+ distance, context)
    }
    if traits.isMemoryAccess { return access(instruction, traits, a, b, context) }
    if traits.isWide {
      let second = Instruction(word: context.pointee.text[pc &+ 1])
      return retire(destination, instruction.wideImmediate(next: second), next: pc &+ 2, context)
    }
    return transfer(instruction, traits, a, context)
  }

  /// Writes the register file, and turns to the next instruction.
  @inline(__always) private mutating func retire(
    _ destination: UInt8, _ result: UInt64, next: UInt32, _ context: UnsafePointer<CoreContext<HBPFTiming>>,
    isLast: Bool = false
  ) -> Bool {
    run.charge(.none)
    if destination != RunState.noRegister { run.registers[unchecked: Int(destination)] = result }
    context.pointee.monitor?.retires(pc, destination: destination, result: result, isLast: isLast, run)
    if isLast {
      activity = .stopping
      cause = .drain
      remaining = context.pointee.parameters.stop
      return false
    }
    if run.reaches(limitOf: context) { return run.stop(.instructionLimit, at: pc) }
    begin(next, context)
    return false
  }

  @inline(never) private mutating func fail(
    _ reason: CoreFault, _ context: UnsafePointer<CoreContext<HBPFTiming>>
  ) -> Bool {
    context.pointee.monitor?.faults(pc, reason, run)
    return run.stop(reason, at: pc)
  }

  @inline(__always) private mutating func access(
    _ instruction: Instruction, _ traits: OpcodeTraits, _ a: UInt64, _ b: UInt64,
    _ context: UnsafePointer<CoreContext<HBPFTiming>>
  ) -> Bool {
    let offset = UInt64(bitPattern: Int64(instruction.offset)), size = traits.accessSize
    if traits.isAtomic { return atomic(instruction, size, at: a &+ offset, source: b, context) }
    let address = (traits.isLoad ? b : a) &+ offset
    guard let place = context.pointee.memory.locate(address, size, writing: traits.isStore, run) else {
      return fail(traits.isStore ? .storeOutOfBounds : .loadOutOfBounds, context)
    }
    context.pointee.memory.note(address, size)
    if traits.isStore {
      CoreMemory.store(b, at: place, size)
      context.pointee.monitor?.accesses(.store, size, at: address, b)
      return retire(RunState.noRegister, 0, next: pc &+ 1, context)
    }
    let raw = CoreMemory.load(place, size)
    context.pointee.monitor?.accesses(.load, size, at: address, raw)
    return retire(
      instruction.destination, Load.extended(opcode: instruction.opcode, raw: raw), next: pc &+ 1, context)
  }

  @inline(never) private mutating func atomic(
    _ instruction: Instruction, _ size: Int, at address: UInt64, source: UInt64,
    _ context: UnsafePointer<CoreContext<HBPFTiming>>
  ) -> Bool {
    let operation = UInt8(truncatingIfNeeded: instruction.immediate)
    switch run.atomic(operation, size: size, at: address, source: source, r0: run.registers[0], context) {
    case .failure(let fault): return fail(fault, context)
    case .success(let old):
      return retire(instruction.writtenRegister(instruction.traits), old, next: pc &+ 1, context)
    }
  }

  /// CALL and EXIT, and whatever is no instruction at all.
  @inline(never) private mutating func transfer(
    _ instruction: Instruction, _ traits: OpcodeTraits, _ register: UInt64,
    _ context: UnsafePointer<CoreContext<HBPFTiming>>
  ) -> Bool {
    if traits.isExit {
      guard run.depth > 0 else { return retire(RunState.noRegister, 0, next: pc, context, isLast: true) }
      let target = run.leave(context)
      return retire(RunState.noRegister, 0, next: target, context)
    }
    guard traits.isCall else { return fail(.invalidInstruction, context) }
    switch CallTarget(instruction, pc: pc, register: register, textCount: context.pointee.textCount) {
    case .local(let target):
      guard run.call(from: pc, context) else { return fail(.callDepth, context) }
      return retire(RunState.noRegister, 0, next: target, context)
    case .helper(let number): return callHelper(number, context)
    case .nowhere: return fail(.unknownHelper, context)
    }
  }

  private mutating func callHelper(
    _ number: Int32, _ context: UnsafePointer<CoreContext<HBPFTiming>>
  ) -> Bool {
    switch run.callHelper(number, context) {
    case .waiting:
      run.charge(.helper)
      return false
    case .returns(let value): return retire(0, value, next: pc &+ 1, context)
    case .exits(let value): return retire(0, value, next: pc, context, isLast: true)
    case .fails(let reason): return fail(reason, context)
    }
  }
}
