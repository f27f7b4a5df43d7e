import SimKernel

/// How the driver learns that a command has ended.
public enum DriverCompletion: String, CaseIterable, Sendable {
  /// By reading CTRL or READY again and again, as the published driver does.
  case poll
  /// By the device's MSI; then it looks once.
  case interrupt
}

/// The driver's habits, after the Linux driver and its user library.
public struct DriverSpec: ComponentSpec {
  /// Data is pinned page by page; one DMA command a page.
  public var pageSize: Int = 4096
  /// Where the buffer begins in its first page.
  public var bufferOffset: Int = 0
  /// DMA commands that are given before the first is waited for.
  public var queueDepth: Int = 1
  public var completion = DriverCompletion.poll
  /// Between a poll that found nothing and the next one.
  public var pollInterval: Picoseconds = .nanoseconds(500)
  /// While a program runs the interval doubles after each so many polls, up to 16 times, as drivers that sleep between
  /// polls do; 0 for never. With 16 the host sees the end of a run later by less than an eighth of the run.
  public var pollBackoff: UInt32 = 16
  /// A transfer that is not done by then has failed (the Linux driver waits about 1.2 s).
  public var dmaTimeout: Picoseconds = .milliseconds(100)
  public var runTimeout: Picoseconds = .milliseconds(1_200)
  /// A peer's command that is not done by then has failed.
  public var peerTimeout: Picoseconds = .milliseconds(1_000)
  /// How long a secondary bus is held in reset (Base Specification 6.6.1: at least 1 ms).
  public var busResetTime: Picoseconds = .milliseconds(2)
  /// From the end of a reset to the first configuration request (6.6.1, 6.6.2: 100 ms).
  public var resetRecovery: Picoseconds = .milliseconds(100)

  public init() {}

  public static let fields: [SpecField<DriverSpec>] = [
    .oneOf(
      "page_size", \.pageSize, [4096, 8192, 16_384, 65_536, 262_144, 1_048_576, 4_194_304], of: "bytes",
      "bytes of one scatter-gather entry"),
    .size("buffer_offset", \.bufferOffset, 0...4095, "where the buffer begins in its first page"),
    .count(
      "queue_depth", \.queueDepth, of: "commands", 1...65,
      "DMA commands given before the first is waited for; at most commands.queue_depth and one more"),
    .choice("completion", \.completion, "how the driver learns of an end; interrupt needs commands.msi"),
    .duration("poll_interval", \.pollInterval, 0...10_000_000_000, "between a poll that found nothing and the next"),
    .count(
      "poll_backoff", \.pollBackoff, of: "polls", 0...65_536,
      "polls of a run after which the interval doubles, up to 16 times poll_interval; 0 for never"),
    .duration("dma_timeout", \.dmaTimeout, 1_000...1_000_000_000_000_000, "DMA command to giving up"),
    .duration("run_timeout", \.runTimeout, 1_000...1_000_000_000_000_000, "RUN command to giving up"),
    .duration("peer_timeout", \.peerTimeout, 1_000...1_000_000_000_000_000, "waiting for a peer to giving up"),
    .duration(
      "bus_reset_time", \.busResetTime, 1_000_000...1_000_000_000_000, "how long a bus is held in a hot reset"),
    .duration(
      "reset_recovery", \.resetRecovery, 1_000...1_000_000_000_000,
      "end of a reset to the first configuration request"),
  ]
}
