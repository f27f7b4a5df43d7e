import Glibc

/// The bytes of a file, read by position. A file that shrinks while it is read gives an error, not a signal, which is
/// why it is not mapped.
final class ByteSource {
  let path: String
  let size: Int
  private let descriptor: Int32

  convenience init(path: String) throws(WaveReadError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw WaveReadError(path: path, found: String(cString: strerror(errno)), expected: "a waveform file")
    }
    try self.init(path: path, descriptor: descriptor)
  }

  /// Takes over `descriptor`; errors name `path`.
  init(path: String, descriptor: Int32) throws(WaveReadError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw WaveReadError(path: path, found: "something else", expected: "a regular file")
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  func error(at offset: Int, found: String, expected: String) -> WaveReadError {
    WaveReadError(path: path, place: .byte(offset), found: found, expected: expected)
  }

  /// Fills `buffer` from `offset` as far as there are bytes, and returns how many there were.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(WaveReadError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw error(at: offset + done, found: String(cString: strerror(errno)), expected: "bytes of the file")
      }
      done += count
    }
    return done
  }

  /// The bytes of `range`, which must lie inside the file.
  func bytes(_ range: Range<Int>) throws(WaveReadError) -> Bytes {
    let bytes = Bytes(count: range.count)
    let count = try read(into: bytes.mutable, at: range.lowerBound)
    guard count == range.count else {
      throw error(
        at: range.lowerBound + count, found: "the end of the file", expected: "\(range.count - count) more bytes")
    }
    return bytes
  }
}

/// Uninitialised memory that is owned, without a bounds check per byte.
final class Bytes {
  let mutable: UnsafeMutableRawBufferPointer

  /// Reads that are wider than what is left stay inside.
  private static let padding = 16

  init(count: Int) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count + Self.padding, alignment: 16)
    memset(memory + count, 0, Self.padding)
    mutable = UnsafeMutableRawBufferPointer(start: memory, count: count)
  }

  deinit { mutable.baseAddress!.deallocate() }

  var count: Int { mutable.count }
  var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutable) }
  var base: UnsafePointer<UInt8> { UnsafePointer(mutable.baseAddress!.assumingMemoryBound(to: UInt8.self)) }
  var mutableBase: UnsafeMutablePointer<UInt8> { mutable.baseAddress!.assumingMemoryBound(to: UInt8.self) }
}

/// Takes the integers of the FST format from the front of bytes; nil where they end too early.
struct ByteReader {
  private(set) var bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }
  var remaining: Int { bytes.count - position }

  mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// Eight bytes, the most significant first.
  mutating func word() -> UInt64? {
    guard remaining >= 8 else { return nil }
    defer { position += 8 }
    return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// A word that counts something in memory.
  mutating func count() -> Int? { word().flatMap { Int(exactly: $0) } }

  /// Unsigned LEB128 of at most 64 bits.
  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = byte() {
      guard shift < 63 || (shift == 63 && byte <= 1) else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }

  /// Signed LEB128.
  mutating func signedVarint() -> Int64? {
    var value: Int64 = 0
    var shift: Int64 = 0
    while let byte = byte() {
      guard shift < 64 else { return nil }
      value |= Int64(byte & 0x7F) << shift
      shift += 7
      if byte & 0x80 == 0 { return byte & 0x40 != 0 && shift < 64 ? value | -1 << shift : value }
    }
    return nil
  }

  /// A varint that counts something in memory.
  mutating func size() -> Int? { varint().flatMap { Int(exactly: $0) } }

  mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// Text up to a NUL byte, which is dropped.
  mutating func text() -> String? {
    guard let start = bytes.baseAddress.map({ $0 + position }), let nul = memchr(start, 0, remaining) else {
      return nil
    }
    let count = UnsafeRawPointer(nul) - start
    defer { position += count + 1 }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
