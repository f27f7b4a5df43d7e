import SimKernel

extension RootComplex {
  /// Turns one CPU access into a TLP. Writes are posted; a read, or a configuration access, waits for its completion.
  func acceptCPU() {
    guard cpuRequests.hasMessage, !state.pointer.pointee.cpuWaiting else { return }
    switch cpuRequests.head.pointee.kind {
    case .inject(let fault):
      inject(fault)
      _ = cpuRequests.receive()
    case .memoryWrite(let address, let size, let value): write(address, size, value)
    case .memoryRead(let address, let size): read(address, size)
    case .configRead(let target, let register): access(target, register, nil)
    case .configWrite(let target, let register, let value, let byteEnable):
      access(target, register, (value, byteEnable))
    case .packet(let tlp, let port): send(tlp, through: port)
    }
  }

  private func inject(_ fault: MemoryFault) {
    let s = state.pointer
    s.pointee.injected = fault.count == 0 ? .none : fault.kind
    s.pointee.injectedCount = fault.count
    s.pointee.injectedDelay = fault.delay
  }

  // MARK: memory

  private func write(_ address: UInt64, _ size: Int, _ value: UInt64) {
    guard let index = liveOwner(of: address) else {
      // A posted write that nobody claims is lost.
      _ = cpuRequests.receive()
      return
    }
    guard rootPorts[index].tx.canSend(.posted) else { return }
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    rootPorts[index].tx.send(.memoryWrite(address: address, data: bytes, requester: Self.id))
    _ = cpuRequests.receive()
  }

  private func read(_ address: UInt64, _ size: Int) {
    guard let index = liveOwner(of: address) else { return answer(.unsupportedRequest, size: size) }
    guard rootPorts[index].tx.canSend(.nonPosted) else { return }
    let tag = UInt16(state.pointer.pointee.cpuTag)
    rootPorts[index].tx.send(.memoryRead(address: address, length: size, tag: tag, requester: Self.id))
    expectCompletion(through: index)
  }

  private func liveOwner(of address: UInt64) -> Int? {
    guard let index = owner(of: address), portStates.pointer[index].bridge.linkIsActive else { return nil }
    return index
  }

  // MARK: configuration

  /// Bus 0 is the root's own: its root ports. Others are reached by requests of type 0, or of type 1 where a bridge is
  /// to pass them on (Base Specification 7.3.3). After power-up they wait for the link, as firmware does (6.6.1),
  /// for the time of a completion timeout.
  private func access(_ target: DeviceID, _ register: Int, _ write: (value: UInt32, byteEnable: UInt8)?) {
    if target.bus == 0 { return accessRootPort(target, register, write) }
    guard let index = portIndex(of: target.bus) else { return answer(.unsupportedRequest, size: 4) }
    guard portStates.pointer[index].isSettled || clock.time >= spec.completionTimeout else { return }
    guard portStates.pointer[index].bridge.linkIsActive else { return answer(.unsupportedRequest, size: 4) }
    let isType1 = target.bus != portStates.pointer[index].bridge.secondaryBus
    // At the other end of a link there is device 0 and no other (7.3.1).
    guard isType1 || target.device == 0 else { return answer(.unsupportedRequest, size: 4) }
    guard rootPorts[index].tx.canSend(.nonPosted) else { return }
    let tag = UInt16(state.pointer.pointee.cpuTag), register = UInt16(register)
    if let write {
      rootPorts[index].tx.send(
        .configWrite(
          target: target, register: register, value: write.value, byteEnable: write.byteEnable, tag: tag,
          requester: Self.id, isType1: isType1))
    } else {
      rootPorts[index].tx.send(
        .configRead(target: target, register: register, tag: tag, requester: Self.id, isType1: isType1))
    }
    expectCompletion(through: index)
  }

  private func accessRootPort(_ target: DeviceID, _ register: Int, _ write: (value: UInt32, byteEnable: UInt8)?) {
    guard Int(target.device) < rootPorts.count, target.function == 0 else {
      return answer(.unsupportedRequest, size: 4)
    }
    guard cpuResponses.canSend else { return }
    let index = Int(target.device), port = portStates.pointer + index
    var value: UInt32 = 0
    if let write {
      let effect = port.pointee.bridge.write(
        register: register, value: write.value, byteEnable: write.byteEnable, identity: rootPorts[index].identity)
      if case .secondaryBusReset(let begins) = effect { port.pointee.resetToSend = begins ? 1 : 2 }
      sendReset(at: index)
    } else {
      value = port.pointee.bridge.read(register: register, identity: rootPorts[index].identity)
    }
    cpuResponses.send(HostResponse(value: UInt64(value), status: .successful))
    _ = cpuRequests.receive()
  }

  // MARK: packets

  private func send(_ tlp: TLP, through index: Int) {
    guard rootPorts.indices.contains(index), portStates.pointer[index].bridge.linkIsActive else {
      return answer(.unsupportedRequest, size: 8)
    }
    let tx = rootPorts[index].tx
    guard tx.canSend(tlp.header.flowClass), cpuResponses.canSend else { return }
    tx.send(tlp)
    if awaited != nil { expectCompletion(through: index) } else { answer(.successful, size: 0) }
  }

  // MARK: answers

  private func expectCompletion(through index: Int) {
    let s = state.pointer
    s.pointee.cpuWaiting = true
    s.pointee.cpuPort = UInt8(index)
    s.pointee.cpuReceived = 0
    s.pointee.cpuValue = 0
    s.pointee.cpuDeadline = clock.time + spec.completionTimeout
  }

  /// The request that the CPU waits for, or would.
  private var awaited: TLPHeader? {
    let tag = UInt16(state.pointer.pointee.cpuTag)
    switch cpuRequests.head.pointee.kind {
    case .memoryRead(let address, let size):
      return .memoryRead(address: address, length: size, tag: tag, requester: Self.id)
    case .configRead(let target, let register):
      return .configRead(target: target, register: UInt16(register), tag: tag, requester: Self.id)
    case .configWrite(let target, let register, _, let byteEnable):
      return .configWrite(
        target: target, register: UInt16(register), byteEnable: byteEnable, tag: tag, requester: Self.id)
    case .packet(let tlp, _):
      guard let header = try? tlp.decoded(), header.type.flowClass == .nonPosted, header.requesterID == Self.id
      else { return nil }
      return header
    case .memoryWrite, .inject: return nil
    }
  }

  /// Ends the access at the head without a packet; it stays until there is room for the answer.
  private func answer(_ status: CompletionStatus, size: Int) {
    guard cpuResponses.canSend else { return }
    let value: UInt64 = status == .successful ? 0 : allOnes(size)
    cpuResponses.send(HostResponse(value: value, status: status))
    _ = cpuRequests.receive()
  }

  private func allOnes(_ size: Int) -> UInt64 { size >= 8 ? .max : (1 << UInt64(8 * size)) - 1 }

  /// A completion for the host: it has to be the next one of the request that the CPU waits for (Base Specification
  /// 2.3.2). One with CRS sends a configuration request again. False while the CPU has no room.
  func answerCPU(_ header: TLPHeader, _ tlp: TLP, from index: Int) -> Bool {
    let s = state.pointer
    guard s.pointee.cpuWaiting, let request = awaited,
      CompletionMatcher.mismatch(of: header, request: request, received: Int(s.pointee.cpuReceived)) == nil
    else {
      record(.unexpectedCompletion, tlp.header, at: index, advisory: true)
      return true
    }
    if header.status == .configurationRetry, request.type.isConfig {
      s.pointee.cpuWaiting = false
      nextCPUTag()
      return true
    }
    guard cpuResponses.canSend else { return false }
    if header.status != .successful {
      // CRS is an answer to configuration requests only.
      failCPU(header.status == .completerAbort ? .completerAbort : .unsupportedRequest)
    } else if header.poisoned && header.type.carriesData {
      portStates.pointer[index].bridge.notePoisonFromBelow(requested: true)
      record(.poisonedTLP, tlp.header, at: index)
      failCPU(.unsupportedRequest)
    } else {
      collect(header, tlp, of: request)
    }
    return true
  }

  /// Takes the data of a completion; the last one ends the access.
  private func collect(_ header: TLPHeader, _ tlp: TLP, of request: TLPHeader) {
    let s = state.pointer
    let isRead = request.type.isMemoryRead
    let skip = isRead ? Int(header.lowerAddress & 3) : 0
    let count =
      isRead
      ? CompletionMatcher.dataBytes(
        byteCount: header.byteCount, lengthDW: header.lengthDW, lowerAddress: header.lowerAddress)
      : tlp.payload.count
    let done = Int(s.pointee.cpuReceived)
    for index in done..<max(done, min(8, done + count)) {
      s.pointee.cpuValue |= UInt64(tlp.payload[skip + index - done]) << UInt64(8 * index)
    }
    s.pointee.cpuReceived += UInt16(count)
    guard !isRead || CompletionMatcher.isFinal(header) else { return }
    finishCPU(HostResponse(value: s.pointee.cpuValue, status: .successful))
  }

  private func failCPU(_ status: CompletionStatus) {
    finishCPU(HostResponse(value: allOnes(awaited?.completionByteCount ?? 8), status: status))
  }

  private func finishCPU(_ response: HostResponse) {
    cpuResponses.send(response)
    state.pointer.pointee.cpuWaiting = false
    nextCPUTag()
    _ = cpuRequests.receive()
  }

  private func nextCPUTag() { state.pointer.pointee.cpuTag = (state.pointer.pointee.cpuTag &+ 1) & 31 }

  /// Ends an access whose completion does not come: all ones. In vain until the deadline, that is an error of the root
  /// port (Base Specification 2.8); a link that is down ends it at once (2.9.1). Returns when there will be more to do.
  func giveUpCPU() -> Picoseconds {
    let s = state.pointer
    guard s.pointee.cpuWaiting else {
      return cpuRequests.hasMessage && clock.time < spec.completionTimeout ? spec.completionTimeout : .max
    }
    let isLost = !portStates.pointer[Int(s.pointee.cpuPort)].bridge.linkIsActive
    guard isLost || clock.time >= s.pointee.cpuDeadline else { return s.pointee.cpuDeadline }
    guard cpuResponses.canSend else { return .max }
    if !isLost { record(.completionTimeout, nil, at: Int(s.pointee.cpuPort)) }
    failCPU(.unsupportedRequest)
    return .max
  }
}
