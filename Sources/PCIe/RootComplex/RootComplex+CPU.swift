import SimKernel

extension RootComplex {
  /// Turns one CPU access into a TLP. Writes are posted; a read, or a configuration access, waits for its completion.
  func acceptCPU() {
    let s = state.pointer
    guard cpuRequests.hasMessage, !s.pointee.cpuWaiting else { return }
    let request = cpuRequests.head.pointee
    if case .inject(let fault) = request.kind {
      s.pointee.injected = fault
      s.pointee.injectedCount = UInt32(clamping: request.value)
      _ = cpuRequests.receive()
      return
    }
    let device = rootPorts[0]
    guard device.tx.canSend else { return }
    let tag = s.pointee.cpuTag
    let target = DeviceID(bus: device.bus, device: 0, function: 0)
    let register = UInt16(truncatingIfNeeded: request.address)
    switch request.kind {
    case .memoryWrite:
      device.tx.send(
        .memoryWrite(address: request.address, data: bytes(request.value, request.size), requester: Self.id))
    case .memoryRead:
      device.tx.send(
        .memoryRead(address: request.address, length: request.size, tag: UInt16(tag), requester: Self.id))
      expectCompletion(skip: UInt8(request.address & 3), size: UInt8(request.size))
    case .configRead:
      device.tx.send(.configRead(target: target, register: register, tag: UInt16(tag), requester: Self.id))
      expectCompletion(skip: 0, size: 4)
    case .configWrite:
      device.tx.send(
        .configWrite(
          target: target, register: register, value: UInt32(truncatingIfNeeded: request.value), tag: UInt16(tag),
          requester: Self.id))
      expectCompletion(skip: 0, size: 4)
    case .inject: break
    }
    _ = cpuRequests.receive()
  }

  private func expectCompletion(skip: UInt8, size: UInt8) {
    let s = state.pointer
    s.pointee.cpuWaiting = true
    s.pointee.cpuSkip = skip
    s.pointee.cpuSize = size
  }

  private func bytes(_ value: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  /// The completion that the CPU waits for; all ones when it failed (Base Specification 2.3.2).
  func answerCPU(_ header: TLPHeader, _ tlp: TLP) -> Bool {
    let s = state.pointer
    guard s.pointee.cpuWaiting, header.tag == UInt16(s.pointee.cpuTag) else {
      s.pointee.refused &+= 1
      return true
    }
    guard cpuResponses.canSend else { return false }
    let size = Int(s.pointee.cpuSize), skip = Int(s.pointee.cpuSkip)
    var value: UInt64 = 0
    let valid = header.status == .successful && !header.poisoned
    if valid && header.type.carriesData && tlp.payload.count >= skip + size {
      for i in 0..<size { value |= UInt64(tlp.payload[skip + i]) << UInt64(8 * i) }
    } else {
      value = size == 8 ? .max : (1 << UInt64(8 * size)) - 1
    }
    cpuResponses.send(HostResponse(value: value, status: valid ? .successful : header.status))
    s.pointee.cpuWaiting = false
    s.pointee.cpuTag = (s.pointee.cpuTag + 1) & 31
    return true
  }
}
