/// What a helper function sees of the machine that calls it: r1...r5 and bounds-checked memory.
public struct HelperContext {
  public let r1: UInt64, r2: UInt64, r3: UInt64, r4: UInt64, r5: UInt64
  /// The guest memory; of two that overlap, the first serves the access.
  public let regions: [MemoryRegion]

  /// - Parameter regions: the guest memory; of two that overlap, the first serves the access
  public init(r1: UInt64, r2: UInt64, r3: UInt64, r4: UInt64, r5: UInt64, regions: [MemoryRegion]) {
    (self.r1, self.r2, self.r3, self.r4, self.r5) = (r1, r2, r3, r4, r5)
    self.regions = regions
  }

  /// Guest memory for reading, or nil when the bytes are not all inside one region. No bytes are nowhere out of bounds.
  public func bytes(_ address: UInt64, _ count: UInt64) -> UnsafeRawBufferPointer? {
    find(address, count, writing: false).map { UnsafeRawBufferPointer($0) }
  }

  /// Guest memory for writing, or nil when the bytes are not all inside one writable region.
  public func mutableBytes(_ address: UInt64, _ count: UInt64) -> UnsafeMutableRawBufferPointer? {
    find(address, count, writing: true)
  }

  private func find(_ address: UInt64, _ count: UInt64, writing: Bool) -> UnsafeMutableRawBufferPointer? {
    if count == 0 { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    for region in regions where region.isWritable || !writing {
      if let host = region.host(address, count) { return .init(start: host, count: Int(count)) }
    }
    return nil
  }
}

/// How a helper call ends. r1...r5 keep their values in all cases.
public enum HelperResult: Equatable, Sendable {
  /// The program goes on with the value in r0.
  case value(UInt64)
  /// The program ends, from any call depth, with the value in r0.
  case exit(UInt64)
  /// The program is stopped.
  case fault(Fault.Reason, address: UInt64, size: Int)

  /// The access of `count` bytes at `address` is out of bounds.
  static func outOfBounds(_ reason: Fault.Reason, _ address: UInt64, _ count: UInt64) -> HelperResult {
    .fault(reason, address: address, size: Int(clamping: count))
  }
}

/// A function that CALL with source 0 reaches by number (RFC 9669 section 4.3.1).
public typealias Helper = @Sendable (HelperContext) -> HelperResult
