import Glibc

/// The storage cells of a block RAM. Both of its ports belong to components; the cells themselves have no behaviour.
///
/// Untouched pages cost no memory of the process.
public final class MemoryArray {
  public let base: UnsafeMutableRawPointer
  public let count: Int

  public init(bytes: Int) {
    count = bytes
    // Without a reservation: a host memory larger than the machine's is fine as long as little of it is touched.
    let cells = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let cells, cells != MAP_FAILED else { fatalError("no address space for a RAM of \(bytes) bytes") }
    base = cells
  }

  deinit { munmap(base, count) }

  public func load<T: FixedWidthInteger>(_: T.Type, at address: Int) -> T {
    precondition(address >= 0 && address + MemoryLayout<T>.size <= count, "RAM read at \(address)")
    return T(littleEndian: base.loadUnaligned(fromByteOffset: address, as: T.self))
  }

  public func store<T: FixedWidthInteger>(_ value: T, at address: Int) {
    precondition(address >= 0 && address + MemoryLayout<T>.size <= count, "RAM write at \(address)")
    base.storeBytes(of: value.littleEndian, toByteOffset: address, as: T.self)
  }

  public func read(_ length: Int, at address: Int) -> [UInt8] {
    precondition(address >= 0 && length >= 0 && address + length <= count, "RAM read of \(length) at \(address)")
    return [UInt8](UnsafeRawBufferPointer(start: base + address, count: length))
  }

  public func write(_ bytes: [UInt8], at address: Int) { write(bytes[...], at: address) }

  /// Not generic: across modules that would cost more than the copy.
  public func write(_ bytes: ArraySlice<UInt8>, at address: Int) {
    precondition(address >= 0 && address + bytes.count <= count, "RAM write of \(bytes.count) at \(address)")
    bytes.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      (base + address).copyMemory(from: source, byteCount: bytes.count)
    }
  }

  public func clear() { memset(base, 0, count) }
}
