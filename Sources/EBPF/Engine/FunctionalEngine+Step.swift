extension FunctionalEngine {
  /// Executes one instruction and tells what it changed, for commit logs. The states are those of
  /// ``resume(_:stack:instructions:breakpoint:)``, the way there is another one: what that does fast, this spells out.
  ///
  /// The commit counts from 0 and bears no run or time. That of a fault has no writes or accesses. What a helper writes to
  /// memory is not in its commit.
  /// - Parameter stack: as for `resume`
  /// - Returns: the commit, and `exit` or `fault` when the program ends with this instruction
  public func step(_ state: inout MachineState, stack: MemoryRegion) -> (commit: Commit, stop: Stop?) {
    var memory = MemoryMap(stack: stack, others: regions), commit = Commit()
    let stop = step(&state, memory: &memory, &commit)
    return (commit, stop)
  }

  /// The same for those who step often, and keep the map and the place of the commit.
  package func step(
    _ state: inout MachineState, memory: inout MemoryMap, _ commit: UnsafeMutablePointer<Commit>
  ) -> Stop? {
    let pc = program.text.indices.contains(state.pc) ? state.pc : program.text.count
    state.pc = pc
    let step = Step(self, pc, order: state.retired, commit)
    do throws(Fault) {
      return try step.execute(self, &state, &memory) ? .exit : nil
    } catch {
      state.pc = pc
      commit.pointee.dropEffects()
      return .fault(error)
    }
  }
}

/// One instruction on its way: what it did so far. A state is changed when nothing can fault any more.
private struct Step {
  let commit: UnsafeMutablePointer<Commit>
  let pc: Int
  let instruction: Instruction
  let next: Instruction?

  init(
    _ engine: borrowing FunctionalEngine, _ pc: Int, order: UInt64, _ commit: UnsafeMutablePointer<Commit>
  ) {
    self.pc = pc
    instruction = Instruction(word: pc < engine.program.text.count ? engine.program.text[pc] : 0)
    next = pc + 1 < engine.program.text.count ? Instruction(word: engine.program.text[pc + 1]) : nil
    self.commit = commit
    commit.pointee.begin(order: order, pc: pc, instruction: instruction.word)
  }

  /// Returns whether the program ends.
  func execute(
    _ engine: borrowing FunctionalEngine, _ state: inout MachineState, _ memory: inout MemoryMap
  ) throws(Fault) -> Bool {
    let limit = engine.limits.instructionLimit, count = engine.program.text.count
    guard limit == 0 || state.retired < limit else { throw Fault(.instructionLimit, pc: pc) }
    guard pc < count else { throw Fault(.fallThrough, pc: pc) }
    guard Verifier.isLegal(instruction, next: next) else { throw Fault(.invalidInstruction, pc: pc) }
    let successor = try perform(engine, &state, &memory)
    state.retired += 1
    guard let successor else { return true }
    state.pc = successor >= 0 && successor < count ? successor : count
    return false
  }

  /// Returns the slot of the next instruction, nil when the program ends.
  private func perform(
    _ engine: borrowing FunctionalEngine, _ state: inout MachineState, _ memory: inout MemoryMap
  ) throws(Fault) -> Int? {
    let traits = instruction.traits
    let a = state.registers[Int(instruction.destination)]
    let b = traits.readsSource ? state.registers[Int(instruction.source)] : instruction.signExtendedImmediate
    if traits.isALU {
      let result = ALU.result(
        opcode: instruction.opcode, offset: instruction.offset, immediate: instruction.immediate, destination: a,
        operand: b)
      write(instruction.destination, result, &state)
    } else if traits.isLoad {
      let raw = try access(.load, b, traits.accessSize, &memory)
      write(instruction.destination, Load.extended(opcode: instruction.opcode, raw: raw), &state)
    } else if traits.isStore {
      _ = try access(.store, a, traits.accessSize, writing: b, &memory)
    } else if traits.isAtomic {
      try atomic(a, b, traits.accessSize, &state, &memory)
    } else if traits.isWide, let next {
      write(instruction.destination, instruction.wideImmediate(next: next), &state)
      return pc + 2
    } else if traits.isBranch || traits.isJump {
      return Branch.isTaken(opcode: instruction.opcode, a, b) ? pc + 1 + instruction.jumpDistance : pc + 1
    } else if traits.isCall {
      return try call(engine, a, &state, memory)
    } else {
      return leave(engine, &state)
    }
    return pc + 1
  }

  private func write(_ register: UInt8, _ value: UInt64, _ state: inout MachineState) {
    state.registers[Int(register)] = value
    commit.pointee.write(register, value)
  }

  /// Reads or writes `size` bytes at `base` plus the offset; returns those read, zero-extended.
  private func access(
    _ kind: CommitRecord.MemoryAccess.Kind, _ base: UInt64, _ size: Int, writing value: UInt64 = 0,
    _ memory: inout MemoryMap
  ) throws(Fault) -> UInt64 {
    let address = base &+ UInt64(truncatingIfNeeded: instruction.offset)
    guard let host = memory.find(address, size, writing: kind == .store) else {
      throw Fault(kind == .store ? .storeOutOfBounds : .loadOutOfBounds, pc: pc, address: address, size: size)
    }
    let bytes = UnsafeMutableRawBufferPointer(start: host, count: size)
    if kind == .store {
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
    }
    let stored = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    commit.pointee.access(.init(kind, size: size, address: address, value: stored))
    return stored
  }

  private func atomic(
    _ base: UInt64, _ source: UInt64, _ size: Int, _ state: inout MachineState, _ memory: inout MemoryMap
  ) throws(Fault) {
    let address = base &+ UInt64(truncatingIfNeeded: instruction.offset)
    guard address.isMultiple(of: UInt64(size)) else {
      throw Fault(.misalignedAtomic, pc: pc, address: address, size: size)
    }
    // An atomic needs memory that it may write, whether it will or not.
    guard memory.find(address, size, writing: true) != nil else {
      throw Fault(.storeOutOfBounds, pc: pc, address: address, size: size)
    }
    let operation = instruction.immediate, r0 = state.registers[0]
    let old = try access(.load, base, size, &memory)
    let comparand = size == 4 ? r0 & 0xffff_ffff : r0
    if !AtomicOperation.isCompareExchange(operation) || old == comparand {
      let new = AtomicOperation.newValue(operation: operation, old: old, source: source, r0: r0, size: size)
      _ = try access(.store, base, size, writing: new, &memory)
    }
    if let register = AtomicOperation.fetchRegister(operation: operation, source: instruction.source) {
      write(register, old, &state)
    }
  }

  private func call(
    _ engine: borrowing FunctionalEngine, _ callee: UInt64, _ state: inout MachineState, _ memory: borrowing MemoryMap
  ) throws(Fault) -> Int? {
    if instruction.traits.isIndirect {
      if let slot = CodeAddress.slot(at: callee, count: engine.program.text.count) {
        return try callLocal(engine, slot, &state)
      }
      return try callHelper(engine, callee, &state, memory)
    }
    return instruction.source == 1
      ? try callLocal(engine, pc + 1 + instruction.jumpDistance, &state)
      : try callHelper(engine, UInt64(instruction.immediate), &state, memory)
  }

  private func callLocal(
    _ engine: borrowing FunctionalEngine, _ target: Int, _ state: inout MachineState
  ) throws(Fault) -> Int {
    guard state.frames.count < engine.limits.callDepth else { throw Fault(.stackOverflow, pc: pc) }
    let r = state.registers
    state.frames.append(MachineState.Frame(returnSlot: pc + 1, r6: r[6], r7: r[7], r8: r[8], r9: r[9]))
    write(10, r[10] &- engine.limits.frameBytes, &state)
    return target
  }

  private func callHelper(
    _ engine: borrowing FunctionalEngine, _ number: UInt64, _ state: inout MachineState, _ memory: borrowing MemoryMap
  ) throws(Fault) -> Int? {
    guard let number = Int32(exactly: number), let helper = engine.helpers[number] else {
      throw Fault(.unknownHelper, pc: pc)
    }
    let r = state.registers
    let context = HelperContext(r1: r[1], r2: r[2], r3: r[3], r4: r[4], r5: r[5], regions: memory.regions)
    switch helper.function(context) {
    case .value(let value):
      write(0, value, &state)
      return pc + 1
    case .exit(let value):
      write(0, value, &state)
      return nil
    case .fault(let reason, let address, let size): throw Fault(reason, pc: pc, address: address, size: size)
    }
  }

  private func leave(_ engine: borrowing FunctionalEngine, _ state: inout MachineState) -> Int? {
    guard let frame = state.frames.popLast() else { return nil }
    for (register, value) in [(6, frame.r6), (7, frame.r7), (8, frame.r8), (9, frame.r9)] as [(UInt8, UInt64)] {
      write(register, value, &state)
    }
    write(10, state.registers[10] &+ engine.limits.frameBytes, &state)
    return frame.returnSlot
  }
}
