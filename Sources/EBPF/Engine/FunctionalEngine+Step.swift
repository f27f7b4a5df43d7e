extension FunctionalEngine {
  /// Executes one instruction and tells what it changed, for commit logs. The states are those of
  /// ``resume(_:stack:instructions:breakpoint:)``, the way there is another one: what that does fast, this spells out.
  ///
  /// The record counts from 0 and bears no core, run or time. That of a fault has `fault` and no writes or accesses.
  /// What a helper writes to memory is not in its record.
  /// - Parameter stack: as for `resume`
  /// - Returns: the record, and `exit` or `fault` when the program ends with this instruction
  public func step(_ state: inout MachineState, stack: MemoryRegion) -> (record: CommitRecord, stop: Stop?) {
    var step = Step(engine: self, memory: MemoryMap(stack: stack, others: regions), state: state)
    do throws(Fault) {
      let exits = try step.execute()
      state = step.state
      return (step.record, exits ? .exit : nil)
    } catch {
      state.pc = step.state.pc
      let blank = CommitRecord(
        order: state.retired, pc: state.pc, instruction: step.record.instruction, fault: "\(error.reason)")
      return (blank, .fault(error))
    }
  }
}

/// One instruction on its way: the state that it makes, and the record of what it did so far.
private struct Step {
  let engine: FunctionalEngine
  var memory: MemoryMap
  var state: MachineState
  var record: CommitRecord
  let pc: Int
  let instruction: Instruction
  let next: Instruction?

  private var text: [UInt64] { engine.program.text }

  init(engine: FunctionalEngine, memory: MemoryMap, state: MachineState) {
    let text = engine.program.text
    self.engine = engine
    self.memory = memory
    self.state = state
    pc = text.indices.contains(state.pc) ? state.pc : text.count
    self.state.pc = pc
    instruction = Instruction(word: pc < text.count ? text[pc] : 0)
    next = pc + 1 < text.count ? Instruction(word: text[pc + 1]) : nil
    record = CommitRecord(order: state.retired, pc: pc, instruction: instruction.word)
  }

  /// Returns whether the program ends.
  mutating func execute() throws(Fault) -> Bool {
    let limit = engine.limits.instructionLimit
    guard limit == 0 || state.retired < limit else { throw Fault(.instructionLimit, pc: pc) }
    guard pc < text.count else { throw Fault(.fallThrough, pc: pc) }
    guard Verifier.isLegal(instruction, next: next) else { throw Fault(.invalidInstruction, pc: pc) }
    let successor = try perform()
    state.retired += 1
    guard let successor else { return true }
    state.pc = text.indices.contains(successor) ? successor : text.count
    return false
  }

  /// Returns the slot of the next instruction, nil when the program ends.
  private mutating func perform() throws(Fault) -> Int? {
    let traits = instruction.traits
    let a = state.registers[Int(instruction.destination)]
    let b = traits.readsSource ? state.registers[Int(instruction.source)] : instruction.signExtendedImmediate
    if traits.isALU {
      let result = ALU.result(
        opcode: instruction.opcode, offset: instruction.offset, immediate: instruction.immediate, destination: a,
        operand: b)
      write(instruction.destination, result)
    } else if traits.isLoad {
      let raw = try access(.load, b, traits.accessSize)
      write(instruction.destination, Load.extended(opcode: instruction.opcode, raw: raw))
    } else if traits.isStore {
      _ = try access(.store, a, traits.accessSize, writing: b)
    } else if traits.isAtomic {
      try atomic(a, b, traits.accessSize)
    } else if traits.isWide, let next {
      write(instruction.destination, instruction.wideImmediate(next: next))
      return pc + 2
    } else if traits.isBranch || traits.isJump {
      return Branch.isTaken(opcode: instruction.opcode, a, b) ? pc + 1 + instruction.jumpDistance : pc + 1
    } else if traits.isCall {
      return try call(a)
    } else {
      return leave()
    }
    return pc + 1
  }

  private mutating func write(_ register: UInt8, _ value: UInt64) {
    state.registers[Int(register)] = value
    record.writes.append(CommitRecord.RegisterWrite(register: register, value: value))
  }

  /// Reads or writes `size` bytes at `base` plus the offset; returns those read, zero-extended.
  private mutating func access(
    _ kind: CommitRecord.MemoryAccess.Kind, _ base: UInt64, _ size: Int, writing value: UInt64 = 0
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
    record.accesses.append(CommitRecord.MemoryAccess(kind, size: size, address: address, value: stored))
    return stored
  }

  private mutating func atomic(_ base: UInt64, _ source: UInt64, _ size: Int) throws(Fault) {
    let address = base &+ UInt64(truncatingIfNeeded: instruction.offset)
    guard address.isMultiple(of: UInt64(size)) else {
      throw Fault(.misalignedAtomic, pc: pc, address: address, size: size)
    }
    // An atomic needs memory that it may write, whether it will or not.
    guard memory.find(address, size, writing: true) != nil else {
      throw Fault(.storeOutOfBounds, pc: pc, address: address, size: size)
    }
    let operation = instruction.immediate, r0 = state.registers[0]
    let old = try access(.load, base, size)
    let comparand = size == 4 ? r0 & 0xffff_ffff : r0
    if !AtomicOperation.isCompareExchange(operation) || old == comparand {
      let new = AtomicOperation.newValue(operation: operation, old: old, source: source, r0: r0, size: size)
      _ = try access(.store, base, size, writing: new)
    }
    if let register = AtomicOperation.fetchRegister(operation: operation, source: instruction.source) {
      write(register, old)
    }
  }

  private mutating func call(_ callee: UInt64) throws(Fault) -> Int? {
    if instruction.traits.isIndirect {
      if let slot = CodeAddress.slot(at: callee, count: text.count) { return try callLocal(slot) }
      return try callHelper(callee)
    }
    return instruction.source == 1
      ? try callLocal(pc + 1 + instruction.jumpDistance) : try callHelper(UInt64(instruction.immediate))
  }

  private mutating func callLocal(_ target: Int) throws(Fault) -> Int {
    guard state.frames.count < engine.limits.callDepth else { throw Fault(.stackOverflow, pc: pc) }
    let r = state.registers
    state.frames.append(MachineState.Frame(returnSlot: pc + 1, r6: r[6], r7: r[7], r8: r[8], r9: r[9]))
    write(10, r[10] &- engine.limits.frameBytes)
    return target
  }

  private mutating func callHelper(_ number: UInt64) throws(Fault) -> Int? {
    guard let number = Int32(exactly: number), let helper = engine.helpers[number] else {
      throw Fault(.unknownHelper, pc: pc)
    }
    let r = state.registers
    let context = HelperContext(r1: r[1], r2: r[2], r3: r[3], r4: r[4], r5: r[5], regions: memory.regions)
    switch helper.function(context) {
    case .value(let value):
      write(0, value)
      return pc + 1
    case .exit(let value):
      write(0, value)
      return nil
    case .fault(let reason, let address, let size): throw Fault(reason, pc: pc, address: address, size: size)
    }
  }

  private mutating func leave() -> Int? {
    guard let frame = state.frames.popLast() else { return nil }
    for (register, value) in [(6, frame.r6), (7, frame.r7), (8, frame.r8), (9, frame.r9)] as [(UInt8, UInt64)] {
      write(register, value)
    }
    write(10, state.registers[10] &+ engine.limits.frameBytes)
    return frame.returnSlot
  }
}
