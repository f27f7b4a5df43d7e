import TestSupport
import Testing

@testable import PCIe

/// The pages that an IOMMU holds.
@Suite struct TranslationBufferTests {
  /// Look-ups of pages, most recently used first.
  private struct Oracle {
    let entries: Int
    var pages: [UInt64] = []

    mutating func holds(_ page: UInt64) -> Bool {
      let place = pages.firstIndex(of: page)
      if let place { pages.remove(at: place) } else if pages.count == entries { pages.removeLast() }
      pages.insert(page, at: 0)
      return place != nil
    }
  }

  /// As many pages as there are entries stay for ever.
  @Test(arguments: [1, 2, 3, 64, 4_096])
  func asManyPagesAsEntriesFit(entries: Int) {
    let buffer = TranslationBuffer(entries: entries)
    defer { buffer.deallocate() }
    let pages = (0..<entries).map { UInt64($0) }
    #expect(!pages.contains { buffer.holds(page: $0) })
    for _ in 0..<3 { #expect(pages.allSatisfy { buffer.holds(page: $0) }) }
  }

  /// One page more, in turn: each is gone when its turn comes again.
  @Test(arguments: [1, 2, 3, 64, 4_096])
  func onePageMoreInTurnNeverHits(entries: Int) {
    let buffer = TranslationBuffer(entries: entries)
    defer { buffer.deallocate() }
    for _ in 0..<3 { #expect(!(0...entries).contains { buffer.holds(page: UInt64($0)) }) }
  }

  @Test func theLeastRecentlyUsedPageGoes() {
    let buffer = TranslationBuffer(entries: 3)
    defer { buffer.deallocate() }
    let found = [1, 2, 3, 1, 4, 2, 1, 3, 4].map { buffer.holds(page: $0) }
    // 4 replaces 2, 2 replaces 3, 3 replaces 4, 4 replaces 2.
    #expect(found == [false, false, false, true, false, false, true, false, false])
  }

  /// Any order of pages, near and far apart, gives the hits of a list that is searched.
  @Test(arguments: [1, 2, 3, 7, 64])
  func hitsAreThoseOfASearchedList(entries: Int) {
    let buffer = TranslationBuffer(entries: entries)
    defer { buffer.deallocate() }
    var oracle = Oracle(entries: entries), random = SeededRandom(state: UInt64(entries))
    for step in 0..<20_000 {
      let near = UInt64(random.below(2 * entries))
      let page = random.flag() ? near : near << 40
      #expect(buffer.holds(page: page) == oracle.holds(page), "step \(step)")
    }
  }
}
