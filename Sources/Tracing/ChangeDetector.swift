import SimKernel
import Waveform

/// Finds what changed at an edge: compares the components that ticked, and the ports they own, with what was written last.
///
/// This runs at every edge of a traced run: pointers only, no arrays, no class, no reference counts.
struct ChangeDetector: ~Copyable {
  private let watches: UnsafeMutablePointer<TracePlan.Watch>
  private let watchCount: Int
  /// What to compare when component i of clock c ticks: one bit a watch, in `words` words from `touched[c] + i * words`.
  private let touched: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>
  private let words: Int
  /// The same as lists, for edges at which one component ticks: component i of clock c has `alone[c][i]`.
  private let alone: UnsafeMutablePointer<UnsafeMutablePointer<WatchList>>
  /// By clock: whether its components changed ports.
  private let ports: UnsafeMutablePointer<PortChanges>
  /// A bit for each watch that is a port.
  private let isPort: UnsafeMutablePointer<UInt64>
  private let clockCount: Int
  private let componentCounts: [Int]
  /// By clock: what happens at each edge.
  private let edges: UnsafeMutablePointer<SignalHandle?>
  /// Every signal's path and bits, in the order of declaration.
  let signals: [(path: String, width: Int)]

  /// Declares the hierarchy of `simulation` in `writer`.
  init(_ simulation: Simulation, _ selection: TraceSelection, writer: some WaveformWriter) {
    let plan = TracePlan(simulation, selection, declaringIn: writer)
    edges = ChangeDetector.copy(plan.edges)
    signals = plan.signals
    watches = ChangeDetector.copy(plan.watches)
    watchCount = plan.watches.count
    touched = ChangeDetector.copy(plan.touched.map(ChangeDetector.copy))
    words = plan.words
    let all = watches
    alone = ChangeDetector.copy(
      plan.touched.map { masks in
        ChangeDetector.copy(
          stride(from: 0, to: masks.count, by: plan.words).map { WatchList(masks[$0..<$0 + plan.words], of: all) })
      })
    ports = ChangeDetector.copy(simulation.clocks.map { PortChanges(live: $0.portChanges) })
    isPort = ChangeDetector.copy(plan.ports)
    componentCounts = plan.touched.map { $0.count / plan.words }
    clockCount = plan.touched.count
  }

  deinit {
    for watch in 0..<watchCount { watches[watch].memory.deallocate() }
    for clock in 0..<clockCount {
      touched[clock].deallocate()
      for component in 0..<componentCounts[clock] { alone[clock][component].first.deallocate() }
      alone[clock].deallocate()
    }
    alone.deallocate()
    ports.deallocate()
    isPort.deallocate()
    watches.deallocate()
    edges.deallocate()
    touched.deallocate()
  }

  private static func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let table = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    table.initialize(from: elements, count: elements.count)
    return table
  }

  /// Tells `writer` what changed at the edge of `clock` at `time`, and that it was an edge. An edge at which components
  /// tick in vain leaves nothing in the trace, not even its time.
  @inline(__always) func report(
    clock: Int, ticked: UInt64, time: Picoseconds, to writer: some WaveformWriter
  ) {
    var changed = false
    let portsChanged = ports[clock].take()
    if ticked & (ticked &- 1) == 0 && ticked != 0 {
      let list = alone[clock][ticked.trailingZeroBitCount]
      var watch = list.first
      while watch != list.firstPort {
        changed = writer.record(watch.pointee.pointee.memory, at: time) || changed
        watch += 1
      }
      while portsChanged && watch != list.end {
        changed = comparePort(watch.pointee, time, writer) || changed
        watch += 1
      }
    } else {
      changed = compareMany(clock, ticked, portsChanged, time, writer)
    }
    if changed, let edge = edges[clock] { writer.change(edge, to: 1) }
  }

  /// In the order of declaration, whoever ticked.
  @inline(__always) private func compareMany(
    _ clock: Int, _ ticked: UInt64, _ portsChanged: Bool, _ time: Picoseconds, _ writer: some WaveformWriter
  ) -> Bool {
    let touched = self.touched[clock]
    var changed = false
    for word in 0..<words {
      var rest = ticked, due: UInt64 = 0
      while rest != 0 {
        due |= touched[rest.trailingZeroBitCount &* words &+ word]
        rest &= rest &- 1
      }
      if !portsChanged { due &= ~isPort[word] }
      while due != 0 {
        changed = compareAny(watches + (64 &* word &+ due.trailingZeroBitCount), time, writer) || changed
        due &= due &- 1
      }
    }
    return changed
  }

  /// Tells `writer` everything that changed since it was last told, whoever ticked, at the edge of `clock` at `time`.
  func reportAll(clock: Int, time: Picoseconds, to writer: some WaveformWriter) {
    var changed = false
    for position in 0..<watchCount { changed = compareAny(watches + position, time, writer) || changed }
    if changed, let edge = edges[clock] { writer.change(edge, to: 1) }
  }

  @inline(__always) private func compareAny(
    _ watch: UnsafeMutablePointer<TracePlan.Watch>, _ time: Picoseconds, _ writer: some WaveformWriter
  ) -> Bool {
    watch.pointee.isPort
      ? comparePort(watch, time, writer) : writer.record(watch.pointee.memory, at: time)
  }

  /// Ports are a single word, not worth a call.
  /// - Returns: whether it changed
  @inline(__always) private func comparePort(
    _ watch: UnsafeMutablePointer<TracePlan.Watch>, _ time: Picoseconds, _ writer: some WaveformWriter
  ) -> Bool {
    guard let (word, value) = watch.pointee.memory.takeFirst() else { return false }
    writer.advance(to: time)
    writer.change(word, to: value)
    return true
  }
}

/// Whether components of a clock changed ports.
private struct PortChanges {
  let live: UnsafePointer<UInt64>
  var seen: UInt64 = 0

  init(live: UnsafePointer<UInt64>) { self.live = live }

  /// Whether there were changes since the last time.
  @inline(__always) mutating func take() -> Bool {
    let now = live.pointee
    defer { seen = now }
    return now != seen
  }
}

/// What to compare when one component ticks: States and tables, then ports.
private struct WatchList {
  let first: UnsafeMutablePointer<UnsafeMutablePointer<TracePlan.Watch>>
  let firstPort: UnsafeMutablePointer<UnsafeMutablePointer<TracePlan.Watch>>
  let end: UnsafeMutablePointer<UnsafeMutablePointer<TracePlan.Watch>>

  /// - Parameter mask: a bit for each of the watches
  init(_ mask: ArraySlice<UInt64>, of watches: UnsafeMutablePointer<TracePlan.Watch>) {
    let positions = mask.enumerated().flatMap { word, bits in
      (0..<64).filter { bits >> UInt64($0) & 1 != 0 }.map { 64 * word + $0 }
    }
    let all = positions.map { watches + $0 }
    first = .allocate(capacity: max(1, all.count))
    first.initialize(from: all, count: all.count)
    firstPort = first + all.filter { !$0.pointee.isPort }.count
    end = first + all.count
  }
}
