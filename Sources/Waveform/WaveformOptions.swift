/// How a dump is written.
public struct WaveformOptions: Sendable {
  /// How the chains of value changes of an FST file are packed.
  public enum Packing: Hashable, Sendable {
    /// Quick to write and to read.
    case lz4
    /// Smaller files, written several times as slowly; `level` is zlib's, 1...9.
    case zlib(level: Int)
  }

  public var packing = Packing.lz4
  /// An FST section is written when it has about this many bytes before packing. The memory of a dump is a small
  /// multiple of it. Measured with the count example: 8 MB give files 3 % smaller, below 1 MB only the files grow.
  public var sectionBytes = 2 << 20
  /// The file does not grow beyond this many bytes: the dump ends there. Nil: it may.
  public var sizeLimit: Int?
  /// Picoseconds: only what happened in about the last so long before the end is kept, in memory, and written by
  /// `close`. Up to an eighth more is kept. Nil: all is written, as it happens.
  public var lastPicoseconds: UInt64?
  /// Scopes and name, with dots between them, of a text signal that says at the end why the dump ends; nil for none.
  public var endSignal: String?

  public init() {}
}

/// What the end signal says as long as the dump goes on, which is for ever in the file of a simulator that was killed.
public let unfinishedText = "not finished"

extension WaveformWriter {
  /// Declares the text signal with the path `path`.
  func addEndSignal(_ path: String) -> SignalHandle {
    let parts = path.split(separator: ".").map(String.init)
    for scope in parts.dropLast() { beginScope(scope) }
    let signal = addVariable(WaveformVariable(parts.last ?? "end", .text, initial: .text(unfinishedText)))
    for _ in parts.dropLast() { endScope() }
    return signal
  }
}
