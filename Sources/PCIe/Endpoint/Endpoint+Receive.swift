import SimKernel

extension Endpoint {
  /// Handles what is in the receive buffer; a class whose first packet has to wait does not stop the others (Base
  /// Specification 2.4.1).
  func receive() {
    var blocked: FlowClassSet = []
    while let flowClass = door.rx.next(blocked: blocked) {
      if handle(door.rx.head(flowClass)) {
        door.rx.take(flowClass)
        state.pointer.pointee.received &+= 1
      } else {
        blocked.insert(FlowClassSet(flowClass))
      }
    }
  }

  /// False when the packet has to wait.
  private func handle(_ queued: UnsafePointer<QueuedTLP>) -> Bool {
    let s = state.pointer
    let header: TLPHeader
    do {
      header = try queued.pointee.tlp.decoded(maxPayload: s.pointee.config.maxPayloadSize)
    } catch {
      // Malformed TLPs are dropped and reported (Base Specification 2.3, 6.2.3.4).
      record(.malformedTLP, queued.pointee.tlp.header)
      return true
    }
    if header.digest, s.pointee.config.checksECRC, !queued.pointee.tlp.hasValidECRC {
      record(.ecrc, queued.pointee.tlp.header)
      return true
    }
    if header.type.isCompletion { return receiveCompletion(header, queued.pointee.tlp) }
    if header.type.isConfig { return receiveConfig(header, queued.pointee.tlp) }
    if header.type == .memoryRead || header.type == .memoryWrite { return receiveMemory(header, queued.pointee.tlp) }
    if header.type.isMessage { return receiveMessage(header, queued.pointee.tlp) }
    return refuse(header, queued.pointee.tlp)
  }

  /// Type 0 requests are for this function; their target becomes its ID (Base Specification 2.2.6.2, 7.3.3).
  private func receiveConfig(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    guard header.type == .configRead0 || header.type == .configWrite0, header.target.function == 0 else {
      return refuse(header, tlp)
    }
    guard door.tx.canSend(.completion) else { return false }
    let s = state.pointer
    if clock.time < s.pointee.readyAt || takeFault(isConfig: true) != .none {
      send(.completion(for: header, status: .configurationRetry, completer: functionID))
    } else if header.poisoned && header.type == .configWrite0 {
      // Poisoned data must not change a register; the answer is UR (Base Specification 2.7.2.2).
      s.pointee.config.notePoison(requested: false)
      record(.poisonedTLP, tlp.header)
      send(.completion(for: header, status: .unsupportedRequest, completer: functionID))
    } else if header.type == .configWrite0 {
      writeConfig(header, tlp.payloadDword(0))
    } else {
      let value = s.pointee.config.read(register: Int(header.register), identity: identity)
      send(.completionData(for: header, value: value, completer: functionID))
    }
    return true
  }

  private func writeConfig(_ header: TLPHeader, _ value: UInt32) {
    let s = state.pointer
    s.pointee.functionID = header.target.rawValue
    let before = control
    let effect = s.pointee.config.write(
      register: Int(header.register), value: value, byteEnable: header.firstBE, identity: identity)
    send(.completion(for: header, status: .successful, completer: functionID))
    if effect == .functionLevelReset {
      var fresh = s.pointee.config
      fresh.functionLevelReset(identity: identity)
      reset(fresh)
    } else if control != before {
      notifyClients()
    }
  }

  private func receiveMemory(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    let s = state.pointer
    guard let target = door.target, let bar = identity.bar, s.pointee.config.claims(header.address, identity),
      header.addressType == .untranslated
    else { return refuse(header, tlp) }
    if header.poisoned && header.type == .memoryWrite {
      // The data of a poisoned write must not be used (Base Specification 2.7.2.2).
      s.pointee.config.notePoison(requested: false)
      record(.poisonedTLP, tlp.header)
      return true
    }
    let port = header.type == .memoryWrite ? target.writes : target.reads
    guard port.canSend else { return false }
    port.send(
      TargetRequest(
        header: header, offset: UInt32(truncatingIfNeeded: header.address & ~bar.addressMask), payload: tlp.payload,
        order: s.pointee.targetOrder))
    s.pointee.targetOrder &+= 1
    return true
  }

  /// A message that the function does not know, or that breaks the rules of its kind, is unsupported; others have no effect
  /// here (Base Specification 2.2.8, 2.3.1).
  private func receiveMessage(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    if !header.messageCode.isKnown || !header.isDefinedMessage { record(.unsupportedRequest, tlp.header) }
    return true
  }

  /// Unsupported Request: non-posted ones are answered, posted ones only recorded (Base Specification 2.3.1).
  private func refuse(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    let nonPosted = header.type.flowClass == .nonPosted
    if nonPosted {
      guard door.tx.canSend(.completion) else { return false }
      send(.completion(for: header, status: .unsupportedRequest, completer: functionID))
    }
    record(.unsupportedRequest, tlp.header, advisory: nonPosted)
    return true
  }

  /// Sends a packet of the function, with an ECRC when software enabled that: all of them have one (Base Specification
  /// 2.7.1).
  func send(_ tlp: TLP) {
    let s = state.pointer
    var tlp = tlp
    tlp.header.hasDigest = s.pointee.config.generatesECRC
    door.tx.send(tlp)
    s.pointee.transmitted &+= 1
  }

  /// What comes while the link is down, or was on its way before, is lost.
  func discard() {
    while let flowClass = door.rx.next() { door.rx.take(flowClass) }
  }
}

extension MessageCode {
  /// Whether an endpoint takes it without an error: Unlock, power management from above, the messages that 2.2.8.7 says
  /// to ignore, and vendor-defined ones of type 1 (2.2.8.6).
  fileprivate var isKnown: Bool {
    switch self {
    case .unlock, .pmActiveStateNak, .pmeTurnOff, .setSlotPowerLimit, .vendorDefined1: true
    default: [0x40, 0x41, 0x43, 0x44, 0x45, 0x47, 0x48].contains(rawValue)
    }
  }
}
