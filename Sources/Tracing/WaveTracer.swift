import SimKernel
import Waveform

/// Writes every change of every State into a waveform: after each edge it compares the components that ticked, and the
/// ports they own, with what was written last.
public final class WaveTracer<Writer: WaveformWriter>: EdgeObserver {
  private let writer: Writer
  /// What to compare when a component ticks: `watches[first[clock][i] ..< first[clock][i + 1]]`.
  private let watches: UnsafeMutablePointer<Watch>
  private let watchCount: Int
  private let first: [UnsafeMutablePointer<Int32>]
  /// Signals of all watched words, grouped by word.
  private let signals: UnsafeMutablePointer<TracedSignal>
  private let shadows: [UnsafeMutableRawPointer]

  /// Declares the hierarchy of `simulation` and writes the initial values at time 0.
  public init(_ simulation: Simulation, writer: Writer) throws {
    self.writer = writer
    var plan = TracePlan()
    plan.declare(simulation, in: writer)
    try writer.start(at: 0)
    (watches, watchCount) = (.allocate(capacity: plan.watches.count), plan.watches.count)
    watches.initialize(from: plan.watches, count: plan.watches.count)
    signals = .allocate(capacity: plan.signals.count)
    signals.initialize(from: plan.signals, count: plan.signals.count)
    first = plan.first.map { entries in
      let table = UnsafeMutablePointer<Int32>.allocate(capacity: entries.count)
      table.initialize(from: entries, count: entries.count)
      return table
    }
    shadows = plan.shadows
  }

  deinit {
    for i in 0..<watchCount { watches[i].firstSignal.deallocate() }
    watches.deallocate()
    signals.deallocate()
    first.forEach { $0.deallocate() }
    shadows.forEach { $0.deallocate() }
  }

  /// Finishes the file, which ends at `time`.
  public func close(at time: Picoseconds) throws { try writer.close(at: time) }

  public override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    writer.advance(to: time)
    let first = self.first[clock]
    var rest = ticked
    while rest != 0 {
      let component = rest.trailingZeroBitCount
      rest &= rest &- 1
      for index in Int(first[component])..<Int(first[component &+ 1]) { compare(watches + index) }
    }
  }

  /// Eight words at a time, since most do not change.
  @inline(__always) private func compare(_ watch: UnsafeMutablePointer<Watch>) {
    let live = watch.pointee.live, shadow = watch.pointee.shadow
    for block in 0..<watch.pointee.blocks {
      let now = live[block], difference = now ^ shadow[block]
      if difference == .zero { continue }
      shadow[block] = now
      for lane in 0..<8 where difference[lane] != 0 {
        emit(watch, word: 8 &* block &+ lane, value: now[lane], difference: difference[lane])
      }
    }
  }

  @inline(__always) private func emit(
    _ watch: UnsafeMutablePointer<Watch>, word: Int, value: UInt64, difference: UInt64
  ) {
    let firstSignal = watch.pointee.firstSignal
    for index in Int(firstSignal[word])..<Int(firstSignal[word &+ 1]) {
      let signal = signals + index
      let shift = UInt64(signal.pointee.shift)
      guard (difference &>> shift) & signal.pointee.mask != 0 else { continue }
      writer.change(signal.pointee.handle, to: (value &>> shift) & signal.pointee.mask)
    }
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
