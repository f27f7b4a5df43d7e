import SimKernel

/// The driver's habits, after the Linux driver and its user library.
public struct DriverSpec: ComponentSpec {
  /// Data is pinned page by page; one DMA command a page.
  public var pageSize: Int = 4096
  /// Between a poll that found nothing and the next one.
  public var pollInterval: Picoseconds = .nanoseconds(500)
  /// A transfer that is not done by then has failed (the Linux driver waits about 1.2 s).
  public var dmaTimeout: Picoseconds = .milliseconds(100)
  public var runTimeout: Picoseconds = .milliseconds(1_200)

  /// Where the buffer begins in its first page.
  public var bufferOffset: Int = 0

  public init() {}

  public static let fields: [SpecField<DriverSpec>] = [
    .oneOf(
      "page_size", \.pageSize, [4096, 8192, 16_384, 65_536, 262_144, 1_048_576, 4_194_304], of: "bytes",
      "bytes of one scatter-gather entry"),
    .size("buffer_offset", \.bufferOffset, 0...4095, "where the buffer begins in its first page"),
    .duration("poll_interval", \.pollInterval, 0...10_000_000_000, "between a poll that found nothing and the next"),
    .duration("dma_timeout", \.dmaTimeout, 1_000...1_000_000_000_000_000, "DMA command to giving up"),
    .duration("run_timeout", \.runTimeout, 1_000...1_000_000_000_000_000, "RUN command to giving up"),
  ]
}
