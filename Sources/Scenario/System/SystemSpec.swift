import Device
import PCIe
import SimKernel

/// Clock frequencies, and the price of crossing between them.
public struct ClockSpec: ComponentSpec {
  /// Hertz; the user clock of the PCIe cores, one for the whole hierarchy.
  public var pcie: UInt64 = 250_000_000
  /// Hertz; the clock of the execution core.
  public var core: UInt64 = 200_000_000
  /// Edges of the listening side that a crossing costs.
  public var synchroniser: Cycle = 2

  public init() {}

  public static let fields: [SpecField<ClockSpec>] = [
    .frequency("pcie", \.pcie, 1_000_000...10_000_000_000, "user clock of the PCIe cores"),
    .frequency("core", \.core, 1_000_000...10_000_000_000, "clock of the execution core"),
    .count("synchroniser", \.synchroniser, of: "edges of the listening side", 1...8, "delay of a clock crossing"),
  ]
}

/// Everything that shapes one 1de5:3000, part by part as scenarios name the parts.
public struct DeviceNode: Equatable, Sendable {
  public var name = "device"
  public var clocks = ClockSpec()
  public var link = LinkSpec()
  public var endpoint = EndpointSpec()
  public var decoder = BARDecoderSpec()
  public var commands = CommandUnitSpec()
  public var dma = DMASpec()
  public var memory = MemorySpec()
  public var core = CoreSpec()
  public var helpers = HelperSpec.standard

  public init() {}
}

/// A peer and its link.
public struct PeerNode: Equatable, Sendable {
  public var name = "peer"
  public var link = LinkSpec()
  public var endpoint = EndpointSpec()
  public var engine = PeerSpec()

  public init() {}
}

/// A switch, its link upstream, and what is below it.
public struct SwitchNode: Equatable, Sendable {
  public var name = "switch"
  public var link = LinkSpec()
  public var spec = SwitchSpec()
  public var ports: [TopologyNode] = []

  public init() {}
}

/// What is at the lower end of a link.
public enum TopologyNode: Equatable, Sendable {
  /// A device or peer, by name.
  case endpoint(String)
  case bridge(SwitchNode)

  /// The endpoints at or below this node, in the order of ports.
  public var endpoints: [String] {
    switch self {
    case .endpoint(let name): [name]
    case .bridge(let node): node.ports.flatMap(\.endpoints)
    }
  }

  /// The names of the links at and below this node, in the order in which they are built.
  var links: [String] {
    switch self {
    case .endpoint(let name): [name]
    case .bridge(let node): [node.name] + node.ports.flatMap(\.links)
    }
  }

  /// The switches at or below this node.
  var switches: [SwitchNode] {
    switch self {
    case .endpoint: []
    case .bridge(let node): [node] + node.ports.flatMap(\.switches)
    }
  }
}

/// Everything that shapes a system.
public struct SystemSpec: Equatable, Sendable {
  public var seed: UInt64 = 1
  /// "device" and, behind it, "devices"; at least one.
  public var devices: [DeviceNode] = [DeviceNode()]
  public var peers: [PeerNode] = [PeerNode()]
  /// What is below each root port, in their order.
  public var topology: [TopologyNode] = [.endpoint("device"), .endpoint("peer")]
  public var host = HostSpec()
  public var driver = DriverSpec()

  public init() {}

  /// The first device, the one that steps mean when they name none.
  public var device: DeviceNode {
    get { devices[0] }
    set { devices[0] = newValue }
  }

  /// All links, in no order.
  var links: [LinkSpec] {
    devices.map(\.link) + peers.map(\.link) + topology.flatMap(\.switches).map(\.link)
  }

  /// Completions that may be outstanding in the whole hierarchy: what a receive buffer with infinite credits has to hold.
  var outstandingCompletions: Int {
    let all =
      devices.reduce(0) { $0 + $1.endpoint.completions(tags: $1.dma.tags) }
      + peers.reduce(0) { $0 + $1.endpoint.completions(tags: $1.engine.tags) }
    return min(TLPPort.Capacity.most, all)
  }
}
