import SimKernel

/// The multiplier and the divider. An instruction enters its unit in execute and goes on without its result; the scoreboard
/// keeps others from the register. The unit writes the register when the result is done and its instruction has retired.
extension Deep8State {
  @inline(__always) static func bit(_ register: UInt8) -> UInt16 { 1 &<< UInt16(register) }

  /// Which unit a result in one of `registers` comes from that is not done; `none` when all are.
  @inline(__always) func lateCause(of registers: UInt16) -> Bubble {
    if registers & busy == 0 { return .none }
    return registers & dividing != 0 ? .divide : .multiply
  }

  /// The multiplication or division in execute begins.
  @inline(__always) mutating func beginLate(
    isDivision: Bool, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) {
    let parameters = context.pointee.parameters
    let cycles = isDivision ? parameters.divideCycles : parameters.multiplyCycles
    guard cycles > 1 else { return }
    let register = execute.destination
    late[unchecked: Int(register)] = LateResult(cycles: cycles &- 1, value: memory1.result)
    busy |= Deep8State.bit(register)
    if isDivision { dividing |= Deep8State.bit(register) }
    memory1.isLate = true
  }

  /// One cycle of both units.
  mutating func tickLateResults() {
    var rest = busy
    while rest != 0 {
      let register = UInt8(truncatingIfNeeded: rest.trailingZeroBitCount)
      rest &= rest &- 1
      late[unchecked: Int(register)].cycles &-= 1
      if late[unchecked: Int(register)].cycles == 0 { finishLate(register) }
    }
  }

  /// The result is done. If its instruction has not retired it is an ordinary one from now on.
  private mutating func finishLate(_ register: UInt8) {
    let bit = Deep8State.bit(register)
    if owed & bit != 0 {
      run.registers[unchecked: Int(register)] = late[unchecked: Int(register)].value
    } else {
      if memory1.destination == register { memory1.isLate = false }
      if memory2.destination == register { memory2.isLate = false }
      if writeBack.destination == register { writeBack.isLate = false }
    }
    busy &= ~bit
    dividing &= ~bit
    owed &= ~bit
  }

  /// The run is over: what has retired takes effect at once, what has not never does.
  mutating func settle(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    for register in 0..<late.count where owed & Deep8State.bit(UInt8(register)) != 0 {
      run.registers[register] = late[register].value
    }
    busy = 0
    dividing = 0
    owed = 0
    while storeCount != 0 { drainStore(context) }
  }
}
