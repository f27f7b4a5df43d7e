import SimKernel
import Transactions
import Waveform

/// Decides when a trace records, and keeps edges and transactions in the order of time.
struct TraceControl: ~Copyable {
  /// Behind a pointer, so that looking at it costs nothing at each edge.
  private struct State {
    var isRecording = false
    var hasBegun = false
    var isOver = false
    /// Where recording ended, when it is over.
    var endTime: Picoseconds = 0
    /// When recording may start or stop.
    var attention: Picoseconds = 0
    /// When the next transaction begins, and ends.
    var begins: UnsafePointer<Picoseconds>
    var ends: UnsafePointer<Picoseconds>
    var start: ResolvedTrigger?
    var stop: ResolvedTrigger?
    var lanes: TraceLanes?
  }

  private let state: UnsafeMutablePointer<State>
  private let from: Picoseconds
  private let to: Picoseconds
  private let feed: TransactionFeed?
  private let never: UnsafeMutablePointer<Picoseconds>

  /// - Throws: ``TraceError`` for a trigger that `simulation` does not have.
  init(_ simulation: Simulation, _ options: TraceOptions, feed: TransactionFeed?) throws {
    let start = try options.start?.resolve(in: simulation), stop = try options.stop?.resolve(in: simulation)
    self.feed = feed
    from = options.from
    to = options.to
    state = .allocate(capacity: 1)
    never = .allocate(capacity: 1)
    never.initialize(to: .max)
    state.initialize(
      to: State(begins: UnsafePointer(feed?.earliest ?? never), ends: UnsafePointer(never), start: start, stop: stop))
  }

  deinit {
    state.deinitialize(count: 1)
    state.deallocate()
    never.deallocate()
  }

  @inline(__always) var isRecording: Bool { state.pointee.isRecording }
  var hasBegun: Bool { state.pointee.hasBegun }

  /// The time from which on ``attend(_:_:_:_:)`` is to be called before an edge is recorded.
  @inline(__always) var attention: Picoseconds {
    min(state.pointee.attention, min(state.pointee.begins.pointee, state.pointee.ends.pointee))
  }

  /// Begins the file, when nothing has to happen before.
  func begin(_ lanes: TraceLanes, _ writer: some WaveformWriter) throws {
    state.pointee.lanes = lanes
    state.pointee.ends = UnsafePointer(lanes.earliest)
    if from == 0 && state.pointee.start == nil {
      try writer.start(at: 0)
      state.pointee.hasBegun = true
      state.pointee.isRecording = true
      lanes.resume(at: 0)
    }
    planAttention()
  }

  /// Brings transactions up to `time`, and starts and stops recording.
  @inline(never)
  func attend(_ clock: Int, _ time: Picoseconds, _ detector: borrowing ChangeDetector, _ writer: some WaveformWriter) {
    feed?.advance(to: time)
    state.pointee.lanes?.advance(to: time)
    if !state.pointee.isOver {
      if state.pointee.isRecording {
        considerStop(clock, time, detector, writer)
      } else {
        considerStart(clock, time, detector, writer)
      }
    }
    planAttention()
  }

  private func considerStart(
    _ clock: Int, _ time: Picoseconds, _ detector: borrowing ChangeDetector, _ writer: some WaveformWriter
  ) {
    if time > to { return end(at: state.pointee.hasBegun ? to : time) }
    guard time >= from, state.pointee.start?.fires() ?? true else { return }
    if state.pointee.hasBegun {
      writer.advance(to: time)
      writer.resume()
    } else {
      // Errors are remembered, and thrown in the end.
      try? writer.start(at: time)
      state.pointee.hasBegun = true
    }
    detector.reportAll(clock: clock, time: time, to: writer)
    state.pointee.isRecording = true
    state.pointee.lanes?.resume(at: time)
    // So that it does not fire at once when it holds already.
    _ = state.pointee.stop?.fires()
  }

  private func considerStop(
    _ clock: Int, _ time: Picoseconds, _ detector: borrowing ChangeDetector, _ writer: some WaveformWriter
  ) {
    if time > to { return end(at: to) }
    guard state.pointee.stop?.fires() ?? false else { return }
    detector.reportAll(clock: clock, time: time, to: writer)
    if state.pointee.start == nil { return end(at: time) }
    state.pointee.lanes?.suspend()
    state.pointee.isRecording = false
    writer.suspend()
  }

  private func end(at time: Picoseconds) {
    state.pointee.lanes?.suspend()
    state.pointee.isRecording = false
    state.pointee.isOver = true
    state.pointee.endTime = time
  }

  private func planAttention() {
    if state.pointee.isOver {
      state.pointee.attention = .max
    } else if !state.pointee.isRecording {
      state.pointee.attention = from
    } else if state.pointee.stop != nil {
      state.pointee.attention = 0
    } else {
      state.pointee.attention = to == .max ? .max : to + 1
    }
  }

  /// Finishes the file where it is, in the middle of an edge: what the simulation did at that edge may be missing.
  func abandon(because reason: String, _ writer: some WaveformWriter) throws {
    if state.pointee.hasBegun { try writer.close(at: writer.time, because: reason) }
  }

  /// Finishes the file, at `time` or where recording ended before.
  func close(at time: Picoseconds, because reason: String, _ writer: some WaveformWriter) throws {
    feed?.advance(to: time)
    state.pointee.lanes?.advance(to: time)
    if !state.pointee.hasBegun { try writer.start(at: time) }
    if state.pointee.isOver {
      try writer.close(at: state.pointee.endTime, because: "recording was to end here")
    } else {
      try writer.close(at: time, because: reason)
    }
  }
}
