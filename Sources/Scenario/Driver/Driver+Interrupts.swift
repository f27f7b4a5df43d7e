import PCIe
import SimKernel

extension Driver {
  /// Counts the interrupts that have come, by function: vectors are given out in their order.
  func takeInterrupts() {
    while let interrupt = door.interrupts.receive() {
      let index = Int(interrupt.vector) - Int(enumerator.parameters.firstVector)
      guard interruptCounts.pointer.isValid(index, below: interruptCounts.count) else { continue }
      interruptCounts.pointer[index].seen &+= 1
      observer?.interrupted(by: script.functions[index], time: clock.time)
    }
  }

  // MARK: peers

  /// Gives a peer a command. Its interrupt is counted; who wants to wait for it does so later.
  func command(_ index: Int, _ work: PeerWork) -> Wake {
    let port = door.peers[index].commands
    guard port.canSend else { return .onInput }
    let base = work.target == .window ? barBase + Step.windowOffset : memoryBase
    peerCommands &+= 1
    port.send(
      PeerCommand(work.kind, address: base + work.offset, chunk: work.chunk, flush: work.flush, id: peerCommands))
    interruptCounts.pointer[script.function(ofPeer: index)].commands += 1
    peerWork[index].append((peerCommands, work, Int(state.pointer.pointee.step) - 1))
    advance()
    return .next
  }

  /// Waits until a function has sent an interrupt for each of its commands.
  func awaitInterrupts(of function: Int, within time: Picoseconds) {
    let s = state.pointer
    s.pointee.awaitedFunction = UInt8(function)
    s.pointee.awaitedCount = interruptCounts.pointer[function].commands
    s.pointee.deadline = clock.time + time
    s.pointee.phase = .awaitingInterrupt
  }

  /// Waits for the interrupt of the device; then the operation looks once.
  func awaitDevice(_ operation: HostOperation) {
    let s = state.pointer
    let time = if case .awaitRun(let timeout, _, _) = operation { timeout } else { spec.dmaTimeout }
    s.pointee.awaitedFunction = UInt8(function)
    s.pointee.awaitedCount = s.pointee.interruptsAtStart + 1
    s.pointee.deadline = s.pointee.commandStartedAt + time
    s.pointee.phase = .awaitingInterrupt
  }

  func awaitInterrupt() -> Wake {
    let s = state.pointer
    let isLate = clock.time >= s.pointee.deadline
    guard isLate || interruptCounts.pointer[Int(s.pointee.awaitedFunction)].seen >= s.pointee.awaitedCount else {
      return .at(clock.cycles(covering: s.pointee.deadline))
    }
    s.pointee.phase = .issuing
    guard case .awaitPeer(let index) = operations[Int(s.pointee.operation)] else { return .next }
    if isLate {
      fail("", expected: "an interrupt of \(script.system.peers[index].name)", found: "none when the time was up")
      // Those whose result came are left out: their interrupt is on its way.
      interruptCounts.pointer[Int(s.pointee.awaitedFunction)].commands -= UInt32(peerWork[index].count)
      peerWork[index] = []
      record.error = "host timeout"
    }
    advance()
    return .next
  }

  /// A peer that was reset has no commands any more: those that had no end have one now.
  func forgetCommands(of function: Int) {
    guard let index = script.system.peers.firstIndex(where: { $0.name == script.functions[function] }) else { return }
    for (_, work, step) in peerWork[index] { end(work, step, "ABORTED") }
    peerWork[index] = []
    interruptCounts.pointer[function].commands = interruptCounts.pointer[function].seen
  }

  /// Compares what the peers' commands brought with what their steps expect, as it comes: a peer whose results nobody takes
  /// stops. Steps may be over by then.
  func takeResults() {
    for index in door.peers.indices {
      while let result = door.peers[index].results.receive() {
        guard let (id, work, step) = peerWork[index].first, id == result.id else {
          expectInterrupt(of: script.function(ofPeer: index))
          continue
        }
        peerWork[index].removeFirst()
        take(result, of: work, step)
      }
    }
  }

  /// A command that was given up has come to its end: its interrupt, which follows the result, is not that of a later one.
  private func expectInterrupt(of function: Int) {
    let s = state.pointer
    interruptCounts.pointer[function].commands += 1
    if s.pointee.phase == .awaitingInterrupt, Int(s.pointee.awaitedFunction) == function { s.pointee.awaitedCount += 1 }
  }

  private func take(_ result: PeerResult, of work: PeerWork, _ step: Int) {
    let error = result.status == .successful ? nil : result.status.errorName
    end(work, step, error)
    guard error == nil, let expected = work.expected,
      let wrong = expected.indices.first(where: { expected[$0] != result.data[$0] })
    else { return }
    fail(
      "expect", expected: expected[wrong].hexByte,
      found: "\(result.data[wrong].hexByte) at \((work.offset + UInt64(wrong)).hex)", step: step)
  }

  private func end(_ work: PeerWork, _ step: Int, _ error: String?) {
    if let error { note(error, of: step) }
    guard error != work.expectedError else { return }
    let found = error.map { "error \($0)" } ?? "success"
    fail(
      work.expectedError == nil ? "" : "expect.error", expected: work.expectedError ?? "success", found: found,
      step: step)
  }

  /// A step that is over has its record already.
  private func note(_ error: String, of step: Int) {
    if step < records.count { records[step].error = error } else { record.error = error }
  }
}

extension UnsafeMutablePointer {
  fileprivate func isValid(_ index: Int, below count: Int) -> Bool { index >= 0 && index < count }
}

extension ReadStatus {
  /// The name that scenarios and reports use.
  var errorName: String {
    switch self {
    case .successful: "NONE"
    case .unsupportedRequest: "UR"
    case .completerAbort: "CA"
    case .poisoned: "POISON"
    case .disabled: "DISABLED"
    case .timeout: "TIMEOUT"
    }
  }
}
