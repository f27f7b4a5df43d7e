import Glibc

/// The file under a writer. It never fails in the middle of a simulation: the first error is remembered, and `finish`
/// reports it.
///
/// Not synchronised: one thread at a time owns it (the caller until a writer starts its background thread, then that
/// thread until it is joined).
final class TraceFile: @unchecked Sendable {
  let path: String
  let descriptor: Int32
  /// The number of bytes so far.
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

  /// Writes all bytes at the end of the file.
  func append(_ bytes: UnsafePointer<UInt8>, count: Int) {
    write(bytes, count: count, at: size)
  }

  /// Writes all bytes at `offset`, from where on the file may grow. When that fails the file is cut back to the size it
  /// had before, so that nothing half-written stays.
  ///
  /// - Returns: Whether all was written.
  @discardableResult
  func write(_ bytes: UnsafePointer<UInt8>, count: Int, at offset: Int) -> Bool {
    var done = 0
    while done < count {
      let written =
        isPlain
        ? pwrite(descriptor, bytes + done, count - done, off_t(offset + done))
        : Glibc.write(descriptor, bytes + done, count - done)
      if written > 0 {
        done += written
      } else if written == 0 || errno != EINTR {
        if failure == nil { failure = written == 0 ? ENOSPC : errno }
        _ = ftruncate(descriptor, off_t(size))
        return false
      }
    }
    size = max(size, offset + count)
    return true
  }

  /// Cuts what is behind `size` off.
  func truncate(to size: Int) {
    if ftruncate(descriptor, off_t(size)) == 0 { self.size = size }
  }

  /// Whether bytes can be written anywhere: not so in a pipe.
  private lazy var isPlain = lseek(descriptor, 0, SEEK_CUR) >= 0

  /// Closes the file and throws the first error of its life. Some file systems report a failed write only here.
  func finish() throws {
    if isOpen {
      isOpen = false
      if close(descriptor) != 0 && failure == nil { failure = errno }
    }
    if let error { throw error }
  }
}
