import SimKernel

extension Core {
  /// After a run: RET, REGS, then READY, one write a cycle; then the result to the command unit. A faulted run leaves
  /// RET and READY alone, so that hosts that only poll READY see what they always saw.
  func report() -> Wake {
    let s = state.pointer
    let faulted = s.pointee.fault != .none
    guard faulted || s.pointee.step > DeviceMap.registerCount + 1 else {
      writeResult(Int(s.pointee.step))
      s.pointee.step += 1
      return .next
    }
    guard results.canSend else { return .onInput }
    let retired = s.pointee.counts[0]
    var cycles: UInt64 = 0
    for i in s.pointee.counts.indices { cycles &+= s.pointee.counts[i] }
    results.send(
      CoreResult(fault: s.pointee.fault, pc: s.pointee.faultPC, cycles: cycles, instructions: retired))
    s.pointee.phase = .idle
    // A command may be waiting, and will not wake the core again.
    return .next
  }

  private func writeResult(_ step: Int) {
    let s = state.pointer
    switch step {
    case 0:
      if ret64 {
        ram.store(s.pointee.registers[0], at: DeviceMap.ret)
      } else {
        ram.store(UInt32(truncatingIfNeeded: s.pointee.registers[0]), at: DeviceMap.ret)
      }
    case 1...DeviceMap.registerCount:
      ram.store(s.pointee.registers[step - 1], at: DeviceMap.registers + 8 * (step - 1))
    default:
      if ret64 { ram.store(UInt8(1), at: DeviceMap.ready) } else { ram.store(UInt32(1), at: DeviceMap.ready) }
    }
  }
}
