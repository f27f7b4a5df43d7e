import SimKernel
import Waveform

/// What of a simulation goes into its trace, and when.
public struct TraceOptions: Sendable {
  /// How much of each component.
  public enum Level: String, Sendable, CaseIterable {
    /// The ports between components, and the lanes of transactions.
    case ports
    /// The components' States too.
    case states
    /// Also the tables whose size a scenario decides: queues, tags, peers' channels.
    case all
  }

  public var level = Level.all
  /// Names with `*` and `?` of what is traced; empty for everything. See ``TraceFilter``.
  public var scopes: [String] = []
  /// The first and the last edge that count are at or after `from` and at or before `to`.
  public var from: Picoseconds = 0
  public var to: Picoseconds = .max
  /// What recording waits for, from `from` on; nil for nothing.
  public var start: TraceTrigger?
  /// What recording ends with, until the next start, if there is any; nil for nothing.
  public var stop: TraceTrigger?
  /// Keeps only about this much before the end; nil for everything.
  public var last: Picoseconds?
  /// How large the file may become, in bytes; nil for as large as it gets.
  public var sizeLimit: Int?

  public init() {}

  /// What the writer has to know of it.
  var file: WaveformOptions {
    var options = WaveformOptions()
    options.sizeLimit = sizeLimit
    options.lastPicoseconds = last
    options.endSignal = Trace.endSignal
    return options
  }
}

/// A trace that cannot be made as asked for.
public struct TraceError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
