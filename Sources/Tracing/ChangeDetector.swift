import SimKernel
import Waveform

/// Finds what changed at an edge: compares the components that ticked, and the ports they own, with what was written last.
struct ChangeDetector: ~Copyable {
  /// What to compare when component i of clock c ticks: `watches[first[c][i] ..< first[c][i + 1]]`.
  private let watches: UnsafeMutablePointer<Watch>
  private let watchCount: Int
  private let first: UnsafeMutablePointer<UnsafeMutablePointer<Int32>>
  private let clockCount: Int
  /// Signals of all watched words, grouped by word.
  private let signals: UnsafeMutablePointer<TracedSignal>
  private let shadows: [UnsafeMutableRawPointer]

  /// Declares the hierarchy of `simulation` in `writer`.
  init(_ simulation: Simulation, writer: some WaveformWriter) {
    var plan = TracePlan()
    plan.declare(simulation, in: writer)
    watches = ChangeDetector.copy(plan.watches)
    watchCount = plan.watches.count
    signals = ChangeDetector.copy(plan.signals)
    first = ChangeDetector.copy(plan.first.map(ChangeDetector.copy))
    clockCount = plan.first.count
    shadows = plan.shadows
  }

  deinit {
    for i in 0..<watchCount { watches[i].firstSignal.deallocate() }
    for i in 0..<clockCount { first[i].deallocate() }
    watches.deallocate()
    signals.deallocate()
    first.deallocate()
    shadows.forEach { $0.deallocate() }
  }

  private static func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let table = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    table.initialize(from: elements, count: elements.count)
    return table
  }

  /// Tells `writer` what changed at the edge of `clock` at `time`.
  @inline(__always) func report(
    clock: Int, ticked: UInt64, time: Picoseconds, to writer: some WaveformWriter
  ) {
    let first = self.first[clock]
    var rest = ticked
    writer.advance(to: time)
    while rest != 0 {
      let component = rest.trailingZeroBitCount
      rest &= rest &- 1
      for index in Int(first[component])..<Int(first[component &+ 1]) { compare(watches + index, writer) }
    }
  }

  /// A cache line at a time, since most do not change; then word by word.
  @inline(__always) private func compare(_ watch: UnsafeMutablePointer<Watch>, _ writer: some WaveformWriter) {
    let live = watch.pointee.live, shadow = watch.pointee.shadow
    for block in 0..<watch.pointee.blocks {
      if !ChangeDetector.differ(live[block], shadow[block]) { continue }
      let old = UnsafeRawPointer(shadow + block).assumingMemoryBound(to: UInt64.self)
      let new = UnsafeRawPointer(live + block).assumingMemoryBound(to: UInt64.self)
      let firstSignal = watch.pointee.firstSignal + 8 &* block
      for lane in 0..<8 where new[lane] != old[lane] {
        for signal in Int(firstSignal[lane])..<Int(firstSignal[lane &+ 1]) {
          emit(signals + signal, new[lane], new[lane] ^ old[lane], writer)
        }
      }
      shadow[block] = live[block]
    }
  }

  /// Halves, because `!=` of a long vector compares lane by lane through memory.
  @inline(__always) private static func differ(_ a: SIMD8<UInt64>, _ b: SIMD8<UInt64>) -> Bool {
    let eight = a ^ b
    let four = eight.lowHalf | eight.highHalf
    let two = four.lowHalf | four.highHalf
    return two.x | two.y != 0
  }

  @inline(__always) private func emit(
    _ signal: UnsafeMutablePointer<TracedSignal>, _ value: UInt64, _ difference: UInt64,
    _ writer: some WaveformWriter
  ) {
    let shift = UInt64(signal.pointee.shift), mask = signal.pointee.mask
    guard (difference &>> shift) & mask != 0 else { return }
    writer.change(signal.pointee.handle, to: (value &>> shift) & mask)
  }
}

/// A State or port in memory, and its copy of the last edge.
struct Watch {
  let live: UnsafePointer<SIMD8<UInt64>>
  let shadow: UnsafeMutablePointer<SIMD8<UInt64>>
  let blocks: Int
  /// Index of the first signal of each word, one more entry than words.
  let firstSignal: UnsafeMutablePointer<Int32>
}

/// A signal inside its word.
struct TracedSignal {
  let handle: SignalHandle
  let shift: UInt8
  let mask: UInt64
}
