import SimKernel

extension Endpoint {
  /// What the configuration means to the clients.
  package var control: FunctionControl {
    let s = state.pointer
    return FunctionControl(
      maxPayload: s.pointee.config.maxPayloadSize, maxReadRequest: s.pointee.config.maxReadRequestSize,
      tagLimit: s.pointee.config.tagLimit, busMaster: s.pointee.config.busMasterEnabled,
      msiEnabled: s.pointee.config.msiEnabled, reset: s.pointee.resetPending)
  }

  /// Tells the clients of a new configuration, or of a reset, as their ports have room.
  func tellClients() {
    let s = state.pointer
    guard s.pointee.controlsPending != 0 else { return }
    for (index, port) in door.controls.enumerated() where s.pointee.controlsPending & (1 << UInt8(index)) != 0 {
      guard port.canSend else { continue }
      port.send(control)
      s.pointee.controlsPending &= ~(1 << UInt8(index))
    }
    if s.pointee.controlsPending == 0 { s.pointee.resetPending = false }
  }

  func notifyClients() { state.pointer.pointee.controlsPending = (1 << UInt8(door.controls.count)) - 1 }

  /// Function-level reset, or the state after a link that went down: configuration begins anew, and so do the clients;
  /// what was outstanding is forgotten (Base Specification 6.6.1, 6.6.2).
  func reset(_ config: ConfigSpace) {
    let s = state.pointer
    s.pointee.config = config
    for index in 0..<reads.count { reads.pointer[index].active = false }
    s.pointee.activeReads = 0
    s.pointee.completionSent = 0
    s.pointee.messages = ErrorMessages()
    s.pointee.readyAt = clock.time + spec.readyTime
    s.pointee.resetPending = true
    while door.readRequests.receive() != nil {}
    while door.writeRequests.receive() != nil {}
    if let target = door.target { while target.completions.receive() != nil {} }
    notifyClients()
  }
}

extension ConfigSpace {
  /// Requests that may be outstanding: all tags of 5 or 8 bits; of 10 bits those that no 8-bit tag can be mistaken for (Base
  /// Specification 2.2.6.2).
  public var tagLimit: Int { tenBitTags ? 768 : 1 << tagBits }

  /// The tag on the wire for the slot of a client.
  func tag(ofSlot slot: UInt16) -> UInt16 { tenBitTags ? slot + 256 : slot }

  /// The slot of a client for a tag on the wire; negative when there is none.
  func slot(ofTag tag: UInt16) -> Int { tenBitTags ? Int(tag) - 256 : Int(tag) }
}
