import SimKernel

extension DMAEngine {
  /// Window to RAM: each read asks for what one aligned write takes.
  func move(busy: Bool) -> Wake {
    let s = state.pointer
    var progress = busy
    if door.windowData.hasMessage, door.ramWrites.canSend, let data = door.windowData.receive() {
      store(data)
      progress = true
    }
    if s.pointee.unrequested > 0, door.windowReads.canSend {
      let count = min(Int(s.pointee.unrequested), dataPath - Int(s.pointee.destination) % dataPath)
      door.windowReads.send(.read(UInt32(DeviceMap.p2p) + UInt32(s.pointee.source), count))
      s.pointee.source += UInt64(count)
      s.pointee.destination += UInt32(count)
      s.pointee.unrequested -= UInt32(count)
      s.pointee.outstanding += UInt32(count)
      progress = true
    }
    if s.pointee.unrequested == 0 && s.pointee.outstanding == 0 { return finish() }
    return progress ? .next : .onInput
  }

  private func store(_ data: MemoryResponse) {
    let s = state.pointer
    noteFirstData(Int(data.count))
    let enable = data.count == 64 ? ~0 : (UInt64(1) << UInt64(data.count)) - 1
    door.ramWrites.send(
      MemoryRequest(
        kind: .write, address: s.pointee.moveDestination, count: data.count, enable: enable, data: data.data))
    s.pointee.moveDestination += UInt32(data.count)
    s.pointee.outstanding -= UInt32(data.count)
    s.pointee.bytesMoved &+= UInt64(data.count)
  }
}
