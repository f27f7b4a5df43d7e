import SimKernel

/// The PCI Express function: what it offers, and the cycles it takes.
public struct EndpointSpec: ComponentSpec {
  /// Maximum payload size that the host programs into Device Control.
  public var maxPayload: Int = 256
  /// Maximum read request size that the host programs into Device Control.
  public var maxReadRequest: Int = 512
  /// BAR4 decodes 64-bit addresses.
  public var bar64 = false
  /// From a TLP at the receive interface to the request at the BAR decoder, or the data at the DMA engine.
  public var receiveCycles: Cycle = 2
  /// From a request or completion at the endpoint to the TLP at the link.
  public var transmitCycles: Cycle = 2

  public init() {}

  public static let fields: [SpecField<EndpointSpec>] = [
    .oneOf("max_payload", \.maxPayload, [128, 256, 512, 1024, 2048, 4096], of: "bytes", "MPS programmed by the host"),
    .oneOf(
      "max_read_request", \.maxReadRequest, [128, 256, 512, 1024, 2048, 4096], of: "bytes",
      "MRRS programmed by the host"),
    .flag("bar64", \.bar64, "BAR4 is a 64-bit BAR"),
    .count("receive_cycles", \.receiveCycles, of: "PCIe cycles", 1...64, "TLP received to request or data inside"),
    .count("transmit_cycles", \.transmitCycles, of: "PCIe cycles", 1...64, "request inside to TLP at the link"),
  ]
}
