import SimKernel

/// The DMA engine.
public struct DMASpec: ComponentSpec {
  /// Read requests outstanding at a time.
  public var tags: Int = 32
  /// From the command to the first request.
  public var startCycles: Cycle = 4
  /// Between two read requests.
  public var requestInterval: Cycle = 1
  /// From the first edge at which device RAM holds the last byte to the result at the command unit.
  public var finishCycles: Cycle = 2
  /// A request without all its data after this time has failed; devices should wait 10 ms (Base Specification 2.8).
  public var completionTimeout: Picoseconds = .milliseconds(10)

  public init() {}

  public static let fields: [SpecField<DMASpec>] = [
    .count("tags", \.tags, of: "tags", 1...64, "read requests outstanding at a time"),
    .count("start_cycles", \.startCycles, of: "PCIe cycles", 1...65_536, "command to first read request"),
    .count("request_interval", \.requestInterval, of: "PCIe cycles", 1...65_536, "between two read requests"),
    .count("finish_cycles", \.finishCycles, of: "PCIe cycles", 1...65_536, "last byte written to result"),
    .duration(
      "completion_timeout", \.completionTimeout, 1_000_000...100_000_000_000,
      "request to failure when data is missing"),
  ]
}
