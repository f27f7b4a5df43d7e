import SimKernel

extension CommandUnit {
  /// CTRL = START: runs the command, keeps it for later, or refuses it. Only a START of an idle device clears ERROR, so
  /// that the host learns of failures before a command that it queued.
  func submit(_ command: LatchedCommand) {
    let s = state.pointer
    if !s.pointee.busy {
      s.pointee.busy = true
      s.pointee.error = false
      s.pointee.errorCode = .none
      s.pointee.errorFault = .none
      s.pointee.errorPC = 0
      start(command)
    } else if !s.pointee.hasQueued && !s.pointee.aborting {
      s.pointee.hasQueued = true
      s.pointee.queued = command
    } else {
      fail(.busy)
    }
  }

  private func fail(_ error: DeviceError, _ result: CoreResult? = nil) {
    let s = state.pointer
    s.pointee.error = true
    s.pointee.errorCode = error
    s.pointee.errorFault = result?.fault ?? .none
    s.pointee.errorPC = result?.pc ?? 0
  }

  private func start(_ command: LatchedCommand) {
    let s = state.pointer
    s.pointee.running = command
    s.pointee.dmaDone = false
    s.pointee.aborting = false
    s.pointee.lengthRequested = false
    guard let opcode = DeviceOpcode(rawValue: command.opcode) else { return finish(.opcode) }
    switch opcode {
    case .dmaText, .dmaData, .moveP2PText, .moveP2PData: startTransfer(command, opcode)
    case .runProgram:
      s.pointee.phase = .running
      door.coreCommands.send(CoreCommand(kind: .run, offset: command.offset))
    case .getRegisters: finish(.none)
    case .dumpMemory:
      s.pointee.phase = .dumping
    }
  }

  /// Refused before the first byte moves when it would leave its segment.
  private func startTransfer(_ command: LatchedCommand, _ opcode: DeviceOpcode) {
    let fromWindow = opcode.isMove
    let usesSource = fromWindow && spec.p2pOffset == .source
    let offset = UInt64(usesSource ? 0 : command.offset), length = UInt64(command.length)
    let source = usesSource ? UInt64(command.offset) : 0
    guard offset + length <= opcode.segmentCapacity,
      !fromWindow || source + length <= UInt64(DeviceMap.p2pCapacity)
    else { return finish(.range) }
    // A bus address that wraps cannot be read.
    guard fromWindow || !command.address.addingReportingOverflow(length).overflow else { return finish(.range) }
    state.pointer.pointee.phase = .transferring
    door.dmaCommands.send(
      DMACommand(
        kind: fromWindow ? .windowToRAM : .hostToRAM, source: fromWindow ? source : command.address,
        destination: UInt32(opcode.segmentBase) + UInt32(offset), length: command.length))
  }

  /// Whether the running command goes on without waiting for anybody.
  var hasStep: Bool {
    let s = state.pointer
    switch s.pointee.phase {
    case .idle, .transferring, .running: return s.pointee.abortPending
    case .readingLength: return s.pointee.abortPending || !s.pointee.lengthRequested
    case .writingLength, .settlingLength, .dumping: return true
    }
  }

  /// One step of the running command.
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
      s.pointee.dmaDone = true
      finish(.none)
    case .running:
      guard let result = door.coreResults.receive() else { return }
      endRun(result)
    case .dumping:
      guard door.ramRequests.canSend else { return }
      door.ramRequests.send(MemoryRequest(kind: .dump, address: UInt32(DeviceMap.textLength), count: 4))
      finish(.none)
    }
  }

  private var opcode: DeviceOpcode { DeviceOpcode(rawValue: state.pointer.pointee.running.opcode)! }
  private var lengthAddress: UInt32 {
    UInt32(opcode.segmentBase == DeviceMap.text ? DeviceMap.textLength : DeviceMap.dataLength)
  }

  /// TEXT_LEN or DATA_LEN becomes LENGTH when OFFSET is 0, else grows by it.
  private func endTransfer(_ result: DMAResult) {
    let s = state.pointer
    guard result.error == .none else { return finish(result.error) }
    s.pointee.dmaBytes &+= UInt64(s.pointee.running.length)
    s.pointee.newLength = s.pointee.running.length
    s.pointee.phase = s.pointee.running.offset == 0 ? .writingLength : .readingLength
  }

  private func readLength() {
    let s = state.pointer
    if !s.pointee.lengthRequested {
      guard door.ramRequests.canSend else { return }
      door.ramRequests.send(.read(lengthAddress, 4))
      s.pointee.lengthRequested = true
    } else if let data = door.ramData.receive() {
      s.pointee.newLength = data.dword &+ s.pointee.running.length
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

  private func finish(_ error: DeviceError, _ result: CoreResult? = nil) {
    let s = state.pointer
    if error != .none { fail(error, result) }
    s.pointee.phase = .idle
    s.pointee.aborting = false
    s.pointee.abortPending = false
    if s.pointee.hasQueued {
      s.pointee.hasQueued = false
      start(s.pointee.queued)
    } else {
      s.pointee.busy = false
    }
  }

  /// Tells the engine at work to stop, as soon as its port has room.
  func sendAbort() {
    let s = state.pointer
    guard s.pointee.abortPending else { return }
    switch s.pointee.phase {
    case .transferring:
      guard door.dmaCommands.canSend else { return }
      door.dmaCommands.send(DMACommand(kind: .abort))
    case .running:
      guard door.coreCommands.canSend else { return }
      door.coreCommands.send(CoreCommand(kind: .abort))
    default: break
    }
    s.pointee.abortPending = false
  }
}

extension DeviceOpcode {
  var isMove: Bool { self == .moveP2PText || self == .moveP2PData }
  var segmentBase: Int { self == .dmaText || self == .moveP2PText ? DeviceMap.text : DeviceMap.data }
  var segmentCapacity: UInt64 {
    UInt64(segmentBase == DeviceMap.text ? DeviceMap.textCapacity : DeviceMap.dataCapacity)
  }
}
