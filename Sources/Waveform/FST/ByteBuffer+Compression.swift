import CLZ4
import CZlib

extension ByteBuffer {
  /// Appends `source` as one zlib stream, or as it is when that is not larger: FST readers tell the two apart by
  /// comparing the stored with the original size.
  ///
  /// - Parameter level: zlib's. The small parts (frame, time table, geometry) are either tiny or very regular: higher
  ///   levels gain nothing.
  /// - Returns: The number of bytes appended.
  mutating func append(zlib source: UnsafePointer<UInt8>, count sourceCount: Int, level: Int = 4) -> Int {
    var packed = compressBound(uLong(sourceCount))
    reserve(Int(packed))
    let status = compress2(end, &packed, source, uLong(sourceCount), Int32(level))
    if status == Z_OK && Int(packed) < sourceCount {
      commit(Int(packed))
      return Int(packed)
    }
    append(bytes: source, count: sourceCount)
    return sourceCount
  }

  /// Appends `source` as one LZ4 block, whatever its size.
  ///
  /// - Returns: The number of bytes appended.
  mutating func append(lz4 source: UnsafePointer<UInt8>, count sourceCount: Int) -> Int {
    let bound = LZ4_compressBound(Int32(sourceCount))
    reserve(Int(bound))
    let packed = UnsafeMutableRawPointer(end).withMemoryRebound(to: CChar.self, capacity: Int(bound)) { destination in
      UnsafeRawPointer(source).withMemoryRebound(to: CChar.self, capacity: sourceCount) {
        LZ4_compress_default($0, destination, Int32(sourceCount), bound)
      }
    }
    commit(Int(packed))
    return Int(packed)
  }
}
