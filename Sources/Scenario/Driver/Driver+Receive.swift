import Device
import PCIe
import SimKernel

extension Driver {
  /// Handles the answer to the current operation's read.
  func receive(_ response: HostResponse, _ now: Cycle) {
    let operation = operations[Int(state.pointer.pointee.operation)]
    switch operation {
    case .enumerate: return enumerated(response)
    // Stays at the operation until all its accesses are done.
    case .reconfigure: return
    case .configRead(_, let register, let expected):
      record.value = response.value
      if let expected, !expected.matches(response.value) {
        fail(
          "expect", expected: expected.value.hex,
          found: "\((response.value & expected.mask).hex) in the dword at \((4 * register).hex)")
      }
      return advance()
    case .configWrite, .busReset: return advance()
    case .packet(_, _, let expected):
      if let expected, expected != response.status {
        fail("expect.status", expected: expected.name, found: response.status.name)
      }
      record.value = response.value
      return advance()
    default: break
    }
    guard response.status == .successful else { return unreachable(operation) }
    switch operation {
    case .read(let offset, _, let purpose):
      if check(response.value, at: offset, purpose) { advance() } else { abandonStep() }
    case .awaitDMA(let bytes, let expectedError): dmaPolled(response.value, bytes, expectedError, now)
    case .awaitRun(_, let expectedError, let expectedFault):
      runPolled(response.value, expectedError, expectedFault, now)
    case .awaitIdle: idlePolled(response.value, now)
    case .poll(let poll): polled(response.value, poll, now)
    default: advance()
    }
  }

  /// The device did not answer, or not with success: the CPU has all ones (Base Specification 2.3.2).
  private func unreachable(_ operation: HostOperation) {
    let expectedError: String?
    switch operation {
    case .awaitDMA(_, let error), .awaitRun(_, let error, _): expectedError = error
    case .read(_, _, .expect(let expected)):
      // All ones is what a CPU sees, so it may be what a scenario expects.
      record.value = state.pointer.pointee.value
      if let expected, expected.matches(record.value!) { return advance() }
      expectedError = nil
    default: expectedError = nil
    }
    record.error = ScenarioDocument.unreachable
    if expectedError != ScenarioDocument.unreachable {
      fail(
        expectedError == nil ? "" : "expect.error", expected: expectedError ?? "success",
        found: "error \(ScenarioDocument.unreachable)")
    }
    abandonStep()
  }

  /// False when the rest of the step would only repeat what was found here.
  private func check(_ value: UInt64, at offset: Int, _ purpose: ReadPurpose) -> Bool {
    switch purpose {
    case .ret(let expected):
      record.ret = UInt32(truncatingIfNeeded: value)
      if let expected, UInt64(expected) != value { fail("expect.ret", expected: expected.hex, found: value.hex) }
    case .r0(let expected):
      record.r0 = value
      if let expected, expected != value { fail("expect.r0", expected: expected.hex, found: value.hex) }
    case .expect(let expected):
      record.value = value
      if let expected, !expected.matches(value) {
        fail("expect.value", expected: expected.value.hex, found: (value & expected.mask).hex)
      }
    case .memory(let bytes):
      record.bytes += bytes.count
      let expected = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard expected == value else {
        let wrong = (expected ^ value).trailingZeroBitCount / 8
        fail(
          "", expected: bytes[wrong].hexByte,
          found: "\(UInt8(truncatingIfNeeded: value >> UInt64(8 * wrong)).hexByte) "
            + "at \((offset + wrong).hex)")
        return false
      }
    }
    return true
  }

  // MARK: polls

  private func dmaPolled(_ value: UInt64, _ bytes: Int, _ expectedError: String?, _ now: Cycle) {
    let s = state.pointer
    if s.pointee.pollTarget == .errorCode {
      commandEnded()
      return endWithError(value, expectedError, nil)
    }
    let control = UInt8(truncatingIfNeeded: value)
    if control & DeviceControl.error != 0 {
      s.pointee.pollTarget = .errorCode
    } else if control & DeviceControl.dmaDone != 0 {
      record.bytes += bytes
      commandEnded()
      // An expected error may come with any page of the transfer; only after the last one is it missing.
      let isLast = Int(s.pointee.operation) == operations.count - 1
      if isLast, let expectedError { fail("expect.error", expected: expectedError, found: "success") }
      advance()
    } else {
      pollAgain(now, spec.pollInterval, "DMA_DONE")
    }
  }

  private func runPolled(_ value: UInt64, _ expectedError: String?, _ expectedFault: String?, _ now: Cycle) {
    let s = state.pointer
    switch s.pointee.pollTarget {
    case .errorCode:
      commandEnded()
      return endWithError(value, expectedError, expectedFault)
    case .control:
      s.pointee.pollTarget = UInt8(truncatingIfNeeded: value) & DeviceControl.error != 0 ? .errorCode : .condition
    case .condition:
      guard value & 1 == 0 else {
        commandEnded()
        record.latency = clock.time - s.pointee.commandStartedAt
        if let expected = expectedError ?? expectedFault { fail("expect.error", expected: expected, found: "success") }
        return advance()
      }
      s.pointee.polls += 1
      if s.pointee.polls % Self.pollsPerErrorCheck == 0 { s.pointee.pollTarget = .control }
      pollAgain(now, spec.runPollInterval(after: s.pointee.polls), "READY")
    }
  }

  private func idlePolled(_ value: UInt64, _ now: Cycle) {
    guard UInt8(truncatingIfNeeded: value) & DeviceControl.busy != 0 else { return advance() }
    pollAgain(now, spec.pollInterval, "not BUSY")
  }

  private func polled(_ value: UInt64, _ poll: Step.Poll, _ now: Cycle) {
    record.value = value
    if poll.expected.matches(value) {
      advance()
    } else {
      pollAgain(now, poll.interval, "\(poll.expected.value.hex) under mask \(poll.expected.mask.hex)")
    }
  }

  private func commandEnded() {
    record.commands.append(clock.time - state.pointer.pointee.commandStartedAt)
  }

  private func pollAgain(_ now: Cycle, _ interval: Picoseconds, _ awaited: @autoclosure () -> String) {
    let s = state.pointer
    guard clock.time < s.pointee.deadline else {
      fail("", expected: awaited(), found: "\(s.pointee.value.hex) when the time was up")
      record.error = "host timeout"
      return abandonStep()
    }
    s.pointee.phase = .pausing
    s.pointee.resumeAt = now + max(1, clock.cycles(covering: interval))
  }

  /// ERROR_CODE in the low half, ERROR_PC in the high one.
  private func endWithError(_ value: UInt64, _ expectedError: String?, _ expectedFault: String?) {
    let error = DeviceError(rawValue: UInt8(truncatingIfNeeded: value))
    let fault = CoreFault(rawValue: UInt8(truncatingIfNeeded: value >> 8)) ?? .none
    let name = error?.name ?? value.hex
    record.error = name
    let pc = UInt32(truncatingIfNeeded: value >> 32)
    let place = fault == .badProgram ? "" : " at PC \(pc)"
    let detail = fault == .none ? name : "\(name), \(fault.reason)\(place)"
    if let expectedFault, "\(fault)" != expectedFault {
      fail("expect.fault", expected: expectedFault, found: detail)
    } else if expectedFault == nil, expectedError != name {
      fail(expectedError == nil ? "" : "expect.error", expected: expectedError ?? "success", found: "error \(detail)")
    }
    abandonStep()
  }
}

extension DriverSpec {
  /// The pause after so many polls of a run.
  func runPollInterval(after polls: UInt32) -> Picoseconds {
    pollBackoff == 0 ? pollInterval : pollInterval << UInt64(min(4, polls / pollBackoff))
  }
}
