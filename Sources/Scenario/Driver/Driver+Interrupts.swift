import PCIe
import SimKernel

extension Driver {
  /// Counts the interrupts that have come, by function: vectors are given out in their order.
  func takeInterrupts() {
    while let interrupt = door.interrupts.receive() {
      let index = Int(interrupt.vector) - Int(enumerator.parameters.firstVector)
      guard interruptCounts.pointer.isValid(index, below: interruptCounts.count) else { continue }
      interruptCounts.pointer[index].seen &+= 1
    }
  }

  // MARK: peers

  /// Gives a peer a command. Its interrupt is counted; who wants to wait for it does so later.
  func command(_ index: Int, _ work: PeerWork) -> Wake {
    let port = door.peers[index].commands
    guard port.canSend else { return .onInput }
    let base = work.target == .window ? barBase + Step.windowOffset : memoryBase
    port.send(PeerCommand(work.kind, address: base + work.offset, chunk: work.chunk, flush: work.flush))
    interruptCounts.pointer[script.function(ofPeer: index)].commands += 1
    peerWork[index].append(work)
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
      interruptCounts.pointer[Int(s.pointee.awaitedFunction)].seen = s.pointee.awaitedCount
      peerWork[index] = []
      record.error = "host timeout"
    } else {
      takeResults(of: index)
    }
    advance()
    return .next
  }

  /// Compares what a peer's commands brought with what the scenario expects.
  private func takeResults(of index: Int) {
    while let result = door.peers[index].results.receive() {
      guard !peerWork[index].isEmpty else { return }
      let work = peerWork[index].removeFirst()
      let error = result.status == .successful ? nil : result.status.errorName
      if error != nil { record.error = error }
      if error != work.expectedError {
        let found = error.map { "error \($0)" } ?? "success"
        fail(work.expectedError == nil ? "" : "expect.error", expected: work.expectedError ?? "success", found: found)
      }
      guard error == nil, let expected = work.expected,
        let wrong = expected.indices.first(where: { expected[$0] != result.data[$0] })
      else { continue }
      fail(
        "expect", expected: expected[wrong].hexByte,
        found: "\(result.data[wrong].hexByte) at \((work.offset + UInt64(wrong)).hex)")
    }
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
