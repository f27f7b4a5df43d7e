import SimKernel

extension RootComplex {
  /// Handles the TLP at the head of a root port, if there is one and it need not wait.
  func receive(from index: Int) {
    let port = rootPorts[index]
    guard port.rx.hasMessage else { return }
    let tlp = port.rx.head.pointee
    guard let header = try? tlp.decoded() else {
      state.pointer.pointee.refused &+= 1
      _ = port.rx.receive()
      return
    }
    if handle(header, tlp, from: index) { _ = port.rx.receive() }
  }

  /// False when the packet has to wait.
  private func handle(_ header: TLPHeader, _ tlp: TLP, from index: Int) -> Bool {
    if header.type.isCompletion {
      guard header.requesterID != Self.id else { return answerCPU(header, tlp) }
      return forward(tlp, to: rootPorts.firstIndex { $0.bus == header.requesterID.bus })
    }
    switch header.type {
    case .memoryRead:
      if let other = owner(of: header.address) { return forward(tlp, to: other) }
      return isMemory(header) ? startRead(header, from: index) : refuse(header, from: index)
    case .memoryWrite:
      if let other = owner(of: header.address) { return forward(tlp, to: other) }
      if Self.interruptRange.contains(header.address) { return interrupt(tlp) }
      if isMemory(header) { write(header, tlp) } else { state.pointer.pointee.refused &+= 1 }
      return true
    case .message, .messageData: return true
    default: return refuse(header, from: index)
    }
  }

  private func owner(of address: UInt64) -> Int? { rootPorts.firstIndex { $0.window.contains(address) } }

  private func isMemory(_ header: TLPHeader) -> Bool {
    guard header.address >= spec.memoryBase else { return false }
    // Without a sum: a request may end with the address space.
    let offset = header.address - spec.memoryBase
    return offset < spec.memorySize && UInt64(4 * header.lengthDW) <= spec.memorySize - offset
  }

  /// Peer-to-peer through the root complex: the packet goes down unchanged.
  private func forward(_ tlp: TLP, to index: Int?) -> Bool {
    guard let index else {
      state.pointer.pointee.refused &+= 1
      return true
    }
    guard rootPorts[index].tx.canSend else { return false }
    rootPorts[index].tx.send(tlp)
    return true
  }

  private func interrupt(_ tlp: TLP) -> Bool {
    guard interrupts.canSend else { return false }
    interrupts.send(Interrupt(vector: tlp.payloadDword(0)))
    return true
  }

  private func refuse(_ header: TLPHeader, from index: Int) -> Bool {
    guard header.type.flowClass == .nonPosted else {
      state.pointer.pointee.refused &+= 1
      return true
    }
    guard rootPorts[index].tx.canSend else { return false }
    state.pointer.pointee.refused &+= 1
    rootPorts[index].tx.send(.completion(for: header, status: .unsupportedRequest, completer: Self.id))
    return true
  }

  /// Byte enables decide what is written (Base Specification 2.2.5).
  private func write(_ header: TLPHeader, _ tlp: TLP) {
    let base = Int(header.address - spec.memoryBase)
    for dword in 0..<header.lengthDW {
      let enables = dword == 0 ? header.firstBE : dword == header.lengthDW - 1 ? header.lastBE : 0xf
      for lane in 0..<4 where enables & (1 << UInt8(lane)) != 0 {
        memory.store(tlp.payload[4 * dword + lane], at: base + 4 * dword + lane)
      }
    }
  }
}
