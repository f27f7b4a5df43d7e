import PCIe
import SimKernel

// What the host does to the function, and the interrupt that the function sends it.
extension CommandUnit {
  func takeControl() {
    guard let control = door.control.receive() else { return }
    state.pointer.pointee.msiEnabled = control.msiEnabled
    if control.reset { reset() }
  }

  /// Function-level reset or link down (Base Specification 6.6.2): every register is as after power-on, and commands are
  /// forgotten. RAM keeps what it holds. A command that comes next waits until the engines have stopped.
  private func reset() {
    let s = state.pointer
    var stale = s.pointee.stale
    stale.transfers = transfersInEngine
    if s.pointee.phase == .running { stale.run = true }
    if s.pointee.phase == .readingLength && s.pointee.lengthRequested { stale.lengthRead = true }
    let msiEnabled = s.pointee.msiEnabled
    observer?.forgotten(time: clock.time)
    s.pointee = CommandUnitState()
    s.pointee.msiEnabled = msiEnabled
    for command in 0..<commands.count { commands.pointer[command] = LatchedCommand() }
    guard stale.areAwaited else { return }
    s.pointee.stale = stale
    s.pointee.phase = .resetting
    s.pointee.abortPending = true
  }

  func dropStaleAnswers() {
    let s = state.pointer
    if s.pointee.stale.transfers > 0, door.dmaResults.receive() != nil { s.pointee.stale.transfers -= 1 }
    if s.pointee.stale.run, door.coreResults.receive() != nil { s.pointee.stale.run = false }
    if s.pointee.stale.lengthRead, door.ramData.receive() != nil { s.pointee.stale.lengthRead = false }
    if !s.pointee.stale.areAwaited { s.pointee.phase = .idle }
  }

  func requestInterrupt() {
    let s = state.pointer
    if spec.msi && s.pointee.msiEnabled { s.pointee.interruptPending = true }
  }

  /// RAM holds everything that the interrupt is about: a transfer has ended when it is in RAM.
  func sendInterrupt() {
    let s = state.pointer
    guard s.pointee.interruptPending, door.writeRequests.canSend else { return }
    door.writeRequests.send(WriteRequest(.interrupt(vector: 0)))
    s.pointee.interruptPending = false
  }
}
