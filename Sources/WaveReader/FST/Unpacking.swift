import CLZ4
import CZlib

/// The compressors of the FST format. Each unpacks to exactly as many bytes as the file says, or fails.
enum Packing: UInt8 {
  case lz4 = 0x34  // '4'
  case fastLZ = 0x46  // 'F'
  case zlib = 0x5A  // 'Z'

  var name: String {
    switch self {
    case .lz4: "LZ4"
    case .fastLZ: "FastLZ"
    case .zlib: "zlib"
    }
  }

  /// An upper bound for the bytes that one packed byte can turn into: larger sizes are wrong, and not worth memory.
  private var ratio: Int { self == .zlib ? 1032 : 256 }

  /// Whether `packed` bytes can possibly unpack to `count`.
  func canUnpack(_ packed: Int, to count: Int) -> Bool {
    let (bound, overflow) = packed.multipliedReportingOverflow(by: ratio)
    return count <= Int32.max && packed <= Int32.max && (overflow || count <= bound + 64)
  }

  /// Unpacks `source` to fill `target`, and says whether it did.
  func unpack(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) -> Bool {
    guard canUnpack(source.count, to: target.count), let from = source.baseAddress, let to = target.baseAddress else {
      return false
    }
    let input = from.assumingMemoryBound(to: UInt8.self), output = to.assumingMemoryBound(to: UInt8.self)
    switch self {
    case .lz4:
      let count = LZ4_decompress_safe(
        from.assumingMemoryBound(to: CChar.self), to.assumingMemoryBound(to: CChar.self), Int32(source.count),
        Int32(target.count))
      return Int(count) == target.count
    case .fastLZ:
      return FastLZ.unpack(input, source.count, to: output, target.count)
    case .zlib:
      var count = uLongf(target.count)
      return uncompress(output, &count, input, uLong(source.count)) == Z_OK && Int(count) == target.count
    }
  }

  /// As many bytes as `count` says, or nil.
  func unpack(_ source: UnsafeRawBufferPointer, count: Int) -> Bytes? {
    guard canUnpack(source.count, to: count) else { return nil }
    let bytes = Bytes(count: count)
    return count == 0 || unpack(source, to: bytes.mutable) ? bytes : nil
  }

  /// A part that is packed by zlib, unless both sizes are equal: then it is stored as it is.
  static func unpackUnlessStored(_ source: UnsafeRawBufferPointer, count: Int) -> Bytes? {
    if source.count != count { return Packing.zlib.unpack(source, count: count) }
    let bytes = Bytes(count: count)
    if count > 0 { bytes.mutable.copyMemory(from: source) }
    return bytes
  }
}

/// FastLZ, of either level: runs of literal bytes and references to what was unpacked before.
enum FastLZ {
  /// The longest distance that the two bytes of a short reference of level 2 hold.
  private static let shortDistance = 8191

  static func unpack(
    _ input: UnsafePointer<UInt8>, _ inputCount: Int, to output: UnsafeMutablePointer<UInt8>, _ outputCount: Int
  ) -> Bool {
    guard inputCount > 0 else { return false }
    let isLevel2 = input[0] >> 5 == 1
    guard isLevel2 || input[0] >> 5 == 0 else { return false }
    var read = 0
    var written = 0
    while read < inputCount {
      // The level is in the first command, which is always a literal run.
      let command = Int(read == 0 ? input[0] & 31 : input[read])
      read += 1
      if command < 32 {
        guard read + command < inputCount, written + command < outputCount else { return false }
        for _ in 0...command {
          output[written] = input[read]
          written += 1
          read += 1
        }
        continue
      }
      guard let reference = reference(command, input, inputCount, &read, isLevel2: isLevel2),
        reference.distance <= written, written + reference.count <= outputCount
      else { return false }
      for _ in 0..<reference.count {
        output[written] = output[written - reference.distance]
        written += 1
      }
    }
    return written == outputCount
  }

  /// Three bits of length and thirteen of distance; the largest length, and in level 2 the largest distance, go on in
  /// further bytes.
  private static func reference(
    _ command: Int, _ input: UnsafePointer<UInt8>, _ inputCount: Int, _ read: inout Int, isLevel2: Bool
  ) -> (distance: Int, count: Int)? {
    func next() -> Int? {
      guard read < inputCount else { return nil }
      defer { read += 1 }
      return Int(input[read])
    }
    var count = command >> 5 + 2
    if command >> 5 == 7 {
      while true {
        guard let more = next() else { return nil }
        count += more
        if !isLevel2 || more != 255 { break }
      }
    }
    guard let low = next() else { return nil }
    let distance = (command & 31) << 8 + low
    guard isLevel2, distance == shortDistance else { return (distance + 1, count) }
    guard let high = next(), let last = next() else { return nil }
    return (high << 8 + last + shortDistance + 1, count)
  }
}

/// A gzip stream, unpacked piece by piece.
struct Gunzip: ~Copyable {
  /// In memory of its own, because zlib remembers where it is.
  private let stream: UnsafeMutablePointer<z_stream>
  private let isOpen: Bool

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window, and 16 for the gzip format.
    isOpen = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Unpacks from `source` to `target` as far as both reach; nil when the stream is damaged.
  mutating func unpack(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
  ) -> (taken: Int, made: Int, isAtEnd: Bool)? {
    guard isOpen else { return nil }
    let input = source.bindMemory(to: UInt8.self), output = target.bindMemory(to: UInt8.self)
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(input.count)
    stream.pointee.next_out = output.baseAddress
    stream.pointee.avail_out = UInt32(output.count)
    let status = inflate(stream, Z_NO_FLUSH)
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
    return (
      input.count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out), status == Z_STREAM_END
    )
  }

  /// A whole stream of `count` bytes, or nil.
  static func unpack(_ source: UnsafeRawBufferPointer, count: Int) -> Bytes? {
    guard Packing.zlib.canUnpack(source.count, to: count) else { return nil }
    let bytes = Bytes(count: count)
    if count == 0 { return bytes }
    var gunzip = Gunzip()
    guard let result = gunzip.unpack(source, to: bytes.mutable), result.made == count else { return nil }
    return bytes
  }
}
