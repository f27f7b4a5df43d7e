import SimKernel

extension CoreShell {
  /// After a run: RET, REGS, then READY, one write a cycle; then the result to the command unit. A faulted run leaves
  /// RET and READY alone, so that hosts that only poll READY see what they always saw.
  func report(_ run: inout RunState) -> Wake {
    let faulted = run.fault != .none
    guard faulted || run.step > DeviceMap.registerCount + 1 else {
      writeResult(run, Int(run.step))
      run.step += 1
      return .next
    }
    guard results.canSend else { return .onInput }
    results.send(
      CoreResult(fault: run.fault, pc: run.faultPC, cycles: runs.last?.cycles ?? 0, instructions: run.retired))
    run.phase = .idle
    // A command may be waiting, and will not wake the core again.
    return .next
  }

  private func writeResult(_ run: borrowing RunState, _ step: Int) {
    switch step {
    case 0:
      if ret64 {
        store(run.registers[0], at: DeviceMap.ret)
      } else {
        store(UInt32(truncatingIfNeeded: run.registers[0]), at: DeviceMap.ret)
      }
    case 1...DeviceMap.registerCount:
      store(run.registers[step - 1], at: DeviceMap.registers + 8 * (step - 1))
    default:
      if ret64 { store(UInt8(1), at: DeviceMap.ready) } else { store(UInt32(1), at: DeviceMap.ready) }
    }
  }

  private func store(_ value: some FixedWidthInteger, at address: Int) {
    ram.store(value, at: address)
    memory.note(UInt64(address), value.bitWidth / 8)
  }
}
