import SimKernel

/// A peer endpoint that writes the p2pdma window, as a storage device does.
public struct PeerSpec: ComponentSpec {
  /// From the host's command to the first write.
  public var startCycles: Cycle = 16
  /// Between two writes; 1 sends one TLP each cycle that the link takes it.
  public var writeInterval: Cycle = 1

  public init() {}

  public static let fields: [SpecField<PeerSpec>] = [
    .count("start_cycles", \.startCycles, of: "PCIe cycles", 1...65_536, "host command to the peer's first write"),
    .count("write_interval", \.writeInterval, of: "PCIe cycles", 1...65_536, "between two write TLPs"),
  ]
}
