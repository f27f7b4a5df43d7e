import PCIe
import TestSupport

/// What is plugged in somewhere.
indirect enum Plugged {
  case endpoint(ConfigSpace.Identity)
  /// A switch, by its downstream ports; nil is an empty slot.
  case packetSwitch([Plugged?])

  /// The eBPF device.
  static var device: Plugged { .endpoint(.init()) }

  /// A drive with a 64-bit BAR0.
  static func drive(barLog2: Int = 16) -> Plugged {
    var identity = ConfigSpace.Identity()
    (identity.vendorID, identity.deviceID, identity.classCode) = (0x144d, 0xa80a, 0x010802)
    identity.bar = .init(index: 0, sizeLog2: barLog2, is64Bit: true)
    return .endpoint(identity)
  }
}

/// A hierarchy of configuration spaces and nothing else, with a router for configuration requests.
final class FakeHierarchy {
  /// A function and what is on the bus below it, by device number.
  final class Node {
    var endpoint: ConfigSpace?
    var bridge: BridgeConfigSpace?
    let endpointIdentity: ConfigSpace.Identity
    let bridgeIdentity: BridgeConfigSpace.Identity
    var children: [UInt8: Node] = [:]
    /// Accesses after which it answers no more.
    var patience = Int.max

    init(_ identity: ConfigSpace.Identity) {
      endpointIdentity = identity
      bridgeIdentity = .init(.downstream, deviceID: 0)
      endpoint = ConfigSpace(identity: identity)
    }

    init(_ identity: BridgeConfigSpace.Identity, _ children: [UInt8: Node]) {
      endpointIdentity = .init()
      bridgeIdentity = identity
      bridge = BridgeConfigSpace(identity: identity)
      self.children = children
    }

    func read(_ register: Int) -> UInt32 {
      endpoint?.read(register: register, identity: endpointIdentity)
        ?? bridge?.read(register: register, identity: bridgeIdentity) ?? 0
    }

    func write(_ access: ConfigAccess, _ value: UInt32) {
      let register = Int(access.register)
      endpoint?.write(register: register, value: value, byteEnable: access.byteEnable, identity: endpointIdentity)
      bridge?.write(register: register, value: value, byteEnable: access.byteEnable, identity: bridgeIdentity)
    }

    /// This node and all below.
    var all: [Node] { [self] + children.sorted { $0.key < $1.key }.flatMap(\.value.all) }
  }

  /// By device number on bus 0.
  let roots: [UInt8: Node]
  private(set) var accesses: [ConfigAccess] = []

  /// - Parameter slots: what is in the slot of each root port, which are 00:01.0, 00:02.0 …
  init(_ slots: [Plugged?], root: BridgeConfigSpace.Identity = .init(.rootPort, deviceID: 0x3100)) {
    var roots: [UInt8: Node] = [:]
    for (index, slot) in slots.enumerated() {
      roots[UInt8(index + 1)] = Node(root, slot.map { [0: Self.build($0)] } ?? [:])
    }
    self.roots = roots
  }

  var rootPorts: [DeviceID] { roots.keys.sorted().map { DeviceID(bus: 0, device: $0, function: 0) } }
  var nodes: [Node] { roots.sorted { $0.key < $1.key }.flatMap(\.value.all) }

  private static func build(_ plugged: Plugged) -> Node {
    switch plugged {
    case .endpoint(let identity): return Node(identity)
    case .packetSwitch(let slots):
      var ports: [UInt8: Node] = [:]
      for (index, slot) in slots.enumerated() {
        ports[UInt8(index)] = Node(
          .init(.downstream, deviceID: 0x3102), slot.map { [0: build($0)] } ?? [:])
      }
      return Node(.init(.upstream, deviceID: 0x3101), ports)
    }
  }

  /// The function that a configuration request reaches, by the bus numbers as they are.
  func node(_ id: DeviceID) -> Node? {
    guard id.function == 0 else { return nil }
    if id.bus == 0 { return roots[id.device] }
    var level = Array(roots.values)
    while let next = level.first(where: { $0.bridge?.routes(id.bus) == true }) {
      if next.bridge?.secondaryBus == id.bus { return next.children[id.device] }
      level = Array(next.children.values)
    }
    return nil
  }

  /// The endpoints that a memory request from the root reaches, by windows and BARs.
  func claimants(_ address: UInt64) -> [Node] {
    func search(_ node: Node) -> [Node] {
      if let endpoint = node.endpoint { return endpoint.claims(address, node.endpointIdentity) ? [node] : [] }
      guard node.bridge?.claims(address) == true else { return [] }
      return node.children.values.flatMap(search)
    }
    return roots.values.flatMap(search)
  }

  /// Answers as a root complex does: what nobody takes is UR.
  func answer(_ access: ConfigAccess) -> (UInt32, CompletionStatus) {
    accesses.append(access)
    guard let node = node(access.target), node.patience > 0 else { return (.max, .unsupportedRequest) }
    node.patience -= 1
    guard let value = access.value else { return (node.read(Int(access.register)), .successful) }
    node.write(access, value)
    return (0, .successful)
  }

  /// Runs an enumeration to its end.
  func enumerate(
    _ adjust: (inout Enumerator.Parameters) -> Void = { _ in }
  ) throws(EnumerationError) -> Enumerator {
    var parameters = Enumerator.Parameters(
      rootPorts: rootPorts, memoryAperture: 0xe000_0000..<0xfec0_0000,
      prefetchableAperture: 0x80_0000_0000..<0x100_0000_0000)
    adjust(&parameters)
    var enumerator = Enumerator(parameters)
    while let access = enumerator.next() {
      let (value, status) = answer(access)
      try enumerator.receive(value, status)
    }
    return enumerator
  }
}

/// A hierarchy of any shape, at most `depth` switches deep.
func randomTopology(_ random: inout SeededRandom, depth: Int) -> Plugged? {
  switch random.below(depth > 0 ? 6 : 4) {
  case 0: return nil
  case 1:
    var identity = ConfigSpace.Identity()
    identity.bar?.is64Bit = random.below(2) == 0
    return .endpoint(identity)
  case 2: return .drive(barLog2: 12 + random.below(24))
  case 3:
    var identity = ConfigSpace.Identity()
    identity.bar = nil
    return .endpoint(identity)
  default: return .packetSwitch((0..<1 + random.below(8)).map { _ in randomTopology(&random, depth: depth - 1) })
  }
}
