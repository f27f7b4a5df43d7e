import Glibc

/// A waveform file that cannot be read, or not any further.
public struct WaveReadError: Error, Equatable, CustomStringConvertible {
  /// Where in the file.
  public enum Place: Equatable, Sendable {
    /// The file as a whole.
    case file
    /// Zero-based offset in a binary file.
    case byte(Int)
    /// One-based line of a text file.
    case line(Int)
  }

  /// The path as given to the reader.
  public let path: String
  public let place: Place
  public let found: String
  public let expected: String

  public init(path: String, place: Place = .file, found: String, expected: String) {
    self.path = path
    self.place = place
    self.found = found
    self.expected = expected
  }

  /// One line.
  public var description: String {
    switch place {
    case .file: "\(path): found \(found), expected \(expected)"
    case .byte(let offset): "\(path): byte \(offset): found \(found), expected \(expected)"
    case .line(let number): "\(path):\(number): found \(found), expected \(expected)"
    }
  }
}
