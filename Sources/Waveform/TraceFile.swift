import Glibc

/// The file under a writer. It never fails in the middle of a simulation: the first error is remembered, later writes
/// are skipped, and `finish` reports it.
///
/// Not synchronised: one thread at a time owns it (the caller until a writer starts its background thread, then that
/// thread until it is joined).
final class TraceFile: @unchecked Sendable {
  let path: String
  let descriptor: Int32
  /// The number of bytes appended so far.
  private(set) var size = 0
  private var failure: Int32?
  private var isOpen = true

  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw WaveformError(path: path, errno: errno) }
  }

  deinit {
    if isOpen { close(descriptor) }
  }

  /// The first error so far, or nil.
  var error: WaveformError? { failure.map { WaveformError(path: path, errno: $0) } }

  /// Writes all bytes at the end of the file. When that fails the file is cut back to where it ended before, so that
  /// nothing half-written stays.
  func append(_ bytes: UnsafePointer<UInt8>, count: Int) {
    if failure != nil { return }
    var done = 0
    while done < count {
      let written = write(descriptor, bytes + done, count - done)
      if written >= 0 {
        done += written
      } else if errno != EINTR {
        failure = errno
        _ = ftruncate(descriptor, off_t(size))
        return
      }
    }
    size += count
  }

  /// Overwrites bytes in the middle of the file.
  func patch(_ bytes: UnsafePointer<UInt8>, count: Int, at offset: Int) {
    if failure != nil { return }
    while true {
      let written = pwrite(descriptor, bytes, count, off_t(offset))
      if written == count { return }
      if written < 0 && errno == EINTR { continue }
      failure = written < 0 ? errno : ENOSPC
      return
    }
  }

  /// Closes the file and throws the first error of its life. Some file systems report a failed write only here.
  func finish() throws {
    if isOpen {
      isOpen = false
      if close(descriptor) != 0 && failure == nil { failure = errno }
    }
    if let error { throw error }
  }
}
