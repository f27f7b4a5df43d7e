import SimKernel

/// The physical link: both directions have the same width, rate and delay.
public struct LinkSpec: ComponentSpec {
  /// Transfers per second on each lane.
  public var rate: UInt64 = 8_000_000_000
  public var lanes: UInt64 = 8
  /// From the last symbol at the sender's pins to the TLP at the receiver's user interface: flight time, PHY and MAC.
  public var propagation: Picoseconds = .nanoseconds(100)
  /// Bytes on the wire around each TLP: start token with sequence number (4) and LCRC (4), Base Specification 3.6 and 4.2.2.
  public var framing: Int = 8
  /// TLPs that the receiver can hold; a full receiver stops the sender.
  public var buffer: Int = 32

  public init() {}

  public static let fields: [SpecField<LinkSpec>] = [
    .transferRates(
      "rate", \.rate, [2_500_000_000, 5_000_000_000, 8_000_000_000, 16_000_000_000, 32_000_000_000],
      "signalling rate of a lane"),
    .oneOf("lanes", \.lanes, [1, 2, 4, 8, 16], of: "lanes", "width of the link"),
    .duration("propagation", \.propagation, 0...10_000_000, "delay of one direction: flight time, PHY and MAC"),
    .size("framing", \.framing, 0...64, "bytes on the wire around each TLP"),
    .count("buffer", \.buffer, of: "TLPs", 2...1024, "TLPs that the receiving end can hold"),
  ]
}
