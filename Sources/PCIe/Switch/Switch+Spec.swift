import SimKernel

/// Which port goes first when several have a packet for the same one.
public enum SwitchArbitration: String, CaseIterable, Sendable {
  /// In turn, packet by packet.
  case roundRobin = "round_robin"
  /// What comes from upstream, then the others in turn.
  case upstreamFirst = "upstream_first"
}

/// A packet switch (PCI Express Base Specification 1.3.3).
public struct SwitchSpec: ComponentSpec {
  /// From a TLP at the port where it comes in to the TLP at the port where it goes out: the latency of the TLP ports
  /// that leave the switch.
  public var forwardCycles: Cycle = 30
  /// TLPs that leave by one port in one cycle.
  public var tlpsPerCycle: Int = 4
  public var arbitration = SwitchArbitration.roundRobin
  /// TLPs of a class that wait for a link, beside those on their way through.
  public var egressBuffer: Int = 16

  public init() {}

  public static let fields: [SpecField<SwitchSpec>] = [
    .count("forward_cycles", \.forwardCycles, of: "PCIe cycles", 1...1000, "TLP in at one port to TLP out at another"),
    .count("tlps_per_cycle", \.tlpsPerCycle, of: "TLPs", 1...64, "TLPs that leave by one port in a cycle"),
    .choice("arbitration", \.arbitration, "who goes first when several ports have a TLP for the same one"),
    .count("egress_buffer", \.egressBuffer, of: "TLPs", 1...1024, "TLPs of a class that wait for a link at its port"),
  ]

  /// Places of the TLP ports that leave the switch: what waits, and what is on its way.
  public var egressCapacity: TLPPort.Capacity {
    TLPPort.Capacity(each: egressBuffer + Int(forwardCycles) * tlpsPerCycle)
  }
}
