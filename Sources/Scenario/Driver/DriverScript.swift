import Device
import PCIe
import SimKernel

/// Turns scenario steps into what a driver does for them, after the published Linux driver and its user library.
struct DriverScript {
  let system: SystemSpec
  /// The names of all endpoints, in the order in which enumeration meets them.
  let functions: [String]

  func function(ofDevice index: Int) -> Int { functions.firstIndex(of: system.devices[index].name)! }
  func function(ofPeer index: Int) -> Int { functions.firstIndex(of: system.peers[index].name)! }

  // MARK: enumeration

  /// What the host wants: addresses from the scenario's, MPS and MRRS of the first device, tags as it can.
  var enumeration: Enumerator.Parameters {
    let host = system.host, endpoint = system.device.endpoint
    let low = host.barBase < 1 << 32 ? host.barBase : 1 << 31
    var parameters = Enumerator.Parameters(
      rootPorts: system.topology.indices.map { DeviceID(bus: 0, device: UInt8($0), function: 0) },
      memoryAperture: aperture(low..<HostSpec.lowMemoryEnd),
      prefetchableAperture: aperture(max(host.barBase, 1 << 32)..<1 << 63))
    let identity = ConfigSpace.Identity()
    parameters.leading = .init(vendorID: identity.vendorID, deviceID: identity.deviceID)
    parameters.maxPayload = endpoint.maxPayload
    parameters.maxReadRequest = endpoint.maxReadRequest
    let endpoints = system.devices.map(\.endpoint) + system.peers.map(\.endpoint)
    parameters.tagBits = endpoints.map(\.tagBits).max() ?? 8
    parameters.relaxedOrdering = true
    parameters.idOrdering = endpoints.contains(where: \.idOrdering)
    parameters.ecrc = endpoints.contains(where: \.ecrc)
    parameters.redirectsPeers = host.acsRedirect
    return parameters
  }

  /// The part of `range` below host memory; the part behind it if there is none below.
  private func aperture(_ range: Range<UInt64>) -> Range<UInt64> {
    let memory = system.host.memoryBase, end = memory + system.host.memorySize
    if range.lowerBound < memory { return range.lowerBound..<min(range.upperBound, memory) }
    return min(max(range.lowerBound, end), range.upperBound)..<range.upperBound
  }

  // MARK: steps

  func operations(for step: Step) -> [HostOperation] {
    switch step.action {
    case .loadText(let load): return transfer(load.transfer, dma: .dmaText, move: .moveP2PText)
    case .loadData(let load): return transfer(load.transfer, dma: .dmaData, move: .moveP2PData)
    case .run(let step): return run(step)
    case .mmioWrite(let step): return [.write(Int(step.address), size: step.size, value: step.value)]
    case .mmioRead(let step): return [.read(Int(step.address), size: step.size, purpose: .expect(step.expected))]
    case .poll(let step): return [.poll(step)]
    case .wait(let step): return [.wait(step.time)]
    case .peer(let step): return peer(step)
    case .awaitPeer(let index): return [.awaitPeer(index)]
    case .dumpMem: return command(.dumpMemory)
    case .getRegs: return command(.getRegisters)
    case .expectMemory(let step): return expectMemory(step)
    case .inject(let step): return [inject(step)]
    case .reset(let kind, let function): return reset(kind, function)
    case .configRead(let step):
      return [.configRead(function: step.function, register: step.register, expected: step.expected)]
    case .configWrite(let step):
      return [
        .configWrite(function: step.function, register: step.register, value: step.value, byteEnable: step.byteEnable)
      ]
    case .sendTLP(let step): return [.packet(step.tlp, port: step.port, expectedStatus: step.expected)]
    }
  }

  private func peer(_ step: Step.Peer) -> [HostOperation] {
    let kind: PeerCommand.Kind = step.isRead ? .read(step.length) : .write(step.bytes)
    let work = PeerWork(
      kind: kind, target: step.target, offset: step.offset, chunk: step.chunk, flush: step.flush,
      expected: step.isRead && !step.bytes.isEmpty ? step.bytes : nil, expectedError: step.expectedError)
    return [.peer(step.peer, work)] + (step.background ? [] : [.awaitPeer(step.peer)])
  }

  private func inject(_ step: Step.Inject) -> HostOperation {
    switch step {
    case .memory(let fault): .inject(fault)
    case .link(let index, let command): .disturbLink(index, command)
    case .function(let index, let fault): .disturbFunction(index, fault)
    }
  }

  /// Function-level reset: Initiate FLR, then the configuration again. Hot reset: through the bridge above, for the bus and
  /// all that is on it (Base Specification 6.6.1, 6.6.2).
  private func reset(_ kind: Step.ResetKind, _ function: Int) -> [HostOperation] {
    let begin: [HostOperation] =
      switch kind {
      case .function:
        [
          .configWrite(
            function: function, register: ConfigSpace.deviceControlRegister, value: 0x8000, byteEnable: 0x2)
        ]
      case .hot:
        [
          .busReset(function: function, asserted: true), .wait(system.driver.busResetTime),
          .busReset(function: function, asserted: false),
        ]
      }
    return begin + [.wait(system.driver.resetRecovery), .reconfigure(function: function)]
  }

  private func transfer(_ transfer: Step.Transfer, dma: DeviceOpcode, move: DeviceOpcode) -> [HostOperation] {
    switch transfer.route {
    case .dma: return dmaTransfer(transfer, dma)
    case .p2p:
      let work = PeerWork(
        kind: .write(transfer.bytes), target: .window, offset: 0, chunk: Step.defaultChunk, flush: true,
        expected: nil, expectedError: nil)
      return [.peer(transfer.peer, work), .awaitPeer(transfer.peer)]
        + registers(move, length: transfer.bytes.count, offset: transfer.offset)
        + [.start, .awaitDMA(bytes: transfer.bytes.count, expectedError: transfer.expectedError)]
    }
  }

  /// One command per scatter-gather entry: first page from its offset, full pages, the rest. OFFSET runs on. The driver waits
  /// after as many commands as it may have under way.
  private func dmaTransfer(_ transfer: Step.Transfer, _ opcode: DeviceOpcode) -> [HostOperation] {
    let pages = hostPages(count: transfer.bytes.count, pageSize: transfer.pageSize)
    var operations: [HostOperation] = [.fillMemory(payload: transfer.bytes, pages: pages)]
    var offset = transfer.offset, given = 0, bytes = 0
    for (index, page) in pages.enumerated() {
      operations += registers(opcode, length: page.length, offset: offset)
      operations += [.write(DeviceMap.addressLow, size: 8, value: page.address), .start]
      offset &+= UInt32(page.length)
      (given, bytes) = (given + 1, bytes + page.length)
      guard given == system.driver.queueDepth || index == pages.count - 1 else { continue }
      operations.append(.awaitDMA(bytes: bytes, expectedError: transfer.expectedError))
      (given, bytes) = (0, 0)
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
