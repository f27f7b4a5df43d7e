import Glibc

/// A growable byte buffer with the integer encodings of the FST format: big-endian words and LEB128 variable-length
/// integers. Unlike an array it lends out uninitialised space, into which a compressor can write directly.
struct ByteBuffer: ~Copyable {
  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 4096) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit {
    base.deallocate()
  }

  /// Where the next byte goes; valid for as many bytes as were reserved, until the next mutation.
  var end: UnsafeMutablePointer<UInt8> { base + count }

  /// Makes room for `extra` more bytes.
  mutating func reserve(_ extra: Int) {
    if count + extra <= capacity { return }
    let grownCapacity = max(capacity * 2, count + extra)
    let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: grownCapacity)
    grown.update(from: base, count: count)
    base.deallocate()
    base = grown
    capacity = grownCapacity
  }

  /// Counts `written` bytes that were stored at `end`.
  mutating func commit(_ written: Int) {
    count += written
  }

  /// Forgets everything from `newCount` on.
  mutating func truncate(to newCount: Int) {
    count = newCount
  }

  mutating func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count += 1
  }

  mutating func append(bytes: UnsafeRawPointer, count byteCount: Int) {
    reserve(byteCount)
    memcpy(end, bytes, byteCount)
    count += byteCount
  }

  mutating func append(text: String) {
    for byte in text.utf8 { append(byte) }
  }

  /// Text followed by a NUL byte.
  mutating func append(terminated text: String) {
    append(text: text)
    append(0)
  }

  /// Text cut or filled with NUL bytes to exactly `size` bytes; the last one is always NUL.
  mutating func append(text: String, paddedTo size: Int) {
    let bytes = Array(text.utf8.prefix(size - 1))
    for byte in bytes { append(byte) }
    for _ in bytes.count..<size { append(0) }
  }

  mutating func append(bigEndian value: UInt64) {
    reserve(8)
    UnsafeMutableRawPointer(end).storeBytes(of: value.bigEndian, as: UInt64.self)
    count += 8
  }

  /// Overwrites eight bytes that were appended before.
  mutating func replace(at offset: Int, bigEndian value: UInt64) {
    UnsafeMutableRawPointer(base + offset).storeBytes(of: value.bigEndian, as: UInt64.self)
  }

  /// Unsigned LEB128.
  mutating func append(varint value: UInt64) {
    reserve(10)
    var rest = value
    while rest > 0x7F {
      base[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count += 1
      rest >>= 7
    }
    base[count] = UInt8(truncatingIfNeeded: rest)
    count += 1
  }

  /// Signed LEB128: the last byte's bit 6 is the sign.
  mutating func append(signedVarint value: Int64) {
    reserve(10)
    var rest = value
    while rest < -64 || rest > 63 {
      base[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count += 1
      rest >>= 7
    }
    base[count] = UInt8(truncatingIfNeeded: rest) & 0x7F
    count += 1
  }
}
