import SimKernel

/// The store buffer: stores on their way to memory, oldest first. Its entries are in a ring that begins at `storeHead`.
extension Deep8State {
  /// What the store buffer has of the bytes of a load.
  enum StoreMatch {
    case nowhere
    /// All of them.
    case covers(UInt64)
    /// Some; the rest is in memory or in older stores.
    case overlaps
  }

  /// The youngest store that has a byte of the `size` bytes at `address` decides.
  @inline(__always) func findStore(_ address: UInt64, _ size: Int) -> StoreMatch {
    for age in stride(from: Int(storeCount) - 1, through: 0, by: -1) {
      let entry = stores[unchecked: (Int(storeHead) + age) & Deep8State.storeMask]
      let first = address &- entry.address, count = UInt64(entry.size), size = UInt64(size)
      if first < count {
        return first + size <= count ? .covers(entry.value >> (8 * first)) : .overlaps
      }
      if entry.address &- address < size { return .overlaps }
    }
    return .nowhere
  }

  /// The store in memory-2 enters the buffer, which is not full.
  @inline(__always) mutating func enterStore(_ size: Int) {
    let place = (Int(storeHead) + Int(storeCount)) & Deep8State.storeMask
    stores[unchecked: place].address = memory2.result
    stores[unchecked: place].value = memory2.value
    stores[unchecked: place].size = UInt8(truncatingIfNeeded: size)
    storeCount &+= 1
  }

  /// One cycle of a buffer that is not empty.
  @inline(__always) mutating func tickStoreBuffer(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    storeCycles &+= 1
    if storeCycles >= context.pointee.parameters.storeDrainCycles { drainStore(context) }
  }

  /// The oldest store reaches memory. Memory-1 has found that it may.
  mutating func drainStore(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    let entry = stores[unchecked: Int(storeHead)]
    let size = Int(entry.size)
    CoreMemory.store(
      entry.value, at: context.pointee.memory.locate(entry.address, size, writing: true, run)!, size)
    context.pointee.memory.note(entry.address, size)
    storeHead = UInt8(truncatingIfNeeded: (Int(storeHead) + 1) & Deep8State.storeMask)
    storeCount &-= 1
    storeCycles = 0
  }

  private static var storeMask: Int { 15 }
}
