import SimKernel

extension CommandUnit {
  /// One access of the register file, if there is one and its answer has room.
  func access() {
    guard door.accesses.hasMessage else { return }
    let request = door.accesses.head
    if request.pointee.kind == .write {
      write(request)
    } else {
      guard door.responses.canSend else { return }
      var response = MemoryResponse(count: request.pointee.count)
      for i in 0..<Int(request.pointee.count) { response.data[i] = readByte(Int(request.pointee.address) + i) }
      door.responses.send(response)
    }
    _ = door.accesses.receive()
  }

  /// Only byte enables decide what is written. CTRL acts last: it may share a dword with OPCODE.
  private func write(_ request: UnsafePointer<MemoryRequest>) {
    var control: UInt8?
    for i in 0..<Int(request.pointee.count) where request.pointee.enable >> UInt64(i) & 1 != 0 {
      let offset = Int(request.pointee.address) + i
      let value = request.pointee.data[i]
      if offset == DeviceMap.control { control = value } else { writeByte(offset, value) }
    }
    if let control { writeControl(control) }
  }

  private func writeByte(_ offset: Int, _ value: UInt8) {
    let s = state.pointer
    func merge<T: FixedWidthInteger>(_ old: T, _ first: Int) -> T {
      let shift = T(8 * (offset - first))
      return old & ~(0xff << shift) | T(value) << shift
    }
    switch offset {
    case DeviceMap.opcode: s.pointee.registers.opcode = value
    case DeviceMap.length..<DeviceMap.length + 4:
      s.pointee.registers.length = merge(s.pointee.registers.length, DeviceMap.length)
    case DeviceMap.offset..<DeviceMap.offset + 4:
      s.pointee.registers.offset = merge(s.pointee.registers.offset, DeviceMap.offset)
    case DeviceMap.addressLow..<DeviceMap.addressLow + 8:
      s.pointee.registers.address = merge(s.pointee.registers.address, DeviceMap.addressLow)
    default: break
    }
  }

  /// START begins or queues a command; 0 stops a running one, and clears the status of an idle device.
  private func writeControl(_ value: UInt8) {
    let s = state.pointer
    if value & DeviceControl.start != 0 {
      submit(s.pointee.registers)
    } else if s.pointee.busy {
      stop()
    } else {
      s.pointee.dmaDone = false
      s.pointee.error = false
    }
  }

  private func readByte(_ offset: Int) -> UInt8 {
    let s = state.pointer
    func byte(_ value: some FixedWidthInteger, _ first: Int) -> UInt8 {
      UInt8(truncatingIfNeeded: value >> (8 * (offset - first)))
    }
    switch offset {
    case DeviceMap.opcode: return s.pointee.registers.opcode
    case DeviceMap.control: return s.pointee.control
    case DeviceMap.length..<DeviceMap.length + 4: return byte(s.pointee.registers.length, DeviceMap.length)
    case DeviceMap.offset..<DeviceMap.offset + 4: return byte(s.pointee.registers.offset, DeviceMap.offset)
    case DeviceMap.addressLow..<DeviceMap.addressLow + 8:
      return byte(s.pointee.registers.address, DeviceMap.addressLow)
    case DeviceMap.errorCode..<DeviceMap.errorCode + 4: return byte(s.pointee.errorWord, DeviceMap.errorCode)
    case DeviceMap.errorPC..<DeviceMap.errorPC + 4: return byte(s.pointee.errorPC, DeviceMap.errorPC)
    case DeviceMap.counters..<DeviceMap.counters + 8 * DeviceMap.counterCount:
      let counters = [s.pointee.runs, s.pointee.cycles, s.pointee.instructions, s.pointee.dmaBytes]
      let index = (offset - DeviceMap.counters) / 8
      return byte(counters[index], DeviceMap.counters + 8 * index)
    // Unassigned places of the I/O megabyte read all ones.
    default: return 0xff
    }
  }
}

extension CommandUnitState {
  var control: UInt8 {
    (dmaDone ? DeviceControl.dmaDone : 0) | (error ? DeviceControl.error : 0) | (busy ? DeviceControl.busy : 0)
  }

  /// ERROR_CODE: `DeviceError` in byte 0, the core's `CoreFault` in byte 1.
  var errorWord: UInt32 { UInt32(errorCode.rawValue) | UInt32(errorFault.rawValue) << 8 }
}
