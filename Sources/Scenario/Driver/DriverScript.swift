import Device
import PCIe
import SimKernel

/// Turns scenario steps into what a driver does for them, after the published Linux driver and its user library.
struct DriverScript {
  let system: SystemSpec

  // MARK: enumeration

  /// Finds the device, sizes and places BAR4, sets MPS and MRRS, enables memory space and bus mastering.
  func enumeration(_ identity: ConfigSpace.Identity) -> [HostOperation] {
    let bar4 = 8, bar5 = 9, command = 1
    var operations: [HostOperation] = [
      .configRead(register: 0, expected: UInt32(identity.deviceID) << 16 | UInt32(identity.vendorID), mask: .max),
      .configWrite(register: bar4, value: .max),
      .configRead(register: bar4, expected: ~UInt32(DeviceMap.barSize - 1), mask: ~0xf),
      .configWrite(register: bar4, value: UInt32(truncatingIfNeeded: system.host.barBase)),
    ]
    if identity.bar?.is64Bit == true {
      operations.append(.configWrite(register: bar5, value: UInt32(system.host.barBase >> 32)))
    }
    operations += [
      .configWrite(register: ConfigSpace.deviceControlRegister, value: deviceControl),
      .configWrite(register: command, value: 0x6),
    ]
    return operations
  }

  /// MPS in bits 7:5, MRRS in 14:12 as powers of two from 128; extended tags (Base Specification 7.5.3.4).
  private var deviceControl: UInt32 {
    func code(_ bytes: Int) -> UInt32 { UInt32((bytes / 128).trailingZeroBitCount) }
    return code(system.endpoint.maxPayload) << 5 | code(system.endpoint.maxReadRequest) << 12 | 0x100
  }

  // MARK: steps

  func operations(for action: Step.Action) -> [HostOperation] {
    switch action {
    case .loadText(let step): return transfer(step.transfer, dma: .dmaText, move: .moveP2PText)
    case .loadData(let step): return transfer(step.transfer, dma: .dmaData, move: .moveP2PData)
    case .run(let step): return run(step)
    case .mmioWrite(let step): return [.write(Int(step.address), size: step.size, value: step.value)]
    case .mmioRead(let step): return [.read(Int(step.address), size: step.size, purpose: .expect(step.expected))]
    case .poll(let step): return [.poll(step)]
    case .wait(let step): return [.wait(step.time)]
    case .peerWrite(let step): return [peerWrite(step.bytes, at: Int(step.offset))]
    case .dumpMem: return command(.dumpMemory)
    case .getRegs: return command(.getRegisters)
    case .expectMemory(let step): return expectMemory(step)
    case .inject(let step): return [.inject(FaultKind(rawValue: step.kind.rawValue)!, count: step.count)]
    }
  }

  private func transfer(_ transfer: Step.Transfer, dma: DeviceOpcode, move: DeviceOpcode) -> [HostOperation] {
    switch transfer.route {
    case .dma: return dmaTransfer(transfer, dma)
    case .p2p:
      return [peerWrite(transfer.bytes, at: 0)]
        + registers(move, length: transfer.bytes.count, offset: transfer.offset)
        + [.start, .awaitDMA(bytes: transfer.bytes.count, expectedError: transfer.expectedError)]
    }
  }

  /// One command per scatter-gather entry: first page from its offset, full pages, the rest. OFFSET runs on.
  private func dmaTransfer(_ transfer: Step.Transfer, _ opcode: DeviceOpcode) -> [HostOperation] {
    let pages = hostPages(count: transfer.bytes.count, pageSize: transfer.pageSize)
    var operations: [HostOperation] = [.fillMemory(payload: transfer.bytes, pages: pages)]
    var offset = transfer.offset
    for page in pages {
      operations += registers(opcode, length: page.length, offset: offset)
      operations.append(.write(DeviceMap.addressLow, size: 8, value: page.address))
      operations += [.start, .awaitDMA(bytes: page.length, expectedError: transfer.expectedError)]
      offset &+= UInt32(page.length)
    }
    return operations
  }

  private func registers(_ opcode: DeviceOpcode, length: Int, offset: UInt32) -> [HostOperation] {
    [
      .write(DeviceMap.opcode, size: 1, value: UInt64(opcode.rawValue)),
      .write(DeviceMap.length, size: 4, value: UInt64(length)),
      .write(DeviceMap.offset, size: 4, value: UInt64(offset)),
    ]
  }

  /// READY is cleared through the BAR before the start, as the user library does.
  private func run(_ step: Step.Run) -> [HostOperation] {
    [
      .write(DeviceMap.ready, size: 4, value: 0),
      .write(DeviceMap.opcode, size: 1, value: UInt64(DeviceOpcode.runProgram.rawValue)),
      .write(DeviceMap.offset, size: 4, value: UInt64(step.offset)),
      .start,
      .awaitRun(timeout: step.timeout, expectedError: step.expectedError, expectedFault: step.expectedFault),
      .read(DeviceMap.ret, size: 4, purpose: .ret(step.expectedRet)),
      .read(DeviceMap.registers, size: 8, purpose: .r0(step.expectedR0)),
    ]
  }

  /// Waits for the end, because a scenario may end here and writes are posted.
  private func command(_ opcode: DeviceOpcode) -> [HostOperation] {
    [.write(DeviceMap.opcode, size: 1, value: UInt64(opcode.rawValue)), .start, .awaitIdle]
  }

  private func peerWrite(_ bytes: [UInt8], at offset: Int) -> HostOperation {
    .peerWrite(address: system.host.barBase + UInt64(DeviceMap.p2p + offset), data: bytes)
  }

  private func expectMemory(_ step: Step.ExpectMemory) -> [HostOperation] {
    var operations: [HostOperation] = []
    var done = 0
    while done < step.bytes.count {
      let address = Int(step.address) + done
      let size = min(step.bytes.count - done, 8 - address % 8)
      operations.append(
        .read(address, size: size, purpose: .memory(Array(step.bytes[done..<done + size]))))
      done += size
    }
    return operations
  }

  /// The pages of a user buffer, scattered over host memory as pinned pages are: page k lies at a multiple of k.
  ///
  /// The buffer fits: `StepReader` refuses one that does not.
  func hostPages(count: Int, pageSize: Int) -> [HostPage] {
    let places = max(1, Int(system.host.memorySize) / pageSize)
    // Without a common divisor, so that no two pages share a place.
    var stride = 0x9e37_79b1 % places
    while DriverScript.greatestCommonDivisor(stride, places) != 1 { stride += 1 }
    let first = Int(system.seed % UInt64(places))
    var pages: [HostPage] = []
    var left = count, inPage = system.driver.bufferOffset
    while left > 0 {
      let length = min(left, pageSize - inPage)
      let place = (pages.count * stride + first) % places
      pages.append(HostPage(address: system.host.memoryBase + UInt64(place * pageSize + inPage), length: length))
      left -= length
      inPage = 0
    }
    return pages
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
