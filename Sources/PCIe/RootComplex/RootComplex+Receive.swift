import SimKernel

extension RootComplex {
  /// Handles what is in the receive buffer of a root port; a class whose first packet has to wait does not stop the others
  /// (Base Specification 2.4.1).
  func receive(from index: Int) {
    let rx = rootPorts[index].rx
    var blocked: FlowClassSet = []
    while let flowClass = rx.next(blocked: blocked) {
      if handle(rx.head(flowClass), from: index) {
        rx.take(flowClass)
      } else {
        blocked.insert(FlowClassSet(flowClass))
      }
    }
  }

  /// False when the packet has to wait.
  private func handle(_ queued: UnsafePointer<QueuedTLP>, from index: Int) -> Bool {
    let header: TLPHeader
    do {
      header = try queued.pointee.tlp.decoded(maxPayload: maxPayload)
    } catch {
      record(.malformedTLP, queued.pointee.tlp.header, at: index)
      return true
    }
    if header.type.isCompletion {
      if header.requesterID == Self.id { return answerCPU(header, queued.pointee.tlp, from: index) }
      guard let target = portIndex(of: header.requesterID.bus) else {
        record(.unexpectedCompletion, queued.pointee.tlp.header, at: index, advisory: true)
        return true
      }
      return forward(queued.pointee.tlp, header, to: target, from: index)
    }
    if header.type.isMessage { return receiveMessage(header, from: index) }
    guard header.type.isMemoryRead || header.type == .memoryWrite || header.type.isAtomic,
      portStates.pointer[index].bridge.busMasterEnabled
    else { return refuse(header, from: index) }
    if let other = owner(of: header.address) { return forward(queued.pointee.tlp, header, to: other, from: index) }
    switch header.type {
    case .memoryRead where isMemory(header): return startRead(header, from: index)
    case .memoryWrite where header.poisoned:
      // Poisoned data is not used (Base Specification 2.7.2.2).
      portStates.pointer[index].bridge.notePoisonFromBelow(requested: false)
      record(.poisonedTLP, queued.pointee.tlp.header, at: index)
      return true
    case .memoryWrite where Self.interruptRange.contains(header.address): return interrupt(queued.pointee.tlp)
    case .memoryWrite where isMemory(header):
      receiveWrite(header, queued.pointee.tlp)
      return true
    default: return refuse(header, from: index)
    }
  }

  /// The root port whose windows hold `address`.
  func owner(of address: UInt64) -> Int? {
    for index in rootPorts.indices where portStates.pointer[index].bridge.claims(address) { return index }
    return nil
  }

  /// The root port below which bus `bus` lies.
  func portIndex(of bus: UInt8) -> Int? {
    for index in rootPorts.indices where portStates.pointer[index].bridge.routes(bus) { return index }
    return nil
  }

  private func isMemory(_ header: TLPHeader) -> Bool {
    guard header.address >= spec.memoryBase else { return false }
    // Without a sum: a request may end with the address space.
    let offset = header.address - spec.memoryBase
    return offset < spec.memorySize && UInt64(4 * header.lengthDW) <= spec.memorySize - offset
  }

  /// Peer-to-peer through the root complex: the packet goes down unchanged. Towards a link that is down, a non-posted
  /// request is unsupported and everything else is lost (Base Specification 2.9.1).
  private func forward(_ tlp: TLP, _ header: TLPHeader, to target: Int, from index: Int) -> Bool {
    let flowClass = header.type.flowClass
    guard portStates.pointer[target].bridge.linkIsActive else {
      if flowClass == .nonPosted { return refuse(header, from: index) }
      portStates.pointer[index].refused &+= 1
      return true
    }
    guard rootPorts[target].tx.canSend(flowClass) else { return false }
    rootPorts[target].tx.send(tlp)
    return true
  }

  private func interrupt(_ tlp: TLP) -> Bool {
    guard interrupts.canSend else { return false }
    interrupts.send(Interrupt(vector: tlp.payloadDword(0)))
    return true
  }

  /// Error messages are counted. Those without a meaning, or against the rules of their kind, are unsupported (Base
  /// Specification 2.2.8, 2.3.1); others have no use here.
  private func receiveMessage(_ header: TLPHeader, from index: Int) -> Bool {
    switch header.messageCode {
    case .errorCorrectable, .errorNonFatal, .errorFatal:
      _ = portStates.pointer[index].bridge.forwards(header.messageCode)
      note(header.messageCode, at: index)
    case .vendorDefined0: record(.unsupportedRequest, header.encoded(), at: index)
    default: if !header.isDefinedMessage { record(.unsupportedRequest, header.encoded(), at: index) }
    }
    return true
  }

  /// Unsupported Request: non-posted ones are answered, posted ones only recorded (Base Specification 2.3.1).
  private func refuse(_ header: TLPHeader, from index: Int) -> Bool {
    let isNonPosted = header.type.flowClass == .nonPosted
    if isNonPosted {
      guard rootPorts[index].tx.canSend(.completion) else { return false }
      rootPorts[index].tx.send(.completion(for: header, status: .unsupportedRequest, completer: Self.id))
    }
    record(.unsupportedRequest, header.encoded(), at: index, advisory: isNonPosted)
    return true
  }

  /// Byte enables decide what is written (Base Specification 2.2.5).
  private func receiveWrite(_ header: TLPHeader, _ tlp: TLP) {
    let base = Int(header.address - spec.memoryBase), last = header.lengthDW - 1
    let whole = header.firstBE == 0xf && (last == 0 || header.lastBE == 0xf)
    if whole { return memory.write(tlp.payload, at: base) }
    for dword in 0...last {
      let enables = dword == 0 ? header.firstBE : dword == last ? header.lastBE : 0xf
      for lane in 0..<4 where enables & (1 << UInt8(lane)) != 0 {
        memory.store(tlp.payload[4 * dword + lane], at: base + 4 * dword + lane)
      }
    }
  }
}
