import SimKernel

extension Endpoint {
  /// Handles the TLP at the head of the receive buffer, if there is one and it need not wait.
  func receive() {
    guard door.rx.hasMessage, handleHead() else { return }
    state.pointer.pointee.received &+= 1
    _ = door.rx.receive()
  }

  /// False when the packet has to wait.
  private func handleHead() -> Bool {
    let tlp = door.rx.head.pointee
    let header: TLPHeader
    do {
      header = try tlp.decoded(maxPayload: state.pointer.pointee.config.maxPayloadSize)
    } catch {
      // Malformed TLPs are dropped and reported (Base Specification 2.3, 6.2.3.4).
      record(.malformedTLP, tlp.header)
      return true
    }
    if header.type.isCompletion { return receiveCompletion(header, tlp) }
    if header.type.isConfig { return receiveConfig(header, tlp) }
    if header.type == .memoryRead || header.type == .memoryWrite { return receiveMemory(header, tlp) }
    if header.type.isMessage { return true }
    return refuse(header, tlp)
  }

  /// Completions never wait for anything but the reader's buffer, which is as large as its requests.
  private func receiveCompletion(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    guard header.requesterID == functionID else {
      record(.unexpectedCompletion, tlp.header)
      return true
    }
    guard door.readData.canSend else { return false }
    let status: ReadStatus
    switch header.status {
    case .successful: status = header.poisoned ? .poisoned : .successful
    case .completerAbort: status = .completerAbort
    case .unsupportedRequest, .configurationRetry: status = .unsupportedRequest
    }
    if status == .poisoned { record(.poisonedTLP, tlp.header) }
    guard status == .successful else {
      door.readData.send(ReadData(tag: header.tag, failure: status))
      return true
    }
    let count = CompletionMatcher.dataBytes(
      byteCount: header.byteCount, lengthDW: header.lengthDW, lowerAddress: header.lowerAddress)
    door.readData.send(
      ReadData(
        tag: header.tag, status: .successful, payload: tlp.payload, skip: Int(header.lowerAddress & 3), count: count,
        isLast: CompletionMatcher.isFinal(header)))
    return true
  }

  /// Type 0 requests are for this function; their target becomes its ID (Base Specification 2.2.6.2, 7.3.3).
  private func receiveConfig(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    guard header.type == .configRead0 || header.type == .configWrite0, header.target.function == 0 else {
      return refuse(header, tlp)
    }
    guard door.tx.canSend else { return false }
    let s = state.pointer
    if header.poisoned {
      // Poisoned data must not change a register; the answer is UR (Base Specification 2.7.2.2).
      record(.poisonedTLP, tlp.header)
      send(.completion(for: header, status: .unsupportedRequest, completer: functionID))
    } else if header.type == .configWrite0 {
      s.pointee.functionID = header.target.rawValue
      let effect = s.pointee.config.write(
        register: Int(header.register), value: tlp.payloadDword(0), byteEnable: header.firstBE, identity: identity)
      if effect == .functionLevelReset { s.pointee.config.functionLevelReset(identity: identity) }
      for control in door.controls where control.canSend {
        control.send(
          FunctionControl(
            maxPayload: s.pointee.config.maxPayloadSize, maxReadRequest: s.pointee.config.maxReadRequestSize,
            tagLimit: 256, busMaster: s.pointee.config.busMasterEnabled,
            msiEnabled: s.pointee.config.msiControl & 1 != 0,
            reset: effect == .functionLevelReset))
      }
      send(.completion(for: header, status: .successful, completer: functionID))
    } else {
      let value = s.pointee.config.read(register: Int(header.register), identity: identity)
      send(.completionData(for: header, value: value, completer: functionID))
    }
    return true
  }

  private func receiveMemory(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    let config = state.pointer.pointee.config
    guard config.bar4Contains(header.address), header.addressType == .untranslated else { return refuse(header, tlp) }
    if header.poisoned {
      // The data of a poisoned write must not be used (Base Specification 2.7.2.2).
      record(.poisonedTLP, tlp.header)
      return true
    }
    let target = header.type == .memoryWrite ? door.targetWrites : door.targetReads
    guard target.canSend else { return false }
    target.send(
      TargetRequest(
        header: header, offset: UInt32(truncatingIfNeeded: header.address & 0xff_ffff), payload: tlp.payload,
        order: UInt32(truncatingIfNeeded: state.pointer.pointee.received)))
    return true
  }

  /// Unsupported Request: non-posted ones are answered, posted ones only recorded (Base Specification 2.3.1).
  private func refuse(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    let nonPosted = header.type.flowClass == .nonPosted
    if nonPosted {
      guard door.tx.canSend else { return false }
      send(.completion(for: header, status: .unsupportedRequest, completer: functionID))
    }
    record(.unsupportedRequest, tlp.header, advisory: nonPosted)
    return true
  }

  func send(_ tlp: TLP) {
    door.tx.send(tlp)
    state.pointer.pointee.transmitted &+= 1
  }
}
