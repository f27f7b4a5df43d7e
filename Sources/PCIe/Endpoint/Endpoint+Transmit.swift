import SimKernel

extension Endpoint {
  /// Whether the function has a packet to send.
  var hasPacket: Bool {
    !state.pointer.pointee.messages.isEmpty || door.target?.completions.hasMessage == true
      || door.readRequests.hasMessage || door.writeRequests.hasMessage
  }

  /// Sends one packet of the function's own: an error message, or a completion, a read or a write, these in turn. One whose
  /// class has no room does not stop the others.
  func transmit() -> Bool {
    let s = state.pointer
    guard hasPacket else { return false }
    if !s.pointee.messages.isEmpty, door.tx.canSend(.posted) {
      sendErrorMessage()
      return true
    }
    for turn in 1...3 {
      let source = EndpointSource(rawValue: (s.pointee.granted.rawValue + UInt8(turn)) % 3)!
      guard transmit(source) else { continue }
      s.pointee.granted = source
      return true
    }
    return false
  }

  private func transmit(_ source: EndpointSource) -> Bool {
    switch source {
    case .completion:
      guard let target = door.target, target.completions.hasMessage, door.tx.canSend(.completion) else { return false }
      transmitCompletion(target.completions)
      return true
    case .read: return door.readRequests.hasMessage && transmitRead()
    case .write: return door.writeRequests.hasMessage && door.tx.canSend(.posted) && transmitWrite()
    }
  }

  private func sendErrorMessage() {
    let code = state.pointer.pointee.messages.takeMostSevere()
    send(.message(code, routing: .toRootComplex, requester: functionID))
  }

  /// The next part of the answer at the head, cut at 128 bytes and MPS (Base Specification 2.3.1.1).
  private func transmitCompletion(_ completions: InPort<TargetCompletion>) {
    let s = state.pointer
    let head = completions.head
    let request = head.pointee.request
    let fault = s.pointee.completionSent == 0 ? takeFault(isConfig: false) : .none
    if fault == .unsupportedRequest || fault == .completerAbort {
      let status: CompletionStatus = fault == .completerAbort ? .completerAbort : .unsupportedRequest
      s.pointee.config.noteAnswer(status)
      record(fault == .completerAbort ? .completerAbort : .unsupportedRequest, request.encoded(), advisory: true)
      send(.completion(for: request, status: status, completer: functionID))
      _ = completions.receive()
      return
    }
    let sent = Int(s.pointee.completionSent)
    let address = request.firstByteAddress + UInt64(sent)
    let remaining = request.requestedByteCount - sent
    let length = CompletionSplitter.nextCompletionLength(
      address: address, remaining: remaining, rcb: 128, maxPayload: s.pointee.config.maxPayloadSize,
      cutAtEveryRCB: false)
    let part = CompletionPart(address: address, length: length, byteCount: remaining)
    let first = Int((address & ~3) - request.address)
    var header = TLPHeader.completionData(for: request, part: part, completer: functionID)
    header.poisoned = fault == .poison
    send(TLP(header, payload: Array(head.pointee.payload[first..<first + 4 * part.lengthDW])))
    if part.isLast {
      _ = completions.receive()
      s.pointee.completionSent = 0
    } else {
      s.pointee.completionSent += UInt16(length)
    }
  }

  /// Bus Master Enable gates requests (Base Specification 7.5.1.1.3).
  private func transmitRead() -> Bool {
    let s = state.pointer
    guard s.pointee.config.busMasterEnabled else {
      guard door.readData.canSend, let request = door.readRequests.receive() else { return false }
      door.readData.send(ReadData(tag: request.tag, failure: .disabled))
      return true
    }
    guard door.tx.canSend(.nonPosted), let request = door.readRequests.receive() else { return false }
    beginRead(request)
    send(
      .memoryRead(
        address: request.address, length: request.length, tag: s.pointee.config.tag(ofSlot: request.tag),
        requester: functionID, attributes: attributes))
    return true
  }

  /// Without Bus Master Enable a write is lost, as it is in the function that must not send it.
  private func transmitWrite() -> Bool {
    let s = state.pointer
    guard let request = door.writeRequests.receive() else { return false }
    guard s.pointee.config.busMasterEnabled else {
      s.pointee.refused &+= 1
      return true
    }
    switch request.kind {
    case .data(let address, let bytes):
      send(.memoryWrite(address: address, data: bytes, requester: functionID, attributes: attributes))
    case .interrupt(let vector):
      guard s.pointee.config.msiEnabled else { return true }
      let data = UInt32(s.pointee.config.msiData) | UInt32(vector)
      // A message without Relaxed Ordering stays behind the data (6.1.4, 2.4.1).
      send(
        .memoryWrite(
          address: s.pointee.config.msiAddress, data: (0..<4).map { UInt8(truncatingIfNeeded: data >> (8 * $0)) },
          requester: functionID))
    }
    return true
  }

  /// What requests carry, where Device Control allows it (Base Specification 2.2.6.3, 7.5.3.4, 7.5.3.16).
  private var attributes: TLPAttributes {
    let s = state.pointer
    var attributes: TLPAttributes = []
    if spec.relaxedOrdering && s.pointee.config.relaxedOrderingEnabled { attributes.insert(.relaxedOrdering) }
    if spec.noSnoop && s.pointee.config.noSnoopEnabled { attributes.insert(.noSnoop) }
    if spec.idOrdering && s.pointee.config.idOrderingEnabled { attributes.insert(.idBasedOrdering) }
    return attributes
  }
}
