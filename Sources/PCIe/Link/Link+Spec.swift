import SimKernel

/// A link: both directions have the same width, rate, delays and buffers.
public struct LinkSpec: ComponentSpec {
  /// Transfers per second on each lane.
  public var rate: UInt64 = 8_000_000_000
  public var lanes: UInt64 = 8
  /// From the last symbol at the sender's pins to the packet at the receiver's data link layer: flight time, PHY and
  /// MAC.
  public var propagation: Picoseconds = .nanoseconds(100)
  /// Bytes on the wire around each TLP: start token with sequence number (4) and LCRC (4), Base Specification 3.6 and
  /// 4.2.2.
  public var framing: Int = 8
  /// Bytes on the wire of each DLLP: start token (2), content (4), CRC-16 (2); 0 for DLLPs that take no time (3.5,
  /// 4.2.2).
  public var dllpBytes: Int = 8
  /// From a TLP at the receiver to its Ack at the latest; 0 for the limit of 3.6.3.1.
  public var ackLatency: Picoseconds = 0
  /// From the end of a TLP, or the last progress, to its replay; 0 for three Ack limits, the way there and back, and four
  /// edges of the clock
  /// (3.6.2.1).
  public var replayTimeout: Picoseconds = 0
  /// From credits that are freed to their UpdateFC; 0 for the limit of 2.6.1.2, which is that of 3.6.3.1.
  public var creditLatency: Picoseconds = 0
  /// Between repetitions of an UpdateFC after one got lost (2.6.1.2).
  public var creditRefresh: Picoseconds = .microseconds(30)
  /// Between repetitions of the InitFC sequence (3.4.1).
  public var initInterval: Picoseconds = .microseconds(10)
  /// From power-up, or the end of a reset, to a link that carries symbols (LTSSM Detect to L0).
  public var trainingTime: Picoseconds = 0
  /// Of a retraining (LTSSM Recovery).
  public var recoveryTime: Picoseconds = .microseconds(5)
  /// TLPs without an Ack that the sender keeps.
  public var retryBuffer: Int = 256
  // What a receiver advertises: headers, and data in units of 16 bytes; 0 for infinite (2.6.1).
  public var postedHeaders: Int = 64
  public var postedData: Int = 1_024
  public var nonPostedHeaders: Int = 64
  public var nonPostedData: Int = 64
  public var completionHeaders: Int = 0
  public var completionData: Int = 0

  public init() {}

  public static let fields: [SpecField<LinkSpec>] = [
    .transferRates(
      "rate", \.rate, [2_500_000_000, 5_000_000_000, 8_000_000_000, 16_000_000_000, 32_000_000_000],
      "signalling rate of a lane"),
    .oneOf("lanes", \.lanes, [1, 2, 4, 8, 16], of: "lanes", "width of the link"),
    .duration("propagation", \.propagation, 0...10_000_000, "delay of one direction: flight time, PHY and MAC"),
    .size("framing", \.framing, 0...64, "bytes on the wire around each TLP"),
    .size("dllp_bytes", \.dllpBytes, 0...64, "bytes on the wire of each DLLP; 0: DLLPs take no time"),
    .duration(
      "ack_latency", \.ackLatency, 0...100_000_000, "TLP received to its Ack at the latest; 0ps: the limit of 3.6.3.1"),
    .duration(
      "replay_timeout", \.replayTimeout, 0...1_000_000_000,
      "TLP sent to its replay when no Ack comes; 0ps: three Ack limits, the way there and back, four clock edges"),
    .duration(
      "credit_latency", \.creditLatency, 0...100_000_000,
      "credits freed to their UpdateFC at the latest; 0ps: the limit of 3.6.3.1"),
    .duration(
      "credit_refresh", \.creditRefresh, 1_000_000...100_000_000, "between repetitions of an UpdateFC that got lost"),
    .duration("init_interval", \.initInterval, 1_000_000...100_000_000, "between repetitions of InitFC1 and InitFC2"),
    .duration("training_time", \.trainingTime, 0...1_000_000_000_000, "power-up or end of a reset to a trained link"),
    .duration("recovery_time", \.recoveryTime, 0...1_000_000_000_000, "of a retraining after replays in vain"),
    .count("retry_buffer", \.retryBuffer, of: "TLPs", 1...2_047, "TLPs without an Ack that the sender keeps"),
    .count("posted_headers", \.postedHeaders, of: "credits", 1...127, "posted requests that a receiver can hold"),
    .count(
      "posted_data", \.postedData, of: "credits of 16 bytes", 1...2_047,
      "their data; at least a payload of MPS is advertised"),
    .count(
      "nonposted_headers", \.nonPostedHeaders, of: "credits", 1...127, "non-posted requests that a receiver can hold"),
    .count("nonposted_data", \.nonPostedData, of: "credits of 16 bytes", 1...2_047, "their data"),
    .count(
      "completion_headers", \.completionHeaders, of: "credits", 0...127,
      "completions that a receiver can hold; 0: infinite, as endpoints have to advertise"),
    .count(
      "completion_data", \.completionData, of: "credits of 16 bytes", 0...2_047,
      "their data; 0: infinite; else at least a payload of MPS is advertised"),
  ]
}

extension LinkSpec {
  /// Line code: 8b/10b up to 5 GT/s, 128b/130b above (Base Specification 4.2.1, 4.2.2).
  public var coding: (data: UInt64, line: UInt64) { rate <= 5_000_000_000 ? (8, 10) : (128, 130) }

  /// Femtoseconds that a byte takes on all lanes together, rounded down: less than 10 ppm too fast at 32 GT/s x16.
  public var byteTime: UInt64 { 8_000_000_000_000_000 / (rate * lanes) * coding.line / coding.data }

  /// Ack latency limit: (Max_Payload_Size + TLP overhead) x AckFactor / width + internal delay, in symbol times (Base
  /// Specification 3.6.3.1). A symbol is eight bits of data on one lane.
  public func ackLimit(maxPayload: Int) -> Picoseconds {
    // In tenths; the tables of the specification show the sums, these are what they are made of.
    let factor: UInt64 =
      if maxPayload <= 256 { lanes <= 4 ? 14 : lanes == 8 ? 25 : 30 } else { lanes <= 8 ? 10 : 20 }
    let internalDelay: UInt64 = rate <= 2_500_000_000 ? 19 : rate <= 5_000_000_000 ? 70 : 115
    let tenths = UInt64(maxPayload + 28) * factor / lanes + 10 * internalDelay
    return tenths * byteTime * lanes / 10_000
  }

  /// Data credits, units of 16 bytes, that a receiver advertises; 0 for infinite. It has room for a whole payload (2.6.1).
  public func dataCredits(_ flowClass: FlowClass, maxPayload: Int) -> Int {
    switch flowClass {
    case .posted: max(postedData, maxPayload / 16)
    case .nonPosted: nonPostedData
    case .completion: completionData == 0 ? 0 : max(completionData, maxPayload / 16)
    }
  }

  /// Places of the port that is the receive buffer: the credits that are advertised, or what requesters may have
  /// outstanding where they are infinite.
  public func receiveCapacity(outstandingCompletions: Int) -> TLPPort.Capacity {
    TLPPort.Capacity(
      posted: postedHeaders, nonPosted: nonPostedHeaders,
      completion: completionHeaders == 0 ? max(256, outstandingCompletions) : completionHeaders)
  }
}
