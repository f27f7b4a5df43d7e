import PCIe
import TestSupport
import Testing

/// Discovery and configuration of a hierarchy by a host, against configuration spaces without a simulator.
@Suite("7.3 Enumeration") struct EnumeratorTests {
  private func function(_ found: Enumerator, _ id: DeviceID) throws -> DiscoveredFunction {
    try #require(found.functions.first { $0.id == id })
  }

  private static func id(_ bus: UInt8, _ device: UInt8) -> DeviceID { DeviceID(bus: bus, device: device, function: 0) }

  @Test func oneDevice() throws {
    let hierarchy = FakeHierarchy([.device])
    let found = try hierarchy.enumerate()
    #expect(found.functions.map(\.id) == [Self.id(0, 1), Self.id(1, 0)])
    let device = try function(found, Self.id(1, 0))
    #expect(device.vendorID == 0x1de5 && device.deviceID == 0x3000 && device.classCode == 0xff0000)
    #expect(device.bars.map(\.index) == [4] && device.bars.map(\.range) == [0xe000_0000..<0xe100_0000])
    #expect(device.msiVector == 0x50 && device.parent == Self.id(0, 1) && device.depth == 1 && device.portType == 0)
    let config = try #require(hierarchy.node(device.id)?.endpoint)
    #expect(config.barBase(.init()) == 0xe000_0000 && config.busMasterEnabled && config.msiEnabled)
    #expect(config.msiAddress == 0xfee0_0000 && config.msiData == 0x50)
    let root = try #require(hierarchy.node(Self.id(0, 1))?.bridge)
    #expect(root.memoryBase == 0xe000 && root.memoryLimit == 0xe0f0 && root.command == 0x6)
    #expect(root.prefetchableBase > root.prefetchableLimit)
  }

  /// Depth first; the bus inside the switch has a number too (7.5.1.3.3).
  @Test func aSwitchWithAnEmptySlot() throws {
    let hierarchy = FakeHierarchy([.packetSwitch([.device, nil, .drive()]), .device])
    let found = try hierarchy.enumerate()
    #expect(
      found.functions.map(\.id) == [
        Self.id(0, 1), Self.id(1, 0), Self.id(2, 0), Self.id(3, 0), Self.id(2, 1), Self.id(2, 2), Self.id(5, 0),
        Self.id(0, 2), Self.id(6, 0),
      ])
    #expect(found.functions.map(\.buses) == [1...5, 2...5, 3...3, nil, 4...4, 5...5, nil, 6...6, nil])
    #expect(found.functions.map(\.depth) == [0, 1, 2, 3, 2, 2, 3, 0, 1])
    #expect(found.functions.compactMap(\.msiVector) == [0x50, 0x51, 0x52])
    #expect(try function(found, Self.id(5, 0)).bars.map(\.base) == [0x80_0000_0000])
    #expect(try function(found, Self.id(6, 0)).bars.map(\.base) == [0xe100_0000])
  }

  /// Bus numbers are open-ended while the search goes on below (as 7.5.1.3.4 needs it to be reached at all).
  @Test func subordinateIsOpenDuringTheSearch() throws {
    let hierarchy = FakeHierarchy([.packetSwitch([.device])])
    _ = try hierarchy.enumerate()
    let root = hierarchy.accesses.filter { $0.target == Self.id(0, 1) && $0.register == 6 }.compactMap(\.value)
    #expect(root == [0xff_0100, 0x3_0100])
  }

  /// Behind a link there is one device; inside a switch there may be 32.
  @Test func triesTheDevicesThatThereMayBe() throws {
    let hierarchy = FakeHierarchy([.packetSwitch([.device])])
    _ = try hierarchy.enumerate()
    let tried = Set(hierarchy.accesses.map(\.target))
    #expect(tried.filter { $0.bus == 1 }.count == 1 && tried.filter { $0.bus == 3 }.count == 1)
    #expect(tried.filter { $0.bus == 2 }.count == 32)
  }

  /// The scenario says where the device's BAR is, whatever was found before it.
  @Test(arguments: [false, true]) func theLeadingFunctionComesFirst(is64Bit: Bool) throws {
    var peer = ConfigSpace.Identity(), device = peer
    peer.deviceID = 0x3001
    peer.bar?.is64Bit = is64Bit
    device.bar?.is64Bit = is64Bit
    let hierarchy = FakeHierarchy([
      .endpoint(peer), .packetSwitch([.endpoint(peer), .packetSwitch([.drive(), .endpoint(device)])]),
    ])
    let found = try hierarchy.enumerate { $0.leading = .init(vendorID: 0x1de5, deviceID: 0x3000) }
    let lead = try #require(found.functions.first { $0.deviceID == 0x3000 })
    #expect(lead.depth > 2 && lead.bars.map(\.base) == [is64Bit ? 0x80_0000_0000 : 0xe000_0000])
    let peers = found.functions.filter { $0.deviceID == 0x3001 }
    #expect(peers.count == 2 && peers.allSatisfy { $0.bars[0].base > lead.bars[0].base })
  }

  /// Whole MiB belong to a window: what is beside the bridge comes behind them (7.5.1.3.8).
  @Test func anEndpointBesideABridge() throws {
    let hierarchy = FakeHierarchy([.packetSwitch([.drive(barLog2: 16)])])
    var beside = ConfigSpace.Identity()
    beside.bar = .init(index: 0, sizeLog2: 16, is64Bit: true)
    hierarchy.roots[1]?.children[0]?.children[5] = FakeHierarchy.Node(beside)
    let found = try hierarchy.enumerate()
    #expect(try function(found, Self.id(3, 0)).bars.map(\.base) == [0x80_0000_0000])
    #expect(try function(found, Self.id(2, 5)).bars.map(\.base) == [0x80_0010_0000])
    #expect(hierarchy.claimants(0x80_0010_0000).count == 1)
  }

  /// MPS is what everybody can do and the host wants; MRRS and tags are the host's choice (7.5.3.4, 2.2.6.2).
  @Test(arguments: [(256, 8, UInt16(0x513f)), (4096, 8, 0x515f), (128, 10, 0x511f), (256, 5, 0x503f)])
  func deviceControl(maxPayload: Int, tagBits: Int, expected: UInt16) throws {
    var large = ConfigSpace.Identity()
    (large.maxPayloadSupported, large.tenBitTagsSupported) = (4096, true)
    let hierarchy = FakeHierarchy([.packetSwitch([.endpoint(large)])])
    _ = try hierarchy.enumerate {
      ($0.maxPayload, $0.maxReadRequest, $0.tagBits) = (maxPayload, 4096, tagBits)
    }
    let config = try #require(hierarchy.nodes.compactMap(\.endpoint).first)
    #expect(config.deviceControl == expected && config.tagBits == tagBits)
    for bridge in hierarchy.nodes.compactMap(\.bridge) { #expect(bridge.maxPayloadSize == config.maxPayloadSize) }
  }

  /// A peer that cannot answer requests with 10-bit tags may be asked by everybody (2.2.6.2).
  @Test func tenBitTagsNeedEveryCompleter() throws {
    var wide = ConfigSpace.Identity()
    wide.tenBitTagsSupported = true
    let hierarchy = FakeHierarchy([.endpoint(wide), .drive()])
    _ = try hierarchy.enumerate { $0.tagBits = 10 }
    #expect(hierarchy.nodes.compactMap(\.endpoint).map(\.tagBits) == [8, 8])
  }

  /// Link Control of an endpoint tells it the RCB of its root port (7.5.3.7).
  @Test(arguments: [64, 128]) func readCompletionBoundaryIsTheRootPorts(_ bytes: Int) throws {
    var root = BridgeConfigSpace.Identity(.rootPort, deviceID: 0x3100)
    root.readCompletionBoundary = bytes
    let hierarchy = FakeHierarchy([.packetSwitch([.device])], root: root)
    _ = try hierarchy.enumerate()
    #expect(hierarchy.nodes.compactMap(\.endpoint).map(\.readCompletionBoundary) == [bytes])
  }

  /// Looking for absent functions leaves errors behind in bridges; the host clears them (7.5.3.5, 7.8.4).
  @Test func errorsOfTheSearchAreCleared() throws {
    let hierarchy = FakeHierarchy([.packetSwitch([.device])])
    for node in hierarchy.nodes { _ = node.bridge?.record(.unsupportedRequest, header: nil, advisory: true) }
    _ = try hierarchy.enumerate()
    for bridge in hierarchy.nodes.compactMap(\.bridge) {
      #expect(bridge.deviceStatus == 0 && bridge.errors.correctableStatus == 0)
      #expect(bridge.deviceControl & 0xf == 0xf && bridge.bridgeControl == 0x2)
    }
  }

  @Test(arguments: [false, true]) func accessControl(_ redirects: Bool) throws {
    let hierarchy = FakeHierarchy([.packetSwitch([.device])])
    _ = try hierarchy.enumerate { $0.redirectsPeers = redirects }
    #expect(hierarchy.nodes.compactMap(\.bridge).map(\.redirectsRequests) == [redirects, false, redirects])
  }

  @Test func nothingWithoutRootPorts() throws {
    #expect(try FakeHierarchy([]).enumerate().functions.isEmpty)
  }
}

/// What an enumeration must hold to, whatever is plugged in.
@Suite struct EnumeratorPropertyTests {
  @Test(arguments: 1...150) func anyTopology(_ seed: UInt64) throws {
    var random = SeededRandom(state: seed)
    let slots = (0..<1 + random.below(4)).map { _ in randomTopology(&random, depth: 3) }
    let hierarchy = FakeHierarchy(slots)
    let found = try hierarchy.enumerate()
    #expect(found.functions.count == hierarchy.nodes.count)
    checkBuses(found, hierarchy)
    checkAddresses(found, hierarchy)
    for node in hierarchy.nodes {
      #expect(node.endpoint?.command ?? node.bridge?.command == 0x6)
      #expect(node.endpoint?.maxPayloadSize ?? node.bridge?.maxPayloadSize == 256)
    }
  }

  /// Every function is reached at its ID; buses below a bridge are the range that it routes, and nobody else's.
  private func checkBuses(_ found: Enumerator, _ hierarchy: FakeHierarchy) {
    var secondary: Set<UInt8> = []
    for function in found.functions {
      let node = hierarchy.node(function.id)
      #expect(node?.read(0) == UInt32(function.deviceID) << 16 | UInt32(function.vendorID))
      guard let bridge = node?.bridge else { continue }
      #expect(bridge.primaryBus == function.id.bus && function.buses == bridge.secondaryBus...bridge.subordinateBus)
      #expect(secondary.insert(bridge.secondaryBus).inserted)
      let below = node?.all.compactMap(\.bridge?.secondaryBus) ?? []
      #expect(below.max() == bridge.subordinateBus && below.min() == bridge.secondaryBus)
    }
  }

  /// Every BAR is aligned, in its aperture, reached from the root at its first and last byte, and alone there.
  private func checkAddresses(_ found: Enumerator, _ hierarchy: FakeHierarchy) {
    let parameters = found.parameters
    for function in found.functions {
      for bar in function.bars {
        let wide = bar.is64Bit && bar.isPrefetchable
        let aperture = wide ? parameters.prefetchableAperture : parameters.memoryAperture
        #expect(bar.base % bar.size == 0 && aperture.contains(bar.base) && aperture.contains(bar.range.upperBound - 1))
        let node = hierarchy.node(function.id)
        for address in [bar.base, bar.range.upperBound - 1] {
          #expect(
            hierarchy.claimants(address).map(ObjectIdentifier.init)
              == [node].compactMap { $0 }.map(ObjectIdentifier.init))
        }
      }
    }
    // At most one bridge of a bus lets any address of a window through.
    for function in found.functions {
      for window in [function.memoryWindow, function.prefetchableWindow].compactMap({ $0 }) {
        let claims = found.functions.filter {
          $0.parent == function.parent
            && hierarchy.node($0.id)?.bridge.map { $0.claims(window.lowerBound) || $0.claims(window.upperBound - 1) }
              == true
        }
        #expect(claims.map(\.id) == [function.id])
      }
    }
  }
}

@Suite struct EnumeratorErrorTests {
  @Test func aRootPortMustAnswer() {
    let hierarchy = FakeHierarchy([.device])
    let absent = DeviceID(bus: 0, device: 9, function: 0)
    #expect(throws: EnumerationError.noAnswer(absent, register: 0)) {
      try hierarchy.enumerate { $0.rootPorts.append(absent) }
    }
  }

  /// A function that goes away at any point of the search is an error, and not a trap.
  @Test func aFunctionMayStopAnswering() throws {
    let whole = FakeHierarchy([.packetSwitch([.device])])
    _ = try whole.enumerate()
    let device = DeviceID(bus: 3, device: 0, function: 0)
    let count = whole.accesses.count { $0.target == device }
    #expect(count > 30)
    for patience in 1..<count {
      let hierarchy = FakeHierarchy([.packetSwitch([.device])])
      hierarchy.nodes.first { $0.endpoint != nil }?.patience = patience
      let error = #expect(throws: EnumerationError.self) { try hierarchy.enumerate() }
      guard case .noAnswer(device, _) = error else {
        Issue.record("\(String(describing: error)) after \(patience) accesses")
        return
      }
    }
  }

  @Test func busNumbersRunOut() {
    let hierarchy = FakeHierarchy([.packetSwitch([.device, nil, nil])])
    let port = DeviceID(bus: 2, device: 2, function: 0)
    #expect(throws: EnumerationError.tooManyBuses(port, highest: 4)) {
      try hierarchy.enumerate { $0.highestBus = 4 }
    }
    #expect(throws: Never.self) { try FakeHierarchy([.packetSwitch([.device, nil])]).enumerate { $0.highestBus = 4 } }
  }

  /// Exactly as much room as is needed is enough; a byte less is not, since windows are whole MiB.
  @Test func addressesRunOut() {
    let slots: [Plugged?] = [.device, .device]
    let enough: Range<UInt64> = 0xe000_0000..<0xe200_0000
    #expect(throws: Never.self) { try FakeHierarchy(slots).enumerate { $0.memoryAperture = enough } }
    let error = #expect(throws: EnumerationError.self) {
      try FakeHierarchy(slots).enumerate { $0.memoryAperture = enough.lowerBound..<enough.upperBound - 1 }
    }
    #expect(
      error?.description == "02:00.0: BAR4 of 0x1000000 bytes does not fit, expected room in 0xe0000000..<0xe1f00000")
  }

  /// No aperture, however placed, traps.
  @Test(arguments: [0..<0, 0..<1, UInt64.max - 1..<UInt64.max, 1 << 32..<1 << 33, 0xffff_ffff..<0x1_0000_0001])
  func uselessApertures(_ aperture: Range<UInt64>) {
    #expect(throws: EnumerationError.self) {
      try FakeHierarchy([.device, .drive()]).enumerate {
        ($0.memoryAperture, $0.prefetchableAperture) = (aperture, aperture)
      }
    }
    #expect(throws: EnumerationError.self) {
      try FakeHierarchy([.drive(barLog2: 62), .drive(barLog2: 62), .drive(barLog2: 62), .drive(barLog2: 62)])
        .enumerate { $0.prefetchableAperture = 0..<UInt64.max }
    }
  }

  @Test func vectorsRunOut() {
    let hierarchy = FakeHierarchy([.device, .device])
    #expect(throws: EnumerationError.vectorsExhausted(DeviceID(bus: 2, device: 0, function: 0))) {
      try hierarchy.enumerate { $0.firstVector = 255 }
    }
  }

  /// Whatever a host reads, it comes to an end.
  @Test(arguments: 1...50) func noiseEnds(_ seed: UInt64) {
    var random = SeededRandom(state: seed)
    var enumerator = Enumerator(
      .init(
        rootPorts: [DeviceID(bus: 0, device: 1, function: 0)], memoryAperture: 0xe000_0000..<0xf000_0000,
        prefetchableAperture: 0..<UInt64.max))
    var accesses = 0
    do {
      while enumerator.next() != nil {
        try enumerator.receive(
          UInt32(truncatingIfNeeded: random.next()), random.below(50) == 0 ? .unsupportedRequest : .successful)
        accesses += 1
        if accesses > 5_000_000 { break }
      }
    } catch {}
    #expect(accesses <= 5_000_000)
  }
}
