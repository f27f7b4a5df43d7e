extension Switch {
  /// A configuration request for the bridge of a port; its completion goes upstream (Base Specification 7.3.3).
  func access(_ index: Int, _ header: TLPHeader, _ tlp: TLP) {
    let register = Int(header.register), identity = doors[index].identity
    guard header.type.carriesData else {
      let value = port(index).pointee.bridge.read(register: register, identity: identity)
      return send(.completionData(for: header, value: value, completer: id(index)), to: 0)
    }
    // A function takes its bus and device number from every type 0 write to it (2.2.6.2).
    if index == 0 { state.pointer.pointee.upstreamID = header.target.rawValue }
    guard !header.poisoned else {
      // Poisoned data must not change a register (2.7.2.2).
      port(index).pointee.bridge.notePoison(requested: false)
      record(.poisonedTLP, tlp.header, at: index)
      return send(.completion(for: header, status: .unsupportedRequest, completer: id(index)), to: 0)
    }
    let effect = port(index).pointee.bridge.write(
      register: register, value: tlp.payloadDword(0), byteEnable: header.firstBE, identity: identity)
    if index == 0, effect == .secondaryBusReset(true) { resetDownstreamBridges() }
    send(.completion(for: header, status: .successful, completer: id(index)), to: 0)
  }

  /// A non-posted request that nobody takes: the completion is the requester's to report (2.3.1, 6.2.3.2.4.1).
  func refuse(_ header: TLPHeader, _ tlp: TLP, from ingress: Int) {
    record(.unsupportedRequest, tlp.header, at: ingress, advisory: true)
    send(.completion(for: header, status: .unsupportedRequest, completer: id(ingress)), to: ingress)
  }

  private func resetDownstreamBridges() {
    for index in 1..<doors.count { port(index).pointee.bridge.hotReset(identity: doors[index].identity) }
  }
}

extension Switch {
  /// What the links tell: they come up or go down, and their errors belong to the bridge of the port (3.2.1, 6.2).
  func noteLinkEvents() {
    for index in doors.indices {
      while let event = doors[index].linkEvents.receive() {
        switch event {
        case .up: noteLink(index, isUp: true)
        case .down: noteLink(index, isUp: false)
        case .correctable(let error): note(port(index).pointee.bridge.record(error), at: index)
        case .uncorrectable(let error): note(port(index).pointee.bridge.record(error, header: nil), at: index)
        }
      }
    }
  }

  /// When the link upstream goes down, that is a hot reset of the switch and of all below it (6.6.1).
  private func noteLink(_ index: Int, isUp: Bool) {
    port(index).pointee.linkIsUp = isUp
    guard index == 0 else {
      port(index).pointee.bridge.linkIsActive = isUp
      return
    }
    state.pointer.pointee.inReset = !isUp
    guard !isUp else { return }
    state.pointer.pointee.upstreamID = 0
    port(0).pointee.bridge.hotReset(identity: doors[0].identity)
    resetDownstreamBridges()
    for index in doors.indices { port(index).pointee.messages = ErrorMessages() }
  }

  /// What was under way in a switch is lost when the link above goes down (2.9.1, 6.6.1).
  func discardAll() {
    for (index, door) in doors.enumerated() {
      while let flowClass = door.rx.next() {
        door.rx.take(flowClass)
        port(index).pointee.received &+= 1
        port(index).pointee.discarded &+= 1
      }
    }
  }

  /// Keeps the links below in reset while something above asks for it: the bridge of the port, the one upstream, or the
  /// link upstream.
  func sendResets() {
    let everywhere = state.pointer.pointee.inReset || port(0).pointee.bridge.secondaryBusReset
    for index in 1..<doors.count {
      let wanted = everywhere || port(index).pointee.bridge.secondaryBusReset
      guard wanted != port(index).pointee.resetTold, let commands = doors[index].linkCommands, commands.canSend else {
        continue
      }
      port(index).pointee.resetTold = wanted
      commands.send(wanted ? .assertReset : .releaseReset)
    }
  }
}
