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
    expectCompletion(through: index, skip: UInt8(address & 3), size: UInt8(size))
  }

  private func liveOwner(of address: UInt64) -> Int? {
    guard let index = owner(of: address), portStates.pointer[index].bridge.linkIsActive else { return nil }
    return index
  }

  // MARK: configuration

  /// Bus 0 is the root's own: its root ports. Others are reached by requests of type 0, or of type 1 where a bridge is to
  /// pass them on (Base Specification 7.3.3).
  private func access(_ target: DeviceID, _ register: Int, _ write: (value: UInt32, byteEnable: UInt8)?) {
    if target.bus == 0 { return accessRootPort(target, register, write) }
    guard let index = portIndex(of: target.bus), portStates.pointer[index].bridge.linkIsActive else {
      return answer(.unsupportedRequest, size: 4)
    }
    guard rootPorts[index].tx.canSend(.nonPosted) else { return }
    let isType1 = target.bus != portStates.pointer[index].bridge.secondaryBus
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
    expectCompletion(through: index, skip: 0, size: 4)
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
    let tx = rootPorts[index].tx
    guard tx.canSend(tlp.header.flowClass) else { return }
    tx.send(tlp)
    if let header = try? tlp.decoded(), header.type.flowClass == .nonPosted, header.requesterID == Self.id {
      state.pointer.pointee.cpuTag = UInt8(truncatingIfNeeded: header.tag)
      return expectCompletion(through: index, skip: 0, size: UInt8(min(8, 4 * max(1, header.lengthDW))))
    }
    answer(.successful, size: 0)
  }

  // MARK: answers

  private func expectCompletion(through index: Int, skip: UInt8, size: UInt8) {
    let s = state.pointer
    s.pointee.cpuWaiting = true
    s.pointee.cpuPort = UInt8(index)
    s.pointee.cpuSkip = skip
    s.pointee.cpuSize = size
    s.pointee.cpuDeadline = clock.time + spec.completionTimeout
  }

  /// Ends the access at the head without a packet; it stays until there is room for the answer.
  private func answer(_ status: CompletionStatus, size: Int) {
    guard cpuResponses.canSend else { return }
    let value: UInt64 = status == .successful ? 0 : allOnes(size)
    cpuResponses.send(HostResponse(value: value, status: status))
    _ = cpuRequests.receive()
  }

  private func allOnes(_ size: Int) -> UInt64 { size >= 8 ? .max : (1 << UInt64(8 * size)) - 1 }

  /// The completion that the CPU waits for. One with CRS sends the configuration request again (Base Specification
  /// 2.3.2). False while the CPU has no room.
  func answerCPU(_ header: TLPHeader, _ tlp: TLP, from index: Int) -> Bool {
    let s = state.pointer
    guard s.pointee.cpuWaiting, header.tag == UInt16(s.pointee.cpuTag) else {
      record(.unexpectedCompletion, tlp.header, at: index)
      return true
    }
    if header.status == .configurationRetry {
      s.pointee.cpuWaiting = false
      nextCPUTag()
      return true
    }
    guard cpuResponses.canSend else { return false }
    let size = Int(s.pointee.cpuSize), skip = Int(s.pointee.cpuSkip)
    if header.poisoned { record(.poisonedTLP, tlp.header, at: index) }
    let hasData = header.type.carriesData && tlp.payload.count >= skip + size
    let isValid = header.status == .successful && !header.poisoned
    var value = allOnes(size)
    if isValid && hasData {
      value = (0..<size).reduce(0) { $0 | UInt64(tlp.payload[skip + $1]) << UInt64(8 * $1) }
    }
    finishCPU(HostResponse(value: value, status: header.poisoned ? .unsupportedRequest : header.status))
    return true
  }

  private func finishCPU(_ response: HostResponse) {
    cpuResponses.send(response)
    state.pointer.pointee.cpuWaiting = false
    nextCPUTag()
    _ = cpuRequests.receive()
  }

  private func nextCPUTag() { state.pointer.pointee.cpuTag = (state.pointer.pointee.cpuTag &+ 1) & 31 }

  /// Completion timeout of a CPU access: all ones, and an error of the root port (Base Specification 2.8).
  func expireCPU() {
    let s = state.pointer
    guard cpuResponses.canSend else { return }
    record(.completionTimeout, nil, at: Int(s.pointee.cpuPort))
    finishCPU(HostResponse(value: allOnes(Int(s.pointee.cpuSize)), status: .unsupportedRequest))
  }
}
