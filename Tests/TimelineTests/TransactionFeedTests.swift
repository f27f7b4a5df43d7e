import SimKernel
import Testing
import Transactions

/// Events reach listeners in the order of time.
@Suite struct TransactionFeedTests {
  @Test func aSpanThatBeginsLaterWaits() {
    let feed = TransactionFeed(), recorder = Recorder()
    feed.add(recorder)
    feed.begin(0, at: 10, "step")
    feed.span(1, from: 14, to: 20, "second", [], now: 10)
    feed.span(2, from: 12, to: 13, "first", [], now: 10)
    feed.span(2, from: 100, to: 130, "held back", [], now: 10)
    feed.count(0, at: 13, 1)
    feed.end(0, at: 14)
    feed.moment(0, at: 99, "moment")
    feed.finish()
    #expect(
      recorder.calls == [
        "begin 0 10 step", "span 2 12 13 first", "count 0 13 1", "span 1 14 20 second", "end 0 14",
        "moment 0 99 moment", "span 2 100 130 held back",
      ])
  }

  @Test func spansOfOneTimeKeepTheirOrder() {
    let feed = TransactionFeed(), recorder = Recorder()
    feed.add(recorder)
    for lane in 0..<3 { feed.span(lane, from: 5, to: 6, "x", [], now: 4) }
    #expect(recorder.calls.isEmpty)
    feed.finish()
    #expect(recorder.calls == ["span 0 5 6 x", "span 1 5 6 x", "span 2 5 6 x"])
  }

  @Test func whatIsWithdrawnHasNoLength() {
    let feed = TransactionFeed(), recorder = Recorder()
    feed.add(recorder)
    feed.span(0, from: 4, to: 9, "under way", [], now: 4)
    feed.span(0, from: 50, to: 60, "MWr", [], now: 4)
    feed.span(1, from: 50, to: 60, "MRd", [], now: 4)
    feed.withdraw(0, at: 9, now: 8)
    feed.span(0, from: 20, to: 30, "next", [], now: 20)
    feed.finish()
    #expect(
      recorder.calls == ["span 0 4 9 under way", "span 0 9 9 MWr lost", "span 0 20 30 next", "span 1 50 60 MRd"])
  }

  @Test func everyListenerHears() {
    let feed = TransactionFeed(), recorders = [Recorder(), Recorder()]
    for recorder in recorders { feed.add(recorder) }
    feed.begin(3, at: 1, "a")
    #expect(recorders.allSatisfy { $0.calls == ["begin 3 1 a"] })
  }
}
