import SimKernel

// The oldest command, from its start to its end.
extension CommandUnit {
  /// Whether the unit goes on without waiting for anybody.
  var hasStep: Bool {
    let s = state.pointer
    switch s.pointee.phase {
    case .idle, .running, .resetting: return s.pointee.abortPending
    // The result of the next transfer may have come while the length of the last one was written.
    case .transferring: return s.pointee.abortPending || door.dmaResults.hasMessage
    case .readingLength: return s.pointee.abortPending || !s.pointee.lengthRequested
    case .writingLength, .settlingLength, .dumping: return true
    }
  }

  /// One step of the oldest command.
  func sequence() {
    let s = state.pointer
    switch s.pointee.phase {
    case .idle: return
    case .transferring:
      guard let result = door.dmaResults.receive() else { return }
      endTransfer(result)
    case .readingLength: readLength()
    case .writingLength:
      guard door.ramRequests.canSend else { return }
      door.ramRequests.send(.write(lengthAddress, s.pointee.newLength))
      s.pointee.phase = .settlingLength
    case .settlingLength:
      // A queued run must find the length in RAM.
      guard door.ramRequests.isDrained else { return }
      s.pointee.dmaDone = s.pointee.active == 1 && s.pointee.waiting == 0
      finish(.none)
    case .running:
      guard let result = door.coreResults.receive() else { return }
      endRun(result)
    case .dumping:
      guard door.ramRequests.canSend else { return }
      door.ramRequests.send(MemoryRequest(kind: .dump, address: UInt32(DeviceMap.textLength), count: 4))
      finish(.none)
    case .resetting: dropStaleAnswers()
    }
  }

  private var lengthAddress: UInt32 {
    let opcode = DeviceOpcode(rawValue: running.pointee.opcode)!
    return UInt32(opcode.segmentBase == DeviceMap.text ? DeviceMap.textLength : DeviceMap.dataLength)
  }

  /// TEXT_LEN or DATA_LEN becomes LENGTH when OFFSET is 0, else grows by it.
  private func endTransfer(_ result: DMAResult) {
    let s = state.pointer
    guard result.error == .none else { return finish(result.error) }
    s.pointee.dmaBytes &+= UInt64(running.pointee.length)
    s.pointee.newLength = running.pointee.length
    s.pointee.lengthRequested = false
    s.pointee.phase = running.pointee.offset == 0 ? .writingLength : .readingLength
  }

  private func readLength() {
    let s = state.pointer
    if !s.pointee.lengthRequested {
      guard door.ramRequests.canSend else { return }
      door.ramRequests.send(.read(lengthAddress, 4))
      s.pointee.lengthRequested = true
    } else if let data = door.ramData.receive() {
      s.pointee.newLength = data.dword &+ running.pointee.length
      s.pointee.phase = .writingLength
    }
  }

  private func endRun(_ result: CoreResult) {
    let s = state.pointer
    s.pointee.runs &+= 1
    s.pointee.cycles = result.cycles
    s.pointee.instructions = result.instructions
    switch result.fault {
    case .none: finish(.none)
    case .aborted: finish(.aborted)
    case .offsetOutOfRange: finish(.range)
    case .badProgram: finish(.load, result)
    default: finish(.fault, result)
    }
  }

  /// Commands whose result the DMA engine still owes: the oldest one's has come when its length is being written.
  var transfersInEngine: UInt8 {
    let s = state.pointer
    switch s.pointee.phase {
    case .transferring: return s.pointee.active
    case .readingLength, .writingLength, .settlingLength: return s.pointee.active - 1
    case .resetting: return s.pointee.stale.transfers
    case .idle, .running, .dumping: return 0
    }
  }

  /// Tells whoever is at work to stop, as soon as its port has room.
  func sendAbort() {
    let s = state.pointer
    guard s.pointee.abortPending else { return }
    if transfersInEngine > 0 {
      guard door.dmaCommands.canSend else { return }
      door.dmaCommands.send(DMACommand(kind: .abort))
    } else if s.pointee.phase == .running || s.pointee.stale.run {
      guard door.coreCommands.canSend else { return }
      door.coreCommands.send(CoreCommand(kind: .abort))
    }
    s.pointee.abortPending = false
  }
}
