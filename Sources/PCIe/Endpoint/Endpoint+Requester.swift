import SimKernel

extension Endpoint {
  /// Begins to wait for the data of `request`.
  func beginRead(_ request: ReadRequest) {
    let s = state.pointer
    let deadline = clock.time + request.timeout
    // A zero-length read has no byte enabled, so its answer begins with the dword (2.2.5, 2.3.1.1).
    let first = request.length == 0 ? request.address & ~3 : request.address
    reads.pointer[Int(request.tag)] = OutstandingRead(
      active: true, remaining: UInt16(max(1, request.length)), address: first, deadline: deadline)
    if s.pointee.activeReads == 0 || deadline < s.pointee.nextDeadline { s.pointee.nextDeadline = deadline }
    s.pointee.activeReads += 1
    s.pointee.config.transactionsPending = true
  }

  /// A completion is matched by requester ID and tag, and has to carry the next bytes of its request (Base
  /// Specification 2.3.2). False while the client has no room.
  func receiveCompletion(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    let s = state.pointer
    let slot = s.pointee.config.slot(ofTag: header.tag)
    guard header.requesterID == functionID, slot >= 0, slot < reads.count, reads.pointer[slot].active else {
      record(.unexpectedCompletion, tlp.header, advisory: true)
      return true
    }
    guard door.readData.canSend else { return false }
    guard header.status == .successful else {
      end(slot, s.pointee.config.noteFailure(header.status))
      return true
    }
    let read = reads.pointer + slot
    guard header.type.carriesData, read.pointee.isContinued(by: header) else {
      record(.unexpectedCompletion, tlp.header, advisory: true)
      return true
    }
    if header.poisoned {
      s.pointee.config.notePoison(requested: true)
      record(.poisonedTLP, tlp.header)
      read.pointee.poisoned = true
    }
    deliver(header, tlp, slot)
    return true
  }

  /// Behind poisoned data nothing is delivered, but the tag stays in use until the rest has come: it could be taken for
  /// the answer to the next request.
  private func deliver(_ header: TLPHeader, _ tlp: TLP, _ slot: Int) {
    let read = reads.pointer + slot
    let count = CompletionMatcher.dataBytes(
      byteCount: header.byteCount, lengthDW: header.lengthDW, lowerAddress: header.lowerAddress)
    let isLast = count == Int(read.pointee.remaining)
    read.pointee.remaining -= UInt16(count)
    read.pointee.address &+= UInt64(count)
    if isLast { release(slot) }
    guard !read.pointee.poisoned else {
      if isLast { door.readData.send(ReadData(tag: UInt16(slot), failure: .poisoned)) }
      return
    }
    door.readData.send(
      ReadData(
        tag: UInt16(slot), status: .successful, payload: tlp.payload, skip: Int(header.lowerAddress & 3), count: count,
        isLast: isLast))
  }

  private func end(_ slot: Int, _ status: ReadStatus) {
    release(slot)
    door.readData.send(ReadData(tag: UInt16(slot), failure: status))
  }

  /// The tag may be used again.
  private func release(_ slot: Int) {
    let s = state.pointer
    reads.pointer[slot].active = false
    reads.pointer[slot].remaining = 0
    s.pointee.activeReads -= 1
    if s.pointee.activeReads == 0 { s.pointee.config.transactionsPending = false }
  }

  /// Completion timeout (Base Specification 2.8): the tag is given up. Data that still comes is unexpected, until the tag is
  /// in use again: then it can be taken for an answer to the new request, against which only a reset helps.
  func expireReads() {
    let s = state.pointer
    var next = Picoseconds.max
    for slot in 0..<reads.count where reads.pointer[slot].active {
      if reads.pointer[slot].deadline <= clock.time, door.readData.canSend {
        record(.completionTimeout, nil)
        end(slot, .timeout)
      } else {
        next = min(next, reads.pointer[slot].deadline)
      }
    }
    s.pointee.nextDeadline = next
  }
}

extension OutstandingRead {
  /// Whether a successful completion carries the next bytes of this read: Byte Count is what is still to come, Lower
  /// Address that of the next byte, and a part that is not the last ends at a multiple of the smallest RCB (2.3.1.1).
  func isContinued(by header: TLPHeader) -> Bool {
    guard header.byteCount == Int(remaining), header.lowerAddress == CompletionMatcher.expectedLowerAddress(address)
    else { return false }
    let count = CompletionMatcher.dataBytes(
      byteCount: header.byteCount, lengthDW: header.lengthDW, lowerAddress: header.lowerAddress)
    return count == Int(remaining) || (count > 0 && (address &+ UInt64(count)) & 63 == 0)
  }
}

extension ConfigSpace {
  /// Device Status bit 5: a request waits for its completion (7.5.3.5).
  var transactionsPending: Bool {
    get { deviceStatus & 0x20 != 0 }
    set { deviceStatus = deviceStatus & ~0x20 | (newValue ? 0x20 : 0) }
  }

  /// Notes a completion of the function's own in Status: Signaled Target Abort for CA (7.5.1.1.4).
  mutating func noteAnswer(_ status: CompletionStatus) {
    if status == .completerAbort { self.status |= 0x0800 }
  }

  /// Notes a failed completion in Status: Received Master Abort for UR, Received Target Abort for CA (7.5.1.1.4).
  mutating func noteFailure(_ status: CompletionStatus) -> ReadStatus {
    if status == .completerAbort {
      self.status |= 0x1000
      return .completerAbort
    }
    self.status |= 0x2000
    return .unsupportedRequest
  }
}
