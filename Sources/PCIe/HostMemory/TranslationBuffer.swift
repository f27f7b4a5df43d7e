/// The pages that an IOMMU knows: fully associative, and the least recently used page makes room for a new one.
///
/// A hash table finds a page and a ring keeps the order of use, so that a look-up costs the same with 4,096 entries as with
/// one. Like other RAMs it lies behind a pointer; its owner deallocates it.
struct TranslationBuffer {
  private struct Entry {
    /// The number of the page; `unused` before the first one.
    var page: UInt64
    /// Neighbours in the order of use.
    var newer: UInt16
    var older: UInt16
    /// The next entry whose page has the same hash; 0 ends the chain.
    var chained: UInt16 = 0
  }

  /// No page has this number: a page is larger than a byte.
  private static let unused = UInt64.max

  /// Entry 0 is the ends of the ring: the most recently used page is older than it, the least recently used one newer.
  private let entries: UnsafeMutablePointer<Entry>
  /// The first entry for each hash, 0 for none.
  private let heads: UnsafeMutablePointer<UInt16>
  private let headShift: UInt64

  /// - Parameter entries: 0 to 4096; without any, nothing may be looked up
  init(entries count: Int) {
    entries = .allocate(capacity: count + 1)
    for index in 0...count {
      let newer = index == 0 ? count : index - 1, older = index == count ? 0 : index + 1
      (entries + index).initialize(
        to: Entry(page: TranslationBuffer.unused, newer: UInt16(newer), older: UInt16(older)))
    }
    var bits = 1
    while 1 << bits < count { bits += 1 }
    heads = .allocate(capacity: 1 << bits)
    heads.initialize(repeating: 0, count: 1 << bits)
    headShift = UInt64(64 - bits)
  }

  func deallocate() {
    entries.deallocate()
    heads.deallocate()
  }

  /// Whether the buffer holds `page`, which it does from now on and as the most recently used one.
  func holds(page: UInt64) -> Bool {
    let head = head(of: page)
    var index = head.pointee
    while index != 0, entries[Int(index)].page != page { index = entries[Int(index)].chained }
    let isHit = index != 0
    if !isHit { index = replaceOldest(by: page, head) }
    moveToFront(index)
    return isHit
  }

  private func head(of page: UInt64) -> UnsafeMutablePointer<UInt16> {
    // Fibonacci hashing: the upper bits of the product depend on all bits of the page.
    heads + Int((page &* 0x9e37_79b9_7f4a_7c15) >> headShift)
  }

  private func replaceOldest(by page: UInt64, _ head: UnsafeMutablePointer<UInt16>) -> UInt16 {
    let index = entries[0].newer
    let entry = entries + Int(index)
    if entry.pointee.page != TranslationBuffer.unused { removeFromChain(index) }
    entry.pointee.page = page
    entry.pointee.chained = head.pointee
    head.pointee = index
    return index
  }

  private func removeFromChain(_ index: UInt16) {
    let entry = entries[Int(index)]
    let head = head(of: entry.page)
    guard head.pointee != index else {
      head.pointee = entry.chained
      return
    }
    var before = Int(head.pointee)
    while entries[before].chained != index { before = Int(entries[before].chained) }
    entries[before].chained = entry.chained
  }

  private func moveToFront(_ index: UInt16) {
    let entry = entries + Int(index)
    entries[Int(entry.pointee.newer)].older = entry.pointee.older
    entries[Int(entry.pointee.older)].newer = entry.pointee.newer
    let first = entries[0].older
    entry.pointee.newer = 0
    entry.pointee.older = first
    entries[Int(first)].newer = index
    entries[0].older = index
  }
}
