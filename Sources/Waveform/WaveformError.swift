import Glibc

/// A waveform file that could not be opened or written.
public struct WaveformError: Error, Equatable, CustomStringConvertible {
  /// The path as given to the writer.
  public let path: String
  /// The system's text for the first failure, such as "No space left on device".
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  init(path: String, errno code: Int32) {
    self.init(path: path, reason: String(cString: strerror(code)))
  }

  public var description: String { "cannot write trace '\(path)': \(reason)" }
}
