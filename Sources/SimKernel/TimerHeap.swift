/// Wakes of one domain that ports asked for: a binary min-heap of (cycle, component), packed in one word each.
///
/// The component number takes the low 6 bits, so entries of one cycle come out in component order. Entries are never
/// cancelled: a stale one wakes its component once more, and a tick without input changes nothing.
@usableFromInline struct TimerHeap {
  private var entries: ContiguousArray<UInt64> = []

  @usableFromInline init() {}

  @inline(__always) var first: (cycle: Cycle, component: Int)? {
    entries.isEmpty ? nil : (entries[0] >> 6, Int(entries[0] & 63))
  }

  @usableFromInline mutating func push(cycle: Cycle, component: Int) {
    precondition(cycle < 1 << 58, "a timer 2^58 cycles away")
    entries.append(cycle << 6 | UInt64(component))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child] < entries[parent] else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() {
    let last = entries.removeLast()
    guard !entries.isEmpty else { return }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in (2 * parent + 1)...(2 * parent + 2) where child < entries.count && entries[child] < entries[least] {
        least = child
      }
      guard least != parent else { return }
      entries.swapAt(least, parent)
      parent = least
    }
  }
}
