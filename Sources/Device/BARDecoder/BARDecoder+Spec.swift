import SimKernel

/// The address decoder behind BAR4.
public struct BARDecoderSpec: ComponentSpec {
  /// From a request at the decoder to the access at its target.
  public var decodeCycles: Cycle = 1

  public init() {}

  public static let fields: [SpecField<BARDecoderSpec>] = [
    .count("decode_cycles", \.decodeCycles, of: "PCIe cycles", 1...64, "request at the decoder to access at the target")
  ]
}
