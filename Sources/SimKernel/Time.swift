/// A point in, or a length of, simulated time: an integer number of picoseconds.
///
/// 64 bits last 213 days, so arithmetic on times never wraps in practice.
public typealias Picoseconds = UInt64

/// The number of a clock edge in its own domain; edge `n` happens at `n * period`.
public typealias Cycle = UInt64

/// What a component asks of the scheduler at the end of a tick.
///
/// A component may answer anything but `.next` only when another tick, with no new input, would change nothing: sleeping must
/// never be visible in a timestamped trace.
public struct Wake: Equatable, Sendable {
  @usableFromInline let cycle: Cycle

  @inlinable init(cycle: Cycle) { self.cycle = cycle }

  /// Tick again at the next edge.
  @inlinable public static var next: Wake { Wake(cycle: 0) }

  /// Sleep until a message becomes visible on an input, or room appears on an output that was found full.
  @inlinable public static var onInput: Wake { Wake(cycle: .max) }

  /// Sleep until the given edge of the component's own domain, or an input, whichever is first.
  @inlinable public static func at(_ cycle: Cycle) -> Wake { Wake(cycle: cycle) }
}

extension Picoseconds {
  public static func nanoseconds(_ n: UInt64) -> Picoseconds { n * 1_000 }
  public static func microseconds(_ n: UInt64) -> Picoseconds { n * 1_000_000 }
  public static func milliseconds(_ n: UInt64) -> Picoseconds { n * 1_000_000_000 }
}
