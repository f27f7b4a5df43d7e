import SimKernel

/// Averages what one direction of a link carries over windows of simulated time.
struct BandwidthMeter {
  /// Picoseconds: one microsecond, so that the bits of a window are its rate in Mb/s.
  static let window: Picoseconds = 1_000_000

  /// The window that is being filled, and its bits so far.
  private var index: UInt64 = 0
  private var bits: UInt64 = 0
  /// What was told last, so that a rate is told once.
  private var rate: UInt64 = 0

  /// Adds a packet; packets come in the order of time and do not overlap.
  /// - Parameter tell: hears of each window in which the rate is another one than before: its start, and Mb/s
  mutating func add(from start: Picoseconds, to end: Picoseconds, bytes: UInt64, _ tell: (Picoseconds, UInt64) -> Void)
  {
    close(before: start / Self.window, tell)
    let all = 8 * bytes, length = max(1, end - start)
    var counted: UInt64 = 0
    while (index + 1) * Self.window < end {
      let until = all * ((index + 1) * Self.window - start) / length
      bits += until - counted
      counted = until
      close(before: index + 1, tell)
    }
    bits += all - counted
  }

  /// Tells what is left when nothing comes before `time` any more; the last window counts as a whole one.
  mutating func finish(at time: Picoseconds, _ tell: (Picoseconds, UInt64) -> Void) {
    close(before: max(index, time / Self.window) + 1, tell)
  }

  private mutating func close(before next: UInt64, _ tell: (Picoseconds, UInt64) -> Void) {
    guard index < next else { return }
    if bits != rate { tell(index * Self.window, bits) }
    // The windows between are empty.
    if bits != 0 && index + 1 < next { tell((index + 1) * Self.window, 0) }
    rate = index + 1 < next ? 0 : bits
    bits = 0
    index = next
  }
}
