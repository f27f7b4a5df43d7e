import Glibc

/// An FST file that was packed by gzip as a whole, which libfst calls repacking on close.
enum GzipWrapper {
  /// Type byte, length of the block, length of the file inside.
  private static let prefixSize = 17

  /// The file inside, in a temporary file without a name.
  static func unpacked(_ source: ByteSource) throws(WaveReadError) -> ByteSource {
    guard source.size > prefixSize else {
      throw source.error(at: source.size, found: "the end of the file", expected: "a file packed by gzip")
    }
    let prefix = try source.bytes(1..<prefixSize)
    var reader = ByteReader(prefix.raw)
    guard reader.word() != 0, let size = reader.count() else {
      throw source.error(at: 1, found: "length 0", expected: "a file whose packing was finished")
    }
    guard let file = tmpfile() else {
      throw WaveReadError(
        path: source.path, found: String(cString: strerror(errno)), expected: "room for a temporary file")
    }
    defer { fclose(file) }
    try copy(source, size: size, to: file)
    return try ByteSource(path: source.path, descriptor: dup(fileno(file)))
  }

  private static func copy(
    _ source: ByteSource, size: Int, to file: UnsafeMutablePointer<FILE>
  ) throws(WaveReadError) {
    let input = Bytes(count: 1 << 16), output = Bytes(count: 1 << 20)
    var gunzip = Gunzip()
    var offset = prefixSize, written = 0
    var isAtEnd = false
    while !isAtEnd {
      let count = try source.read(into: input.mutable, at: offset)
      let piece = UnsafeRawBufferPointer(rebasing: input.raw[..<count])
      guard let result = gunzip.unpack(piece, to: output.mutable), result.taken + result.made > 0 else {
        throw source.error(at: offset, found: "damaged or missing bytes", expected: "a file packed by gzip")
      }
      offset += result.taken
      written += result.made
      isAtEnd = result.isAtEnd
      guard written <= size, !isAtEnd || written == size else {
        throw source.error(at: 9, found: "length \(size)", expected: "the length of what is packed, \(written) or more")
      }
      guard fwrite(output.base, 1, result.made, file) == result.made else {
        throw WaveReadError(
          path: source.path, found: String(cString: strerror(errno)), expected: "room for a temporary file")
      }
    }
    guard fflush(file) == 0 else {
      throw WaveReadError(
        path: source.path, found: String(cString: strerror(errno)), expected: "room for a temporary file")
    }
  }
}
