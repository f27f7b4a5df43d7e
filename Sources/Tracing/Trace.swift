import SimKernel
import Waveform

/// A waveform of a whole simulation, in the format that the file's ending names.
public final class Trace {
  /// Give it to `Simulation.observer`.
  public let observer: EdgeObserver
  private let closeFile: (Picoseconds) throws -> Void

  /// Opens `path` and declares the signals of `simulation`, whose components must all be added.
  /// - Throws: `WaveformError` when the ending is neither .fst nor .vcd, or the file cannot be written.
  public init(_ simulation: Simulation, path: String) throws {
    switch WaveformFormat(path: path) {
    case .fst: (observer, closeFile) = try Trace.open(simulation, FSTWriter(path: path))
    case .vcd: (observer, closeFile) = try Trace.open(simulation, VCDWriter(path: path))
    case nil: throw UnknownTraceFormat(path: path)
    }
  }

  private static func open<Writer: WaveformWriter>(_ simulation: Simulation, _ writer: Writer) throws -> (
    EdgeObserver, (Picoseconds) throws -> Void
  ) {
    let tracer = try WaveTracer(simulation, writer: writer)
    return (tracer, { try tracer.close(at: $0) })
  }

  /// Finishes the file, which ends at `time`.
  public func close(at time: Picoseconds) throws { try closeFile(time) }
}

/// A trace path that ends neither in .fst nor in .vcd.
public struct UnknownTraceFormat: Error, CustomStringConvertible {
  public let path: String
  public var description: String { "cannot write trace '\(path)': expected a file name that ends in .fst or .vcd" }
}
