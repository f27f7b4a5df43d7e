extension TLPHeader {
  /// Checks everything that makes a packet malformed and can be seen in one packet (PCI Express Base Specification
  /// 2.2.2, 2.2.5, 2.2.7, 2.2.8, 2.2.9). Checks that are optional there are made.
  ///
  /// Nothing else is malformed: a 4 DW header below 4 GiB (2.2.4.1 leaves the receiver free), any AT (10.2.1), any
  /// attributes of a message (reserved, 2.2.8), any traffic class of a locked read (6.5), a reserved completion status
  /// (an Unsupported Request, 2.3.2).
  /// - Parameters:
  ///   - payloadBytes: bytes that follow the header, without ECRC.
  ///   - maxPayload: Max_Payload_Size of the receiver in bytes.
  /// - Throws: `MalformedTLP` for the first rule broken.
  public func validate(payloadBytes: Int, maxPayload: Int = 4096) throws(MalformedTLP) {
    try checkPayload(bytes: payloadBytes, maxPayload: maxPayload)
    switch type {
    case .memoryRead, .memoryReadLocked, .memoryWrite:
      try checkByteEnables()
      try checkPage()
    case .ioRead, .ioWrite, .configRead0, .configRead1, .configWrite0, .configWrite1:
      try checkSingleDword()
    case .fetchAdd, .swap, .compareAndSwap:
      try checkAtomic()
    case .completionData, .completionDataLocked:
      try checkCompletionByteCount()
    case .message, .messageData:
      try checkMessage()
    case .completion, .completionLocked:
      return
    }
  }

  /// 2.2.2: the payload is what Length says, and at most Max_Payload_Size.
  private func checkPayload(bytes: Int, maxPayload: Int) throws(MalformedTLP) {
    guard type.carriesData else {
      if bytes != 0 { throw .unexpectedPayload(payloadBytes: bytes) }
      return
    }
    if bytes != lengthDW * 4 { throw .payloadMismatch(lengthDW: lengthDW, payloadBytes: bytes) }
    if bytes > maxPayload { throw .payloadTooLarge(payloadBytes: bytes, maxPayload: maxPayload) }
  }

  /// 2.2.5: see `ByteEnables.areLegal`.
  private func checkByteEnables() throws(MalformedTLP) {
    guard ByteEnables.areLegal(first: firstBE, last: lastBE, lengthDW: lengthDW, address: address) else {
      throw .byteEnables(first: firstBE, last: lastBE, lengthDW: lengthDW)
    }
  }

  /// 2.2.7: no memory request crosses a 4 KiB boundary. Length counts, not the bytes enabled.
  private func checkPage() throws(MalformedTLP) {
    guard Int(address & 0xfff) + lengthDW * 4 <= 4096 else {
      throw .crosses4KiB(address: address, lengthDW: lengthDW)
    }
  }

  /// 2.2.7: an I/O or configuration request is one dword in TC0 without Attr[1:0]. AT is not to be checked.
  private func checkSingleDword() throws(MalformedTLP) {
    if lengthDW != 1 { throw .length(lengthDW: lengthDW) }
    if lastBE != 0 { throw .byteEnables(first: firstBE, last: lastBE, lengthDW: lengthDW) }
    if trafficClass != 0 { throw .trafficClass(trafficClass) }
    if !attributes.isDisjoint(with: [.noSnoop, .relaxedOrdering]) { throw .attributes(attributes) }
  }

  /// 2.2.7: operands of 4 or 8 bytes (FetchAdd, Swap), or two of 4, 8 or 16 (CAS), naturally aligned.
  private func checkAtomic() throws(MalformedTLP) {
    let sizes = type == .compareAndSwap ? 2...8 : 1...2
    guard sizes.contains(lengthDW), lengthDW.nonzeroBitCount == 1 else { throw .length(lengthDW: lengthDW) }
    guard address & UInt64(atomicOperandBytes - 1) == 0 else {
      throw .misalignedAtomic(address: address, operandBytes: atomicOperandBytes)
    }
  }

  /// 2.2.9: the byte count covers this packet, so no dword may lie wholly beyond it.
  private func checkCompletionByteCount() throws(MalformedTLP) {
    guard lengthDW * 4 < Int(lowerAddress & 3) + byteCount + 4 else {
      throw .completionByteCount(byteCount: byteCount, lengthDW: lengthDW, lowerAddress: lowerAddress)
    }
  }
}
