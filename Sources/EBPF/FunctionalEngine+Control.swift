/// Calls, exits and atomics: what is too rare to have a place in the loop.
extension FunctionalEngine {
  /// How control leaves one of these instructions.
  enum Outcome {
    case next
    case jump(Int)
    case finish(Result)
  }

  @inline(never)
  func control(
    _ i: DecodedInstruction, _ pc: Int, _ r: Registers, _ memory: inout MemoryMap, _ frames: inout [Frame],
    _ count: UInt64
  ) -> Outcome {
    switch i.opcode {
    case Opcode.exit:
      guard let frame = frames.popLast() else { return finish(r, count) }
      return leave(frame, r)
    case Opcode.call where i.source == 1:
      guard frames.count < limits.callDepth else { return .finish(.fault(Fault(.stackOverflow, pc: pc))) }
      frames.append(Frame(returnSlot: pc + 1, r6: r[6], r7: r[7], r8: r[8], r9: r[9]))
      r[10] &-= limits.frameBytes
      return .jump(i.target)
    case Opcode.call: return callHelper(i, pc, r, memory, count)
    case Opcode.atomic32: return atomic(UInt32.self, i, pc, r, &memory)
    case Opcode.atomic64: return atomic(UInt64.self, i, pc, r, &memory)
    case DecodedInstruction.endOfText: return .finish(.fault(Fault(.fallThrough, pc: pc)))
    default: return .finish(.fault(Fault(.invalidInstruction, pc: pc)))
    }
  }

  private func leave(_ frame: Frame, _ r: Registers) -> Outcome {
    (r[6], r[7], r[8], r[9]) = (frame.r6, frame.r7, frame.r8, frame.r9)
    r[10] &+= limits.frameBytes
    return .jump(frame.returnSlot)
  }

  private func finish(_ r: Registers, _ count: UInt64) -> Outcome {
    let registers = [UInt64](UnsafeBufferPointer(start: r, count: 11))
    return .finish(.exit(r0: r[0], registers: registers, instructions: count &+ 1))
  }

  private func callHelper(
    _ i: DecodedInstruction, _ pc: Int, _ r: Registers, _ memory: MemoryMap, _ count: UInt64
  ) -> Outcome {
    guard let helper = helpers[Int32(truncatingIfNeeded: i.constant)] else {
      return .finish(.fault(Fault(.unknownHelper, pc: pc)))
    }
    let context = HelperContext(r1: r[1], r2: r[2], r3: r[3], r4: r[4], r5: r[5], regions: memory.regions)
    switch helper(context) {
    case .value(let value):
      r[0] = value
      return .next
    case .exit(let value):
      r[0] = value
      return finish(r, count)
    case .fault(let reason, let address, let size):
      return .finish(.fault(Fault(reason, pc: pc, address: address, size: size)))
    }
  }

  /// One atomic read-modify-write (RFC 9669 section 5.3); memory and registers are untouched when it faults.
  private func atomic<T: FixedWidthInteger>(
    _: T.Type, _ i: DecodedInstruction, _ pc: Int, _ r: Registers, _ memory: inout MemoryMap
  ) -> Outcome {
    let size = MemoryLayout<T>.size
    let address = i.address(r[Int(i.destination)])
    guard address.isMultiple(of: UInt64(size)) else {
      return .finish(.fault(Fault(.misalignedAtomic, pc: pc, address: address, size: size)))
    }
    guard let host = memory.find(address, size, writing: true) else {
      return .finish(.fault(Fault(.storeOutOfBounds, pc: pc, address: address, size: size)))
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
