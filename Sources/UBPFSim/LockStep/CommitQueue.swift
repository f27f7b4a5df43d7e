import Device
import EBPF

/// Commits that nobody has asked for yet, in memory of its own, where they are read without being copied.
final class CommitQueue {
  typealias Entry = (commit: Commit, fault: CoreFault)

  private var entries = UnsafeMutablePointer<Entry>.allocate(capacity: 64)
  /// A power of two.
  private var capacity = 64
  private var first = 0
  private var count = 0

  deinit { entries.deallocate() }

  func append(_ commit: Commit, _ fault: CoreFault) {
    if count == capacity { grow() }
    (entries + (first + count) & (capacity - 1)).initialize(to: (commit, fault))
    count += 1
  }

  /// The oldest one, until the next call of any function; nil when there is none.
  func take() -> UnsafePointer<Entry>? {
    if count == 0 { return nil }
    let entry = entries + first
    first = (first + 1) & (capacity - 1)
    count -= 1
    return UnsafePointer(entry)
  }

  private func grow() {
    let larger = UnsafeMutablePointer<Entry>.allocate(capacity: 2 * capacity)
    for index in 0..<count {
      (larger + index).initialize(to: entries[(first + index) & (capacity - 1)])
    }
    entries.deallocate()
    (entries, capacity, first) = (larger, 2 * capacity, 0)
  }
}
