import SimKernel

/// A PCI Express function: what it offers, and the cycles it takes.
public struct EndpointSpec: ComponentSpec {
  /// Maximum payload size that the host programs into Device Control.
  public var maxPayload: Int = 256
  /// Maximum read request size that the host programs into Device Control.
  public var maxReadRequest: Int = 512
  /// Bits of the tags that the function can use and the host enables: 5, 8 or 10 (Base Specification 2.2.6.2).
  public var tagBits: Int = 8
  /// BAR4 decodes 64-bit addresses.
  public var bar64 = false
  /// Attributes of memory requests, where Device Control allows them (2.2.6.3).
  public var relaxedOrdering = false
  public var noSnoop = false
  public var idOrdering = false
  /// The host enables generation and checking of ECRC (2.7.1, 7.8.4.7).
  public var ecrc = false
  /// After its link came up, or after a function-level reset, configuration requests are answered with CRS for so long
  /// (2.3.1).
  public var readyTime: Picoseconds = 0
  /// From a TLP at the receive interface to the request at the BAR decoder, or the data at the DMA engine.
  public var receiveCycles: Cycle = 2
  /// From a request or completion at the endpoint to the TLP at the link.
  public var transmitCycles: Cycle = 2

  public init() {}

  /// Places for all that `tags` reads may bring: completions of 64 bytes, and one more where a read begins between two
  /// boundaries (2.3.1.1). The endpoint keeps what no port could hold.
  /// - Parameter maxRequest: bytes of the largest read, where that is below MRRS
  public func completions(tags: Int, maxRequest: Int = .max) -> Int {
    min(TLPPort.Capacity.most, tags * (min(maxRequest, maxReadRequest) / 64 + 1) + Int(receiveCycles))
  }

  public static let fields: [SpecField<EndpointSpec>] = [
    .oneOf("max_payload", \.maxPayload, [128, 256, 512, 1024, 2048, 4096], of: "bytes", "MPS programmed by the host"),
    .oneOf(
      "max_read_request", \.maxReadRequest, [128, 256, 512, 1024, 2048, 4096], of: "bytes",
      "MRRS programmed by the host"),
    .oneOf("tag_bits", \.tagBits, [5, 8, 10], of: "bits", "tags that the function can use and the host enables"),
    .flag("bar64", \.bar64, "BAR4 is a 64-bit BAR"),
    .flag("relaxed_ordering", \.relaxedOrdering, "requests carry Relaxed Ordering"),
    .flag("no_snoop", \.noSnoop, "requests carry No Snoop"),
    .flag("id_ordering", \.idOrdering, "requests carry ID-based Ordering"),
    .flag("ecrc", \.ecrc, "the host enables ECRC, generation and check"),
    .duration(
      "ready_time", \.readyTime, 0...1_000_000_000_000,
      "link up, or function-level reset, to the first configuration request without CRS"),
    .count("receive_cycles", \.receiveCycles, of: "PCIe cycles", 1...64, "TLP received to request or data inside"),
    .count("transmit_cycles", \.transmitCycles, of: "PCIe cycles", 1...64, "request inside to TLP at the link"),
  ]
}
