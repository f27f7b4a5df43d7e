import EBPF

extension CoreFault: Error {}

extension RunState {
  /// One atomic read-modify-write (RFC 9669 section 5.3); returns the old value, zero-extended.
  ///
  /// Alignment is looked at before the bounds; memory is untouched when it fails.
  /// - Parameters:
  ///   - operation: low byte of the immediate
  ///   - size: 4 or 8 bytes
  ///   - r0: what CMPXCHG compares with
  func atomic<P>(
    _ operation: UInt8, size: Int, at address: UInt64, source: UInt64, r0: UInt64,
    _ context: UnsafePointer<CoreContext<P>>
  ) -> Result<UInt64, CoreFault> {
    guard address % UInt64(size) == 0 else { return .failure(.misalignedAtomic) }
    guard let place = context.pointee.memory.locate(address, size, writing: true, self) else {
      return .failure(.storeOutOfBounds)
    }
    let old = CoreMemory.load(place, size)
    let new = AtomicOperation.newValue(operation: Int32(operation), old: old, source: source, r0: r0, size: size)
    CoreMemory.store(new, at: place, size)
    context.pointee.memory.note(address, size)
    if let monitor = context.pointee.monitor {
      monitor.accesses(.load, size, at: address, old)
      // A comparison that fails writes the old value back, which is no store to whoever looks at memory.
      let isFailedComparison =
        AtomicOperation.isCompareExchange(Int32(operation)) && (old ^ r0) << UInt64(64 - 8 * size) != 0
      if !isFailedComparison { monitor.accesses(.store, size, at: address, new) }
    }
    return .success(old)
  }
}
