import SimKernel

/// One access to an on-chip memory or register file: at most a data path's width. Writes, and what the BAR decoder reads, lie
/// within one aligned block of that width; the DMA engine's reads of the window may go on in the next block, as rows lie in
/// two interleaved banks.
public struct MemoryRequest: Sendable {
  public enum Kind: Sendable {
    case read, write
    /// Print TEXT and DATA to the device's log.
    case dump
  }
  public let kind: Kind
  /// Offset of the first byte in BAR4.
  public let address: UInt32
  /// Bytes, 1 to 64.
  public let count: UInt8
  /// Bit i: byte i of `data` is written.
  public var enable: UInt64 = 0
  /// Byte 0 belongs to `address`.
  public var data = SIMD64<UInt8>()

  static func read(_ address: UInt32, _ count: Int) -> MemoryRequest {
    MemoryRequest(kind: .read, address: address, count: UInt8(count))
  }

  static func write(_ address: UInt32, _ value: UInt32) -> MemoryRequest {
    var request = MemoryRequest(kind: .write, address: address, count: 4, enable: 0xf)
    for i in 0..<4 { request.data[i] = UInt8(truncatingIfNeeded: value >> UInt32(8 * i)) }
    return request
  }

  /// Copies `count` bytes of `bytes` from `start` on, all enabled.
  static func write(_ address: UInt32, _ bytes: [UInt8], from start: Int, count: Int) -> MemoryRequest {
    let enable = count == 64 ? ~0 : (UInt64(1) << UInt64(count)) - 1
    var request = MemoryRequest(kind: .write, address: address, count: UInt8(count), enable: enable)
    withUnsafeMutableBytes(of: &request.data) { data in
      bytes.withUnsafeBytes { data.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    }
    return request
  }
}

/// The data of a read: byte 0 belongs to the address that was read.
public struct MemoryResponse: Sendable {
  public var data = SIMD64<UInt8>()
  public let count: UInt8

  /// The first four bytes as a little-endian number.
  var dword: UInt32 { (0..<4).reduce(0) { $0 | UInt32(data[$1]) << UInt32(8 * $1) } }
}

/// What DUMP_MEM printed.
public struct MemoryDump: Sendable {
  public let time: Picoseconds
  public let text: [UInt8]
  public let data: [UInt8]
}
