/// A range of guest memory backed by host memory. The owner keeps the host memory alive while an engine runs.
public struct MemoryRegion: @unchecked Sendable {
  /// Guest address of the first byte.
  public let base: UInt64
  public let bytes: UnsafeMutableRawBufferPointer
  public let isWritable: Bool

  /// Traps when the region would extend past the end of the 64-bit address space.
  public init(base: UInt64, bytes: UnsafeMutableRawBufferPointer, isWritable: Bool = true) {
    precondition(UInt64(bytes.count) <= UInt64.max - base, "region at \(hex(base)) wraps around the address space")
    self.base = base
    self.bytes = bytes
    self.isWritable = isWritable
  }

  /// The host address of `count` guest bytes, or nil when they are not all inside.
  func host(_ address: UInt64, _ count: UInt64) -> UnsafeMutableRawPointer? {
    let offset = address &- base
    let size = UInt64(bytes.count)
    guard count <= size, offset <= size - count else { return nil }
    return bytes.baseAddress.map { $0 + Int(offset) }
  }
}

/// Guest to host translation. The last region that served a load and the last that served a store are kept at hand,
/// so that the common access costs one comparison.
package struct MemoryMap {
  struct Window {
    let base: UInt64
    let size: UInt64
    let host: UnsafeMutableRawPointer

    /// Big enough for every access, so that `size - width` cannot go below zero.
    init?(_ region: MemoryRegion) {
      guard region.bytes.count >= 8, let host = region.bytes.baseAddress else { return nil }
      (base, size, self.host) = (region.base, UInt64(region.bytes.count), host)
    }
  }

  let regions: [MemoryRegion]
  private var loads: Window
  private var stores: Window

  /// `stack` serves the first accesses; it has at least 8 bytes and is writable.
  package init(stack: MemoryRegion, others: [MemoryRegion]) {
    regions = [stack] + others
    loads = Window(stack)!
    stores = loads
  }

  /// The widened value of the `T` at `address`, or nil when it is out of bounds.
  @inline(__always)
  mutating func load<T: FixedWidthInteger>(_: T.Type, _ address: UInt64, into register: inout UInt64) -> Bool {
    let offset = address &- loads.base
    if offset <= loads.size &- UInt64(MemoryLayout<T>.size) {
      let value = loads.host.loadUnaligned(fromByteOffset: Int(truncatingIfNeeded: offset), as: T.self)
      register = UInt64(truncatingIfNeeded: value)
      return true
    }
    guard let host = find(address, MemoryLayout<T>.size, writing: false) else { return false }
    register = UInt64(truncatingIfNeeded: host.loadUnaligned(as: T.self))
    return true
  }

  @inline(__always)
  mutating func store<T: FixedWidthInteger>(_: T.Type, _ address: UInt64, _ value: UInt64) -> Bool {
    let offset = address &- stores.base
    let narrow = T(truncatingIfNeeded: value)
    if offset <= stores.size &- UInt64(MemoryLayout<T>.size) {
      stores.host.storeBytes(of: narrow, toByteOffset: Int(truncatingIfNeeded: offset), as: T.self)
      return true
    }
    guard let host = find(address, MemoryLayout<T>.size, writing: true) else { return false }
    host.storeBytes(of: narrow, as: T.self)
    return true
  }

  /// The host address of `count` bytes inside one region, which is remembered.
  @inline(never)
  mutating func find(_ address: UInt64, _ count: Int, writing: Bool) -> UnsafeMutableRawPointer? {
    for region in regions where region.isWritable || !writing {
      guard let host = region.host(address, UInt64(count)) else { continue }
      if let window = Window(region) {
        if writing { stores = window } else { loads = window }
      }
      return host
    }
    return nil
  }
}
