import SimKernel

/// Whose read request goes next when several transfers have some.
public enum DMAArbitration: String, CaseIterable, Sendable {
  /// That of the oldest transfer, until all of its requests are sent.
  case inOrder = "in_order"
  /// One of each transfer in turn.
  case roundRobin = "round_robin"
}

/// The DMA engine.
public struct DMASpec: ComponentSpec {
  /// Read requests outstanding at a time.
  public var tags: Int = 32
  /// The longest read request in bytes; MRRS may allow less.
  public var maxRequest: Int = 4096
  /// The first request of a transfer is short, so that the later ones are aligned (Base Specification 2.2.7).
  public var alignRequests = true
  /// Transfers worked on at a time.
  public var channels: Int = 1
  /// Whose read request goes next.
  public var arbitration = DMAArbitration.inOrder
  /// From the command to the first request.
  public var startCycles: Cycle = 4
  /// Between two read requests, of whichever transfer.
  public var requestInterval: Cycle = 1
  /// From the first edge at which device RAM holds the last byte to the result at the command unit.
  public var finishCycles: Cycle = 2
  /// A request without all its data after this time has failed; devices should wait 10 ms (Base Specification 2.8).
  public var completionTimeout: Picoseconds = .milliseconds(10)

  public init() {}

  public static let fields: [SpecField<DMASpec>] = [
    .count("tags", \.tags, of: "tags", 1...1024, "read requests outstanding at a time, where the host allows as many"),
    .oneOf(
      "max_request", \.maxRequest, [64, 128, 256, 512, 1024, 2048, 4096], of: "bytes",
      "longest read request; never more than MRRS"),
    .flag(
      "align_requests", \.alignRequests,
      "a short first read request aligns the later ones; else each is as long as MRRS and 4 KiB allow"),
    .count("channels", \.channels, of: "transfers", 1...8, "worked on at a time"),
    .choice("arbitration", \.arbitration, "whose read request goes next when several transfers have some"),
    .count("start_cycles", \.startCycles, of: "PCIe cycles", 1...65_536, "command to first read request"),
    .count("request_interval", \.requestInterval, of: "PCIe cycles", 1...65_536, "between two read requests"),
    .count("finish_cycles", \.finishCycles, of: "PCIe cycles", 1...65_536, "last byte written to result"),
    .duration(
      "completion_timeout", \.completionTimeout, 1_000_000...100_000_000_000,
      "request to failure when data is missing"),
  ]
}
