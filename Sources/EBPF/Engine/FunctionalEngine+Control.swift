/// Calls, exits and atomics: what is too rare to have a place in the loop.
extension FunctionalEngine {
  /// How control leaves one of these instructions.
  enum Outcome {
    case next
    case jump(Int)
    case stop(Stop)

    static func fault(_ reason: Fault.Reason, _ pc: Int, _ address: UInt64 = 0, _ size: Int = 0) -> Outcome {
      .stop(.fault(Fault(reason, pc: pc, address: address, size: size)))
    }
  }

  @inline(never)
  func control(
    _ i: DecodedInstruction, _ pc: Int, _ r: Registers, _ memory: inout MemoryMap, _ frames: inout [MachineState.Frame]
  ) -> Outcome {
    switch i.opcode {
    case Opcode.exit: return leave(r, &frames)
    case Opcode.call where i.source == 1: return call(i.target, pc, r, &frames)
    case Opcode.call: return callHelper(i.constant, pc, r, memory)
    case Opcode.callx:
      // One register holds either: code addresses are no helper numbers while they are slots of this text.
      let callee = r[Int(i.destination)]
      guard let slot = CodeAddress.slot(at: callee, count: program.text.count) else {
        return callHelper(callee, pc, r, memory)
      }
      return call(slot, pc, r, &frames)
    case Opcode.atomic32: return atomic(UInt32.self, i, pc, r, &memory)
    case Opcode.atomic64: return atomic(UInt64.self, i, pc, r, &memory)
    case DecodedInstruction.breakpoint: return .stop(.breakpoint)
    case DecodedInstruction.endOfText: return .fault(.fallThrough, pc)
    default: return .fault(.invalidInstruction, pc)
    }
  }

  private func call(_ target: Int, _ pc: Int, _ r: Registers, _ frames: inout [MachineState.Frame]) -> Outcome {
    guard frames.count < limits.callDepth else { return .fault(.stackOverflow, pc) }
    frames.append(MachineState.Frame(returnSlot: pc + 1, r6: r[6], r7: r[7], r8: r[8], r9: r[9]))
    r[10] &-= limits.frameBytes
    return .jump(target)
  }

  private func leave(_ r: Registers, _ frames: inout [MachineState.Frame]) -> Outcome {
    guard let frame = frames.popLast() else { return .stop(.exit) }
    (r[6], r[7], r[8], r[9]) = (frame.r6, frame.r7, frame.r8, frame.r9)
    r[10] &+= limits.frameBytes
    // A frame may come from outside with the state, and the loop does not look where it goes.
    let end = program.text.count
    return .jump((0..<end).contains(frame.returnSlot) ? frame.returnSlot : end)
  }

  private func callHelper(_ number: UInt64, _ pc: Int, _ r: Registers, _ memory: MemoryMap) -> Outcome {
    guard let helper = Int32(exactly: number).flatMap({ helpers[$0] }) else { return .fault(.unknownHelper, pc) }
    let context = HelperContext(r1: r[1], r2: r[2], r3: r[3], r4: r[4], r5: r[5], regions: memory.regions)
    switch helper.function(context) {
    case .value(let value):
      r[0] = value
      return .next
    case .exit(let value):
      r[0] = value
      return .stop(.exit)
    case .fault(let reason, let address, let size): return .fault(reason, pc, address, size)
    }
  }

  /// One atomic read-modify-write (RFC 9669 section 5.3); memory and registers are untouched when it faults.
  private func atomic<T: FixedWidthInteger>(
    _: T.Type, _ i: DecodedInstruction, _ pc: Int, _ r: Registers, _ memory: inout MemoryMap
  ) -> Outcome {
    let size = MemoryLayout<T>.size
    let address = i.address(r[Int(i.destination)])
    guard address.isMultiple(of: UInt64(size)) else { return .fault(.misalignedAtomic, pc, address, size) }
    guard let host = memory.find(address, size, writing: true) else {
      return .fault(.storeOutOfBounds, pc, address, size)
    }
    let operation = Int32(truncatingIfNeeded: i.constant)
    let old = UInt64(truncatingIfNeeded: host.loadUnaligned(as: T.self))
    let value = AtomicOperation.newValue(
      operation: operation, old: old, source: r[Int(i.source)], r0: r[0], size: size)
    host.storeBytes(of: T(truncatingIfNeeded: value), as: T.self)
    if let register = AtomicOperation.fetchRegister(operation: operation, source: i.source) {
      r[Int(register)] = old
    }
    return .next
  }
}
