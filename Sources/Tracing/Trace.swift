import SimKernel
import Transactions
import Waveform

/// A waveform of a simulation, in the format that the file's ending names.
///
/// Scopes follow the component tree. Beside them stand `clock`, with the edges at which something happened, `transactions`,
/// with a lane of text for each kind of them, and `trace`, which says why the trace ends.
public final class Trace {
  /// Give it to `Simulation.observer`.
  public let observer: EdgeObserver
  private let tracer: any Tracer

  static let clockScope = "clock"
  static let laneScope = "transactions"
  static let endSignal = "trace.end"

  /// Opens `path` and declares the signals of `simulation`, whose components must all be added.
  /// - Parameters:
  ///   - readings: texts to show beside signals
  ///   - transactions: the lanes, and the feed that tells of what happens on them; the trace listens to it
  /// - Throws: `WaveformError` when the file cannot be written; ``TraceError`` for options that fit neither the
  ///   simulation nor the format.
  public init(
    _ simulation: Simulation, path: String, options: TraceOptions = TraceOptions(), readings: [TraceReading] = [],
    transactions: (map: TransactionMap, feed: TransactionFeed)? = nil
  ) throws {
    guard let format = WaveformFormat(path: path) else {
      throw TraceError("cannot write trace '\(path)': expected a file name that ends in .fst or .vcd")
    }
    let lanes = transactions?.map.lanes ?? []
    let selection = try TraceSelection(
      options, simulation, readings: readings, others: lanes.map { "\(TraceLanes.path($0))" })
    let control = try TraceControl(simulation, options, feed: transactions?.feed)
    switch format {
    case .fst:
      let writer = try FSTWriter(path: path, options: options.file)
      let tracer = FSTTracer(
        control, ChangeDetector(simulation, selection, writer: writer),
        TraceLanes(lanes, selection, until: options.to, in: writer),
        writer)
      (self.tracer, observer) = (tracer, tracer)
    case .vcd:
      if options.last != nil {
        throw TraceError("cannot keep the end of trace '\(path)': expected a file name that ends in .fst")
      }
      let writer = try VCDWriter(path: path, options: options.file)
      let tracer = VCDTracer(
        control, ChangeDetector(simulation, selection, writer: writer),
        TraceLanes(lanes, selection, until: options.to, in: writer),
        writer)
      (self.tracer, observer) = (tracer, tracer)
    }
    transactions?.feed.add(tracer.lanes)
    try tracer.begin()
  }

  /// Finishes the file, which ends at `time`.
  /// - Parameter reason: why
  public func close(at time: Picoseconds, because reason: String) throws {
    try tracer.close(at: time, because: reason)
  }

  /// Finishes the file of a simulation that cannot go on, where it is.
  public func abandon(because reason: String) { try? tracer.abandon(because: reason) }

  /// What the file has.
  public var contents: TraceContents { TraceContents(signals: tracer.signals, lanes: tracer.lanes.used) }

  /// Whether anything was recorded: not so when the trigger never fired, or the run ended too early.
  public var hasBegun: Bool { tracer.hasBegun }
}

/// What the file of a trace has, for those who arrange it for viewers.
public struct TraceContents: Sendable {
  /// A lane on which something happened.
  public struct Lane: Sendable {
    /// The path of its signal.
    public let path: String
    public let kind: TransactionLane.Kind
    /// The time of the first transaction.
    public let first: ClosedRange<Picoseconds>
  }

  /// Path and bits of every signal of a component, port or clock, in the order of the file.
  public let signals: [(path: String, width: Int)]
  public let lanes: [Lane]
}

/// What both formats have.
private protocol Tracer: AnyObject {
  var lanes: TraceLanes { get }
  var hasBegun: Bool { get }
  var signals: [(path: String, width: Int)] { get }
  func begin() throws
  func close(at time: Picoseconds, because reason: String) throws
  func abandon(because reason: String) throws
}

// One class a format, not one generic class: an override in a generic class is never specialised, at ten times the cost.

private final class FSTTracer: EdgeObserver, Tracer {
  let lanes: TraceLanes
  private let control: TraceControl
  private let detector: ChangeDetector
  private let writer: FSTWriter

  init(
    _ control: consuming TraceControl, _ detector: consuming ChangeDetector, _ lanes: TraceLanes, _ writer: FSTWriter
  ) {
    self.control = control
    self.detector = detector
    self.lanes = lanes
    self.writer = writer
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    if time >= control.attention { control.attend(clock, time, detector, writer) }
    if control.isRecording { detector.report(clock: clock, ticked: ticked, time: time, to: writer) }
  }

  var hasBegun: Bool { control.hasBegun }
  var signals: [(path: String, width: Int)] { detector.signals }
  func begin() throws { try control.begin(lanes, writer) }
  func abandon(because reason: String) throws { try control.abandon(because: reason, writer) }
  func close(at time: Picoseconds, because reason: String) throws {
    try control.close(at: time, because: reason, writer)
  }
}

private final class VCDTracer: EdgeObserver, Tracer {
  let lanes: TraceLanes
  private let control: TraceControl
  private let detector: ChangeDetector
  private let writer: VCDWriter

  init(
    _ control: consuming TraceControl, _ detector: consuming ChangeDetector, _ lanes: TraceLanes, _ writer: VCDWriter
  ) {
    self.control = control
    self.detector = detector
    self.lanes = lanes
    self.writer = writer
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    if time >= control.attention { control.attend(clock, time, detector, writer) }
    if control.isRecording { detector.report(clock: clock, ticked: ticked, time: time, to: writer) }
  }

  var hasBegun: Bool { control.hasBegun }
  var signals: [(path: String, width: Int)] { detector.signals }
  func begin() throws { try control.begin(lanes, writer) }
  func abandon(because reason: String) throws { try control.abandon(because: reason, writer) }
  func close(at time: Picoseconds, because reason: String) throws {
    try control.close(at: time, because: reason, writer)
  }
}
