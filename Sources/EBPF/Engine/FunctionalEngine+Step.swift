/// What one instruction did, without an array: the form in which the engine makes it.
package struct StepEffects {
  package var order: UInt64
  package var pc: Int
  package var instruction: UInt64
  /// A return of a local call writes five registers.
  package var writes = InlineArray<5, CommitRecord.RegisterWrite>(repeating: .init(register: 0, value: 0))
  package var writeCount = 0
  package var accesses = InlineArray<2, CommitRecord.MemoryAccess>(
    repeating: .init(.load, size: 0, address: 0, value: 0))
  package var accessCount = 0
  /// Set when the program ends with this instruction; of a fault it has no effects.
  package var stop: FunctionalEngine.Stop?

  package init(order: UInt64, pc: Int, instruction: UInt64) {
    self.order = order
    self.pc = pc
    self.instruction = instruction
  }

  package var hasFaulted: Bool {
    if case .fault = stop { true } else { false }
  }

  package mutating func write(_ register: UInt8, _ value: UInt64) {
    writes[writeCount] = .init(register: register, value: value)
    writeCount += 1
  }

  package mutating func access(_ access: CommitRecord.MemoryAccess) {
    accesses[accessCount] = access
    accessCount += 1
  }

  /// Whether both did the same, the usual case; of faults it says nothing.
  package func isSame(as other: borrowing StepEffects) -> Bool {
    guard order == other.order, pc == other.pc, instruction == other.instruction, writeCount == other.writeCount,
      accessCount == other.accessCount
    else { return false }
    for index in 0..<writeCount where writes[index] != other.writes[index] { return false }
    for index in 0..<accessCount where accesses[index] != other.accesses[index] { return false }
    return true
  }

  /// The same as commit logs have it.
  package var record: CommitRecord {
    var record = CommitRecord(order: order, pc: pc, instruction: instruction)
    if case .fault(let fault) = stop {
      record.fault = "\(fault.reason)"
    } else {
      record.writes = (0..<writeCount).map { writes[$0] }
      record.accesses = (0..<accessCount).map { accesses[$0] }
    }
    return record
  }
}

extension CommitRecord {
  /// Whether the instruction retired and did the same as another one, but for core, run and time.
  package func isSame(as other: borrowing StepEffects) -> Bool {
    guard fault == nil, order == other.order, pc == other.pc, instruction == other.instruction,
      writes.count == other.writeCount, accesses.count == other.accessCount
    else { return false }
    for index in 0..<other.writeCount where writes[index] != other.writes[index] { return false }
    for index in 0..<other.accessCount where accesses[index] != other.accesses[index] { return false }
    return true
  }
}

extension FunctionalEngine {
  /// Executes one instruction and tells what it changed, for commit logs. The states are those of
  /// ``resume(_:stack:instructions:breakpoint:)``, the way there is another one: what that does fast, this spells out.
  ///
  /// The record counts from 0 and bears no core, run or time. That of a fault has `fault` and no writes or accesses.
  /// What a helper writes to memory is not in its record.
  /// - Parameter stack: as for `resume`
  /// - Returns: the record, and `exit` or `fault` when the program ends with this instruction
  public func step(_ state: inout MachineState, stack: MemoryRegion) -> (record: CommitRecord, stop: Stop?) {
    var memory = MemoryMap(stack: stack, others: regions)
    let effects = step(&state, memory: &memory)
    return (effects.record, effects.stop)
  }

  /// The same for those who step often: nothing is allocated.
  package func step(_ state: inout MachineState, memory: inout MemoryMap) -> StepEffects {
    let pc = program.text.indices.contains(state.pc) ? state.pc : program.text.count
    state.pc = pc
    var step = Step(self, pc, order: state.retired)
    do throws(Fault) {
      if try step.execute(self, &state, &memory) { step.effects.stop = .exit }
    } catch {
      state.pc = pc
      step.effects.stop = .fault(error)
    }
    return step.effects
  }
}

/// One instruction on its way: what it did so far. A state is changed when nothing can fault any more.
private struct Step {
  var effects: StepEffects
  let pc: Int
  let instruction: Instruction
  let next: Instruction?

  init(_ engine: borrowing FunctionalEngine, _ pc: Int, order: UInt64) {
    self.pc = pc
    instruction = Instruction(word: pc < engine.program.text.count ? engine.program.text[pc] : 0)
    next = pc + 1 < engine.program.text.count ? Instruction(word: engine.program.text[pc + 1]) : nil
    effects = StepEffects(order: order, pc: pc, instruction: instruction.word)
  }

  /// Returns whether the program ends.
  mutating func execute(
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
  private mutating func perform(
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

  private mutating func write(_ register: UInt8, _ value: UInt64, _ state: inout MachineState) {
    state.registers[Int(register)] = value
    effects.write(register, value)
  }

  /// Reads or writes `size` bytes at `base` plus the offset; returns those read, zero-extended.
  private mutating func access(
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
    effects.access(CommitRecord.MemoryAccess(kind, size: size, address: address, value: stored))
    return stored
  }

  private mutating func atomic(
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

  private mutating func call(
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

  private mutating func callLocal(
    _ engine: borrowing FunctionalEngine, _ target: Int, _ state: inout MachineState
  ) throws(Fault) -> Int {
    guard state.frames.count < engine.limits.callDepth else { throw Fault(.stackOverflow, pc: pc) }
    let r = state.registers
    state.frames.append(MachineState.Frame(returnSlot: pc + 1, r6: r[6], r7: r[7], r8: r[8], r9: r[9]))
    write(10, r[10] &- engine.limits.frameBytes, &state)
    return target
  }

  private mutating func callHelper(
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

  private mutating func leave(_ engine: borrowing FunctionalEngine, _ state: inout MachineState) -> Int? {
    guard let frame = state.frames.popLast() else { return nil }
    for (register, value) in [(6, frame.r6), (7, frame.r7), (8, frame.r8), (9, frame.r9)] as [(UInt8, UInt64)] {
      write(register, value, &state)
    }
    write(10, state.registers[10] &+ engine.limits.frameBytes, &state)
    return frame.returnSlot
  }
}
