import SimKernel
import Waveform

/// A waveform of a whole simulation, in the format that the file's ending names.
///
/// Every change of every State is written. Scopes follow the component tree.
public final class Trace {
  /// Give it to `Simulation.observer`.
  public let observer: EdgeObserver
  private let writer: any WaveformWriter

  /// Opens `path` and declares the signals of `simulation`, whose components must all be added.
  /// - Throws: `WaveformError` when the file cannot be written, `UnknownTraceFormat` when its ending is neither .fst nor
  ///   .vcd.
  public init(_ simulation: Simulation, path: String) throws {
    switch WaveformFormat(path: path) {
    case .fst:
      let writer = try FSTWriter(path: path)
      (self.writer, observer) = (writer, FSTTracer(simulation, writer))
    case .vcd:
      let writer = try VCDWriter(path: path)
      (self.writer, observer) = (writer, VCDTracer(simulation, writer))
    case nil: throw UnknownTraceFormat(path: path)
    }
    try writer.start(at: 0)
  }

  /// Finishes the file, which ends at `time`.
  public func close(at time: Picoseconds) throws { try writer.close(at: time) }
}

/// A trace path that ends neither in .fst nor in .vcd.
public struct UnknownTraceFormat: Error, CustomStringConvertible {
  public let path: String
  public var description: String { "cannot write trace '\(path)': expected a file name that ends in .fst or .vcd" }
}

// One class a format, not one generic class: an override in a generic class is never specialised, at ten times the cost.

private final class FSTTracer: EdgeObserver {
  private let detector: ChangeDetector
  private let writer: FSTWriter

  init(_ simulation: Simulation, _ writer: FSTWriter) {
    detector = ChangeDetector(simulation, writer: writer)
    self.writer = writer
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    detector.report(clock: clock, ticked: ticked, time: time, to: writer)
  }
}

private final class VCDTracer: EdgeObserver {
  private let detector: ChangeDetector
  private let writer: VCDWriter

  init(_ simulation: Simulation, _ writer: VCDWriter) {
    detector = ChangeDetector(simulation, writer: writer)
    self.writer = writer
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    detector.report(clock: clock, ticked: ticked, time: time, to: writer)
  }
}
