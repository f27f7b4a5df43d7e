import Glibc

/// Reads whole files.
///
/// The C library directly, because loading Foundation takes longer than reading a scenario.
public enum FileReader {
  public enum Failure: Error, CustomStringConvertible {
    case system(Int32)
    case notAFile(String)
    case tooLong(Int)

    public var description: String {
      switch self {
      case .system(let code): String(cString: strerror(code))
      case .notAFile(let what): what
      case .tooLong(let bytes): "\(bytes) bytes"
      }
    }
  }

  /// The bytes of a regular file of at most `limit` bytes. Never waits for a pipe or a device.
  public static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .notAFile("a directory")
    default: throw .notAFile("a pipe or device")
    }
    guard status.st_size <= limit else { throw .tooLong(Int(status.st_size)) }
    return try contents(of: descriptor, size: Int(status.st_size), limit: limit)
  }

  /// Reads on past `size`: a file may grow, and those under /proc call themselves empty.
  private static func contents(of descriptor: Int32, size: Int, limit: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + 1)
    var chunk = [UInt8](repeating: 0, count: max(4096, min(size + 1, 1 << 20)))
    while bytes.count <= limit {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress!, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(errno) }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
    throw .tooLong(bytes.count)
  }
}
