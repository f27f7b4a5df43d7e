import CCompare
import SimKernel
import Waveform

/// Finds what changed at an edge: compares the components that ticked, and the ports they own, with what was written last.
///
/// This runs at every edge of a traced run: pointers only, no arrays, no class, no reference counts.
struct ChangeDetector: ~Copyable {
  private let watches: UnsafeMutablePointer<Watch>
  private let watchCount: Int
  /// What to compare when component i of clock c ticks: one bit a watch, in `words` words from `touched[c] + i * words`.
  private let touched: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>
  private let words: Int
  private let clockCount: Int
  /// The signals of all watches.
  private let signals: UnsafeMutablePointer<TracedSignal>
  private let shadows: [UnsafeMutableRawPointer]

  /// Declares the hierarchy of `simulation` in `writer`.
  init(_ simulation: Simulation, writer: some WaveformWriter) {
    let plan = TracePlan(simulation, declaringIn: writer)
    let signals = ChangeDetector.copy(plan.signals)
    watches = ChangeDetector.copy(plan.watches.map { Watch($0, signals) })
    watchCount = plan.watches.count
    self.signals = signals
    touched = ChangeDetector.copy(plan.touched.map(ChangeDetector.copy))
    words = plan.words
    clockCount = plan.touched.count
    shadows = plan.shadows
  }

  deinit {
    for watch in 0..<watchCount { watches[watch].signals.deallocate() }
    for clock in 0..<clockCount { touched[clock].deallocate() }
    watches.deallocate()
    signals.deallocate()
    touched.deallocate()
    shadows.forEach { $0.deallocate() }
  }

  private static func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let table = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    table.initialize(from: elements, count: elements.count)
    return table
  }

  /// Tells `writer` what changed at the edge of `clock` at `time`, in the order of declaration: a component that ticks
  /// in vain must not change even the order.
  @inline(__always) func report(
    clock: Int, ticked: UInt64, time: Picoseconds, to writer: some WaveformWriter
  ) {
    let touched = self.touched[clock]
    writer.advance(to: time)
    for word in 0..<words {
      var rest = ticked, due: UInt64 = 0
      while rest != 0 {
        due |= touched[rest.trailingZeroBitCount &* words &+ word]
        rest &= rest &- 1
      }
      while due != 0 {
        compare(watches + (64 &* word &+ due.trailingZeroBitCount), writer)
        due &= due &- 1
      }
    }
  }

  /// Eight lines at a time, which is what one mask of changed words holds. Ports are a single word, not worth a call.
  @inline(__always) private func compare(_ watch: UnsafeMutablePointer<Watch>, _ writer: some WaveformWriter) {
    let live = watch.pointee.live, shadow = watch.pointee.shadow, signals = watch.pointee.signals
    if watch.pointee.wordCount == 1 {
      let difference = live.load(as: UInt64.self) ^ shadow.load(as: UInt64.self)
      if difference != 0 { emit(1, live, shadow, signals, writer) }
      return
    }
    var line = 0
    let count = watch.pointee.lineCount
    while line < count {
      let changed = compare_words(live + 64 &* line, shadow + 64 &* line, min(8, count &- line))
      if changed != 0 { emit(changed, live + 64 &* line, shadow + 64 &* line, signals + 8 &* line, writer) }
      line &+= 8
    }
  }

  /// Writes the signals of the words that changed. Not inlined: alone it fits the registers.
  @inline(never) private func emit(
    _ changed: UInt64, _ live: UnsafeRawPointer, _ shadow: UnsafeMutableRawPointer,
    _ signals: UnsafeMutablePointer<UnsafeMutablePointer<TracedSignal>>, _ writer: some WaveformWriter
  ) {
    let new = live.assumingMemoryBound(to: UInt64.self), old = shadow.assumingMemoryBound(to: UInt64.self)
    var rest = changed
    repeat {
      let word = rest.trailingZeroBitCount
      rest &= rest &- 1
      let value = new[word], difference = value ^ old[word]
      old[word] = value
      var signal = signals[word]
      let end = signals[word &+ 1]
      while signal != end {
        let mask = signal.pointee.mask
        if difference & mask != 0 {
          writer.change(
            SignalHandle(index: Int(signal.pointee.handle)), to: (value & mask) &>> UInt64(signal.pointee.shift))
        }
        signal += 1
      }
    } while rest != 0
  }
}

/// A State or port, and its copy of the last edge.
struct Watch {
  let live: UnsafeRawPointer
  let shadow: UnsafeMutableRawPointer
  /// Words that hold signals, from the first on.
  let wordCount: Int
  /// In units of 64 bytes.
  let lineCount: Int
  /// Where the signals of each word begin, and the last ones end.
  let signals: UnsafeMutablePointer<UnsafeMutablePointer<TracedSignal>>

  init(_ plan: TracePlan.PlannedWatch, _ all: UnsafeMutablePointer<TracedSignal>) {
    live = plan.live
    shadow = plan.shadow
    wordCount = plan.words.lastIndex { $0 < plan.words.last! }.map { $0 + 1 } ?? 0
    lineCount = plan.words.count / 8
    signals = .allocate(capacity: plan.words.count)
    signals.initialize(from: plan.words.map { all + $0 }, count: plan.words.count)
  }
}

/// A signal inside its word.
struct TracedSignal {
  /// Its bits in the word.
  let mask: UInt64
  let handle: UInt32
  let shift: UInt32
}
