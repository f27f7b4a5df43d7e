import Glibc

/// A log that could not be opened or written.
public struct LogError: Error, Equatable, CustomStringConvertible {
  /// Which log, as in "commit log".
  public let what: String
  /// The path as given to the writer.
  public let path: String
  /// The system's text for the first failure, such as "No space left on device".
  public let reason: String

  public init(what: String, path: String, reason: String) {
    self.what = what
    self.path = path
    self.reason = reason
  }

  public var description: String { "cannot write \(what) '\(path)': \(reason)" }
}

/// The file under a log. It never fails in the middle of a simulation: the first error is remembered, later text is
/// dropped, and `close` throws it. What was written before stays.
package final class LogFile {
  private let what: String
  private let path: String
  private let descriptor: Int32
  private var isOpen = true
  private var failure: LogError?
  /// What is not yet in the file.
  private var text: [UInt8] = []

  /// Bytes that go to the file at once.
  private static let blockSize = 1 << 16

  /// Replaces the file at `path`.
  /// - Parameter what: names the log in errors
  package init(path: String, what: String) throws(LogError) {
    self.what = what
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw LogError(what: what, path: path, reason: String(cString: strerror(errno))) }
    text.reserveCapacity(LogFile.blockSize + 4_096)
  }

  deinit { try? close() }

  /// Lets `write` append to the text.
  @inline(__always) package func append(_ write: (inout [UInt8]) -> Void) {
    write(&text)
    if text.count >= LogFile.blockSize { flush() }
  }

  /// Writes what is left and closes the file; does nothing when that was done.
  /// - Throws: the first error of the file's life; some file systems report a failed write only here
  package func close() throws(LogError) {
    if isOpen {
      flush()
      isOpen = false
      if Glibc.close(descriptor) != 0 { fail() }
    }
    if let failure { throw failure }
  }

  private func flush() {
    var done = 0
    while failure == nil && done < text.count {
      let written = text.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if written >= 0 {
        done += written
      } else if errno != EINTR {
        fail()
      }
    }
    text.removeAll(keepingCapacity: true)
  }

  private func fail() {
    if failure == nil { failure = LogError(what: what, path: path, reason: String(cString: strerror(errno))) }
  }
}
