import SimKernel

extension Endpoint {
  /// Whether the function has a packet to send.
  var hasPacket: Bool {
    state.pointer.pointee.errorMessage != 0 || door.targetCompletions.hasMessage || door.readRequests.hasMessage
      || door.writeRequests.hasMessage
  }

  /// Sends one packet of the function's own: an error message, a completion or a read request, the last two in turn.
  func transmit() -> Bool {
    let s = state.pointer
    guard hasPacket, door.tx.canSend else { return false }
    let hasCompletion = door.targetCompletions.hasMessage, hasRead = door.readRequests.hasMessage
    if s.pointee.errorMessage != 0 {
      let code = MessageCode(rawValue: s.pointee.errorMessage)
      s.pointee.errorMessage = 0
      send(.message(code, routing: .toRootComplex, requester: functionID))
      return true
    }
    if let write = door.writeRequests.receive() {
      switch write.kind {
      case .data(let address, let bytes): send(.memoryWrite(address: address, data: bytes, requester: functionID))
      case .interrupt:
        let data = s.pointee.config.msiData
        send(
          .memoryWrite(
            address: s.pointee.config.msiAddress, data: [UInt8(truncatingIfNeeded: data), UInt8(data >> 8), 0, 0],
            requester: functionID))
      }
      return true
    }
    let completionFirst = hasCompletion && !(hasRead && s.pointee.grantedCompletion)
    s.pointee.grantedCompletion = completionFirst
    return completionFirst ? transmitCompletion() : transmitRead()
  }

  /// The next part of the answer at the head, cut at 128 bytes and MPS (Base Specification 2.3.1.1).
  private func transmitCompletion() -> Bool {
    let s = state.pointer
    let head = door.targetCompletions.head
    let request = head.pointee.request
    let sent = Int(s.pointee.completionSent)
    let address = request.firstByteAddress + UInt64(sent)
    let remaining = request.requestedByteCount - sent
    let length = CompletionSplitter.nextCompletionLength(
      address: address, remaining: remaining, rcb: 128, maxPayload: s.pointee.config.maxPayloadSize,
      cutAtEveryRCB: false)
    let part = CompletionPart(address: address, length: length, byteCount: remaining)
    let first = Int((address & ~3) - request.address)
    let payload = Array(head.pointee.payload[first..<first + 4 * part.lengthDW])
    send(.completionData(for: request, part: part, payload: payload, completer: functionID))
    if part.isLast {
      _ = door.targetCompletions.receive()
      s.pointee.completionSent = 0
    } else {
      s.pointee.completionSent += UInt16(length)
    }
    return true
  }

  /// Bus Master Enable gates requests (Base Specification 7.5.1.1.3).
  private func transmitRead() -> Bool {
    if state.pointer.pointee.config.busMasterEnabled {
      guard let request = door.readRequests.receive() else { return false }
      send(.memoryRead(address: request.address, length: request.length, tag: request.tag, requester: functionID))
      return true
    }
    guard door.readData.canSend, let request = door.readRequests.receive() else { return false }
    door.readData.send(ReadData(tag: request.tag, failure: .disabled))
    return true
  }
}
