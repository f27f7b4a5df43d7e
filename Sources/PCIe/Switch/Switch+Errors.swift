extension Switch {
  /// Notes an error in device status and AER of the port at which a TLP came in (Base Specification 6.2).
  func record(_ error: UncorrectableError, _ header: RawHeader?, at ingress: Int, advisory: Bool = false) {
    port(ingress).pointee.refused &+= 1
    note(port(ingress).pointee.bridge.record(error, header: header, advisory: advisory), at: ingress)
  }

  /// Poisoned TLPs go on; for a switch they are advisory errors (2.7.2.1, 6.2.3.2.4.2).
  func notePoison(_ tlp: TLP, at ingress: Int) {
    guard tlp.header.isPoisoned else { return }
    if ingress == 0 {
      port(0).pointee.bridge.notePoison(requested: false)
    } else {
      port(ingress).pointee.bridge.notePoisonFromBelow(requested: false)
    }
    note(port(ingress).pointee.bridge.record(.poisonedTLP, header: tlp.header, advisory: true), at: ingress)
  }

  /// Keeps an error message until it can leave.
  func note(_ message: MessageCode?, at index: Int) { port(index).pointee.messages.insert(message) }

  /// An error message from below passes the bridge of its port, then the one upstream (6.2.5).
  func report(_ code: MessageCode, _ tlp: TLP, from ingress: Int) {
    guard port(ingress).pointee.bridge.forwards(code), port(0).pointee.bridge.forwards(code) else { return }
    send(tlp, to: 0)
  }

  var hasErrorMessage: Bool {
    for index in doors.indices where !port(index).pointee.messages.isEmpty { return true }
    return false
  }

  /// Sends the error messages of the switch's own functions. Those of downstream ports pass the bridge upstream.
  func sendErrorMessages() {
    for index in doors.indices {
      while !port(index).pointee.messages.isEmpty, doors[0].tx.canSend(.posted) {
        let code = port(index).pointee.messages.takeMostSevere()
        guard index == 0 || port(0).pointee.bridge.forwards(code) else { continue }
        send(.message(code, routing: .toRootComplex, requester: id(index)), to: 0)
      }
    }
  }
}
