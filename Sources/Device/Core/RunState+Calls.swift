import EBPF

/// Local calls (RFC 9669 section 4.3.2): r6 to r9 are the callee's to use, r10 moves down by a frame.
extension RunState {
  /// Enters a function; false when as many calls are open as may be.
  mutating func call<P>(from pc: UInt32, _ context: UnsafePointer<CoreContext<P>>) -> Bool {
    guard Int(depth) < context.pointee.limits.callDepth else { return false }
    context.pointee.callStack[Int(depth)] = caller
    caller.returnPC = pc &+ 1
    for i in 0..<4 { caller.saved[i] = registers[6 + i] }
    depth += 1
    registers[10] &-= context.pointee.limits.frameSize
    return true
  }

  /// Leaves a function; returns the slot to go on at.
  mutating func leave<P>(_ context: UnsafePointer<CoreContext<P>>) -> UInt32 {
    let target = caller.returnPC
    for i in 0..<4 { registers[6 + i] = caller.saved[i] }
    registers[10] &+= context.pointee.limits.frameSize
    depth -= 1
    caller = context.pointee.callStack[Int(depth)]
    return target
  }
}

/// Where a CALL or CALLX leads.
enum CallTarget {
  case local(UInt32)
  case helper(Int32)
  /// CALLX through a register that holds neither a code address nor a helper's number.
  case nowhere

  /// - Parameter register: of CALLX, the value of its register
  init(_ instruction: Instruction, pc: UInt32, register: UInt64, textCount: Int) {
    guard instruction.opcode == Opcode.callx else {
      self =
        instruction.source == 1
        ? .local(pc &+ 1 &+ UInt32(truncatingIfNeeded: instruction.jumpDistance)) : .helper(instruction.immediate)
      return
    }
    if let slot = CodeAddress.slot(at: register, count: textCount) {
      self = .local(UInt32(slot))
    } else if let number = Int32(exactly: register) {
      self = .helper(number)
    } else {
      self = .nowhere
    }
  }
}

/// How a call of a helper function comes along.
enum HelperProgress {
  /// The helper works.
  case waiting
  /// r0 of the program that goes on.
  case returns(UInt64)
  /// r0 of the program that ends here.
  case exits(UInt64)
  case fails(CoreFault)
}

extension RunState {
  /// Starts a call of a helper function, or asks how far it is. The older instructions have retired.
  mutating func callHelper<P>(_ number: Int32, _ context: UnsafePointer<CoreContext<P>>) -> HelperProgress {
    let door = context.pointee.helpers
    guard helperPending else {
      guard door.calls.canSend else { return .waiting }
      door.calls.send(HelperCall(number: number, self))
      helperPending = true
      earliestHalt = retired &+ 1
      return .waiting
    }
    guard let answer = door.returns.receive() else { return .waiting }
    helperPending = false
    if answer.fault != .none { return .fails(answer.fault) }
    return answer.endsProgram ? .exits(answer.value) : .returns(answer.value)
  }
}
