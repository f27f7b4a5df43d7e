import Glibc

/// Files that are written whole.
enum SmallFile {
  /// Whether the first line of the file at `path` contains `mark`; true also when there is no file.
  static func begins(_ path: String, with mark: String) throws -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return true }
      throw WaveformError(path: path, errno: errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    let line = bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
    return String(decoding: line, as: UTF8.self).contains(mark)
  }

  static func write(_ text: String, to path: String) throws {
    let file = try TraceFile(path: path)
    let bytes = Array(text.utf8)
    file.append(bytes, count: bytes.count)
    try file.finish()
  }
}
