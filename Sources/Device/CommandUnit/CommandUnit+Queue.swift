import SimKernel

// Commands from CTRL = START to their start, and away from the queue.
extension CommandUnit {
  /// CTRL = START: queues the command or refuses it, and starts what may start. Only a START of an idle device clears
  /// ERROR, so that the host learns of failures before a command that it queued.
  func submit(_ registers: LatchedCommand) {
    let s = state.pointer
    if !s.pointee.busy {
      s.pointee.busy = true
      s.pointee.error = false
      s.pointee.errorCode = .none
      s.pointee.errorFault = .none
      s.pointee.errorPC = 0
    }
    guard Int(s.pointee.waiting) < spec.queueDepth, !s.pointee.aborting else {
      observer?.refused(registers, time: clock.time)
      return fail(.busy)
    }
    let place = place(Int(s.pointee.active + s.pointee.waiting))
    commands.pointer[place] = registers
    observer?.queued(registers, in: place, time: clock.time)
    s.pointee.waiting += 1
    startCommands()
  }

  /// CTRL = 0: drops what waits and stops what is started.
  func stop() {
    let s = state.pointer
    if let observer {
      let active = Int(s.pointee.active)
      for age in active..<active + Int(s.pointee.waiting) {
        observer.ended(place(age), error: .aborted, time: clock.time)
      }
    }
    s.pointee.waiting = 0
    if !s.pointee.aborting {
      s.pointee.aborting = true
      s.pointee.abortPending = true
    }
    startCommands()
  }

  /// Starts every command that may start; the device is idle when none is left.
  func startCommands() {
    let s = state.pointer
    while s.pointee.waiting > 0, start(command(Int(s.pointee.active))) {}
    guard s.pointee.busy, s.pointee.phase == .idle, s.pointee.waiting == 0 else { return }
    s.pointee.busy = false
    s.pointee.aborting = false
    s.pointee.abortPending = false
    requestInterrupt()
  }

  /// False when `command` has to wait: for those before it, unless it and they are transfers, or for room.
  private func start(_ command: UnsafeMutablePointer<LatchedCommand>) -> Bool {
    let s = state.pointer
    let opcode = DeviceOpcode(rawValue: command.pointee.opcode)
    let transfer = opcode.flatMap { engineCommand(command.pointee, $0) }
    if transfer != nil {
      let follows = s.pointee.phase.isTransfer && Int(s.pointee.active) < transfers
      guard s.pointee.phase == .idle || follows, door.dmaCommands.canSend else { return false }
    } else {
      guard s.pointee.phase == .idle, opcode != .runProgram || door.coreCommands.canSend else { return false }
    }
    observer?.started(place(Int(s.pointee.active)), time: clock.time)
    s.pointee.active += 1
    s.pointee.waiting -= 1
    s.pointee.dmaDone = false
    if let transfer {
      door.dmaCommands.send(transfer)
      if s.pointee.phase == .idle { s.pointee.phase = .transferring }
      return true
    }
    switch opcode {
    case .runProgram:
      s.pointee.phase = .running
      door.coreCommands.send(CoreCommand(kind: .run, offset: command.pointee.offset))
    case .dumpMemory: s.pointee.phase = .dumping
    case .getRegisters: finish(.none)
    case .dmaText, .dmaData, .moveP2PText, .moveP2PData: finish(.range)
    case nil: finish(.opcode)
    }
    return true
  }

  /// What the DMA engine is asked to do; nil when the command is no transfer, or one that would leave its segment: that is
  /// refused before the first byte moves.
  private func engineCommand(_ command: LatchedCommand, _ opcode: DeviceOpcode) -> DMACommand? {
    guard opcode.isTransfer else { return nil }
    let fromWindow = opcode.isMove
    let usesSource = fromWindow && spec.p2pOffset == .source
    let offset = UInt64(usesSource ? 0 : command.offset), length = UInt64(command.length)
    let source = usesSource ? UInt64(command.offset) : 0
    guard offset + length <= opcode.segmentCapacity,
      !fromWindow || source + length <= UInt64(DeviceMap.p2pCapacity)
    else { return nil }
    // A bus address that wraps cannot be read.
    guard fromWindow || !command.address.addingReportingOverflow(length).overflow else { return nil }
    return DMACommand(
      kind: fromWindow ? .windowToRAM : .hostToRAM, source: fromWindow ? source : command.address,
      destination: UInt32(opcode.segmentBase) + UInt32(offset), length: command.length)
  }

  /// The oldest command is over.
  func finish(_ error: DeviceError, _ result: CoreResult? = nil) {
    let s = state.pointer
    observer?.ended(Int(s.pointee.oldest), error: error, time: clock.time)
    if error != .none { fail(error, result) }
    s.pointee.oldest = UInt8((Int(s.pointee.oldest) + 1) % commands.count)
    s.pointee.active -= 1
    s.pointee.phase = s.pointee.active > 0 ? .transferring : .idle
  }

  func fail(_ error: DeviceError, _ result: CoreResult? = nil) {
    let s = state.pointer
    s.pointee.error = true
    s.pointee.errorCode = error
    s.pointee.errorFault = result?.fault ?? .none
    s.pointee.errorPC = result?.pc ?? 0
    requestInterrupt()
  }
}

extension CommandPhase {
  /// The oldest command is a transfer.
  var isTransfer: Bool {
    switch self {
    case .transferring, .readingLength, .writingLength, .settlingLength: true
    case .idle, .running, .dumping, .resetting: false
    }
  }
}

extension DeviceOpcode {
  var isMove: Bool { self == .moveP2PText || self == .moveP2PData }
  var isTransfer: Bool { isMove || self == .dmaText || self == .dmaData }
  var segmentBase: Int { self == .dmaText || self == .moveP2PText ? DeviceMap.text : DeviceMap.data }
  var segmentCapacity: UInt64 {
    UInt64(segmentBase == DeviceMap.text ? DeviceMap.textCapacity : DeviceMap.dataCapacity)
  }
}
