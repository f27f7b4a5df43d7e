import EBPF
import SimKernel

/// Calls and returns. They redirect fetch in execute, but change the frame and the registers in write-back, where all
/// older instructions have retired. One of them at a time is on its way between the two.
extension Deep8State {
  /// CALL and EXIT in execute, and whatever is no instruction at all.
  @inline(never) mutating func transfer(
    _ instruction: Instruction, _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) -> Redirect {
    guard traits.isExit || traits.isCall else { return fail(.invalidInstruction) }
    guard frameChange == .none else { return hold(.call) }
    if traits.isExit {
      guard run.depth == 0 else { return leave(context) }
      end()
      return .flush
    }
    switch CallTarget(
      instruction, pc: execute.pc, register: execute.a, textCount: context.pointee.textCount)
    {
    case .local(let target): return call(target, context)
    case .helper(let number): return callHelper(number, context)
    case .nowhere: return fail(.unknownHelper)
    }
  }

  private mutating func call(_ target: UInt32, _ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Redirect {
    guard Int(run.depth) < context.pointee.limits.callDepth else { return fail(.callDepth) }
    let cause = lateCause(of: Deep8State.savedRegisters)
    guard cause == .none else { return hold(cause) }
    changeFrame(.call, r10: run.registers[10] &- context.pointee.limits.frameSize)
    let tables = context.pointee.parameters.tables
    tables.learn(.call, at: execute.pc, target)
    tables.setReturnAddress(execute.pc &+ 1, depth: depth)
    return resolve(target)
  }

  private mutating func leave(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Redirect {
    let cause = lateCause(of: Deep8State.savedRegisters)
    guard cause == .none else { return hold(cause) }
    changeFrame(.return, r10: run.registers[10] &+ context.pointee.limits.frameSize)
    let target = run.caller.returnPC
    context.pointee.parameters.tables.learn(.return, at: execute.pc, target)
    return resolve(target)
  }

  private mutating func changeFrame(_ change: Deep8Control, r10: UInt64) {
    memory1.control = change
    memory1.destination = 10
    memory1.result = r10
    frameChange = change
  }

  /// A helper function reads and writes registers and memory, so it waits for everything before it.
  private mutating func callHelper(
    _ number: Int32, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) -> Redirect {
    guard memory2.bubble != .none && writeBack.bubble != .none else { return hold(.call) }
    let cause = lateCause(of: .max)
    guard cause == .none else { return hold(cause) }
    guard storeCount == 0 else { return hold(.storeBuffer) }
    switch run.callHelper(number, context) {
    case .waiting: return hold(.helper)
    case .returns(let value):
      memory1.destination = 0
      memory1.result = value
      return .none
    case .exits(let value):
      memory1.destination = 0
      memory1.result = value
      end()
      return .flush
    case .fails(let reason): return fail(reason)
    }
  }

  /// How deep the instruction behind the one in execute is.
  var depth: UInt8 {
    switch frameChange {
    case .call: run.depth &+ 1
    case .return: run.depth &- 1
    case .none, .end: run.depth
    }
  }

  /// Write-back of a call or return.
  mutating func changeFrame(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    if frameChange == .call {
      _ = run.call(from: writeBack.pc, context)
    } else {
      _ = run.leave(context)
    }
    frameChange = .none
  }

  /// r6 to r9, which a call saves and its return restores.
  static var savedRegisters: UInt16 { 0x3c0 }
  @inline(__always) static func isSaved(_ register: UInt8) -> Bool { savedRegisters & bit(register) != 0 }
}
