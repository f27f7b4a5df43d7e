import SimKernel

/// Brings what components tell into the order of time, and passes it on.
///
/// A component tells of what happens at the running edge; only a span may begin later than that, as a TLP does for which
/// the wire is not free yet. Such a span waits here until nothing can come before it.
public final class TransactionFeed {
  private var listeners: [any TransactionListener] = []
  /// In the order of their starts.
  private var pending: [Span] = [] {
    didSet { earliest.pointee = pending.first?.start ?? .max }
  }
  /// The start of the first span that waits, `.max` when none does: whoever needs to hear of it in time calls
  /// ``advance(to:)`` then. A pointer, so that looking at it at each edge costs nothing.
  public let earliest: UnsafeMutablePointer<Picoseconds>
  /// The edge that was told of last.
  private var now: Picoseconds = 0

  private struct Span {
    let lane: Int
    let start: Picoseconds
    let end: Picoseconds
    let name: String
    let details: [TransactionDetail]
  }

  public init() {
    earliest = .allocate(capacity: 1)
    earliest.initialize(to: .max)
  }

  deinit { earliest.deallocate() }

  /// Call before anything is told.
  public func add(_ listener: any TransactionListener) { listeners.append(listener) }

  public func begin(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail] = []) {
    advance(to: time)
    for listener in listeners { listener.begin(lane, at: time, name, details) }
  }

  public func end(_ lane: Int, at time: Picoseconds, _ details: [TransactionDetail] = []) {
    advance(to: time)
    for listener in listeners { listener.end(lane, at: time, details) }
  }

  public func moment(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail] = []) {
    advance(to: time)
    for listener in listeners { listener.moment(lane, at: time, name, details) }
  }

  public func count(_ counter: Int, at time: Picoseconds, _ value: UInt64) {
    advance(to: time)
    for listener in listeners { listener.count(counter, at: time, value) }
  }

  /// - Parameter now: the running edge; `start` is not before it
  public func span(
    _ lane: Int, from start: Picoseconds, to end: Picoseconds, _ name: String, _ details: [TransactionDetail],
    now: Picoseconds
  ) {
    precondition(start >= now && end >= start, "a span that begins before it is told, or ends before it begins")
    advance(to: now)
    insert(Span(lane: lane, start: start, end: end, name: name, details: details))
  }

  /// What was to begin on a lane does not happen: it becomes a span without length, whose name says `lost`.
  /// - Parameters:
  ///   - time: when, at or after `now`, nothing is under way on the lane any more
  ///   - now: the running edge
  public func withdraw(_ lane: Int, at time: Picoseconds, now: Picoseconds) {
    advance(to: now)
    let lost = pending.filter { $0.lane == lane }
    pending.removeAll { $0.lane == lane }
    for span in lost {
      insert(Span(lane: lane, start: time, end: time, name: span.name + " lost", details: span.details))
    }
  }

  /// Passes on what still waits. Call after the run.
  public func finish() {
    for span in pending { pass(span) }
    pending = []
  }

  private func insert(_ span: Span) {
    var place = pending.endIndex
    while place > 0, span.start < pending[place - 1].start { place -= 1 }
    pending.insert(span, at: place)
  }

  /// Passes on the spans that begin at or before `time`, the running edge.
  public func advance(to time: Picoseconds) {
    precondition(time >= now, "a component tells of what is past")
    now = time
    guard let first = pending.first, first.start <= time else { return }
    let due = pending.prefix { $0.start <= time }
    for span in due { pass(span) }
    pending.removeFirst(due.count)
  }

  private func pass(_ span: Span) {
    for listener in listeners { listener.span(span.lane, from: span.start, to: span.end, span.name, span.details) }
  }
}
