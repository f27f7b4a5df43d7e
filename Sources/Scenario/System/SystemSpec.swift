import Device
import PCIe
import SimKernel

/// Clock frequencies, and the price of crossing between them.
public struct ClockSpec: ComponentSpec {
  /// Hertz; the user clock of the PCIe core.
  public var pcie: UInt64 = 250_000_000
  /// Hertz; the clock of the execution core.
  public var core: UInt64 = 200_000_000
  /// Edges of the listening side that a crossing costs.
  public var synchroniser: Cycle = 2

  public init() {}

  public static let fields: [SpecField<ClockSpec>] = [
    .frequency("pcie", \.pcie, 1_000_000...10_000_000_000, "user clock of the PCIe core"),
    .frequency("core", \.core, 1_000_000...10_000_000_000, "clock of the execution core"),
    .count("synchroniser", \.synchroniser, of: "edges of the listening side", 1...8, "delay of a clock crossing"),
  ]
}

/// Everything that shapes a system, part by part as scenarios name the parts.
public struct SystemSpec: Equatable, Sendable {
  public var seed: UInt64 = 1
  // "device"
  public var clocks = ClockSpec()
  public var link = LinkSpec()
  public var endpoint = EndpointSpec()
  public var decoder = BARDecoderSpec()
  public var commands = CommandUnitSpec()
  public var dma = DMASpec()
  public var memory = MemorySpec()
  public var core = CoreSpec()
  public var helpers = HelperSpec.standard
  // beside "device"
  public var host = HostSpec()
  public var driver = DriverSpec()
  public var peer = PeerSpec()

  public init() {}
}
