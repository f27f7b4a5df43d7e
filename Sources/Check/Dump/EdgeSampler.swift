import WaveReader

/// Bits of a signal of a waveform, at most 64.
struct Probe: Sendable {
  /// Its place among the names of its ``ProbeSet``.
  let number: Int32
  /// Position among the signals that are sampled.
  let slot: Int32
  /// Bits below.
  let shift: Int32
  private let bits: Int32

  var width: Int { Int(bits) }

  init(number: Int, slot: Int, shift: Int, width: Int) {
    (self.number, self.slot, self.shift, bits) = (Int32(number), Int32(slot), Int32(shift), Int32(width))
  }
}

/// What a probe reads.
enum Sample: Equatable, Sendable {
  case bits(UInt64)
  /// Some bits are neither 0 nor 1.
  case unknown
}

/// Walks through a waveform from edge to edge of a clock. What is sampled at an edge is what a flip-flop takes over: the
/// values before anything changes at that time.
final class EdgeSampler {
  enum Clock {
    /// A signal's bit goes from 0 to 1, or back.
    case signal(Probe, rising: Bool)
    /// Multiples of so many units of time, from the first on.
    case period(UInt64)
  }

  private enum Form: UInt8 { case none, bits, large }

  private struct Held {
    var bits: UInt64 = 0
    var form = Form.none
  }

  /// What all signals are at some time. Memory of its own, which no access has to be checked for.
  private struct Values {
    let small: UnsafeMutablePointer<Held>
    /// Wide values, and those that are not only 0 and 1.
    let large: UnsafeMutablePointer<WaveValue?>

    init(count: Int) {
      small = .allocate(capacity: count)
      small.initialize(repeating: Held(), count: count)
      large = .allocate(capacity: count)
      large.initialize(repeating: nil, count: count)
    }

    func deallocate(count: Int) {
      large.deinitialize(count: count)
      large.deallocate()
      small.deallocate()
    }

    @inline(__always)
    func sample(_ probe: Probe) -> Sample {
      let value = small[Int(probe.slot)]
      if value.form == .bits { return .bits(value.bits >> UInt64(probe.shift) & EdgeSampler.mask(probe.width)) }
      return value.form == .none ? .unknown : EdgeSampler.sample(large[Int(probe.slot)], probe)
    }
  }

  let file: WaveFile
  /// By the number of a probe.
  let names: [String]
  private let cursor: WaveCursor
  private let clock: Clock
  /// By handle, -1 for those that are not sampled.
  private let slots: [Int32]
  private let count: Int
  /// Before the edge, and behind all changes that were read.
  private let held: Values
  private let fresh: Values
  private var changed: [Int] = []
  /// The time of the step that the cursor is at; nil behind the last one.
  private var ahead: UInt64?
  /// Of the edge, in units of the file.
  private(set) var time: UInt64 = 0
  /// Edges before this one; -1 before the first.
  private(set) var cycle = -1
  private(set) var isBlackout = false

  init(_ probes: ProbeSet, clock: Clock) throws(WaveReadError) {
    (file, names, self.clock) = (probes.file, probes.probeNames, clock)
    var slots = [Int32](repeating: -1, count: file.hierarchy.handles.count)
    var wanted = [Bool](repeating: false, count: slots.count)
    for (slot, handle) in probes.handles.enumerated() {
      slots[handle] = Int32(slot)
      wanted[handle] = true
    }
    (self.slots, count) = (slots, probes.handles.count)
    (held, fresh) = (Values(count: count), Values(count: count))
    cursor = file.cursor(wanted: wanted)
    ahead = try cursor.next() ? cursor.time : nil
    if case .period = clock { cycle = 0 }
  }

  deinit {
    held.deallocate(count: count)
    fresh.deallocate(count: count)
  }

  /// What the file lacks at its end, behind the last edge.
  var loss: String? { cursor.loss }

  /// Moves to the next edge; false behind the last one.
  func next() throws(WaveReadError) -> Bool {
    switch clock {
    case .signal(let probe, let rising): return try next(probe, rising)
    case .period(let period): return try next(period)
    }
  }

  private func next(_ probe: Probe, _ rising: Bool) throws(WaveReadError) -> Bool {
    while true {
      settle()
      guard let now = ahead else { return false }
      let wasBlackout = isBlackout
      while ahead == now { try take() }
      guard held.sample(probe) == .bits(rising ? 0 : 1), fresh.sample(probe) == .bits(rising ? 1 : 0), !wasBlackout
      else { continue }
      (time, cycle) = (now, cycle + 1)
      return true
    }
  }

  private func next(_ period: UInt64) throws(WaveReadError) -> Bool {
    let (edge, overflow) = time.addingReportingOverflow(period)
    if overflow { return false }
    while let now = ahead, now < edge { try take() }
    if ahead == nil && edge > cursor.endTime { return false }
    settle()
    (time, cycle) = (edge, cycle + 1)
    return true
  }

  /// Takes what changes in the step that the cursor is at, and moves it on.
  private func take() throws(WaveReadError) {
    for change in cursor.changes {
      let slot = Int(slots[change.handle])
      if slot < 0 { continue }
      changed.append(slot)
      if let bits = change.bits {
        fresh.small[slot] = Held(bits: bits, form: .bits)
      } else {
        fresh.small[slot] = Held(form: .large)
        fresh.large[slot] = cursor.value(of: change)
      }
    }
    isBlackout = cursor.isBlackout
    ahead = try cursor.next() ? cursor.time : nil
  }

  /// What changed at the last edge is seen from now on.
  private func settle() {
    for slot in changed {
      held.small[slot] = fresh.small[slot]
      if held.small[slot].form == .large { held.large[slot] = fresh.large[slot] }
    }
    changed.removeAll(keepingCapacity: true)
  }

  // MARK: - Values

  /// The value before the edge.
  @inline(__always)
  subscript(_ probe: Probe) -> Sample { held.sample(probe) }

  /// What the map calls the signal.
  func name(_ probe: Probe) -> String { names[Int(probe.number)] }

  /// The whole value before the edge, for people.
  func text(_ probe: Probe) -> String { held.large[Int(probe.slot)]?.readable ?? "x" }

  @inline(__always)
  static func mask(_ width: Int) -> UInt64 { .max >> UInt64(64 - width) }

  private static func sample(_ value: WaveValue?, _ probe: Probe) -> Sample {
    switch value {
    case .wide(let bytes, let width): return .bits(bits(bytes, width, probe))
    case .states(let states):
      let end = states.utf8.count - Int(probe.shift)
      let part = states.utf8.prefix(end).suffix(probe.width)
      let text = String(decoding: Array(part), as: UTF8.self)
      return UInt64(text, radix: 2).map { .bits($0) } ?? .unknown
    default: return .unknown
    }
  }

  /// The first bit of `bytes` is the highest one.
  private static func bits(_ bytes: [UInt8], _ width: Int, _ probe: Probe) -> UInt64 {
    let end = width - Int(probe.shift), start = end - probe.width
    var bits: UInt64 = 0
    // Up to nine bytes; what is above the probe's bits is shifted out or masked.
    for index in start / 8...(end - 1) / 8 {
      let isLast = index == (end - 1) / 8
      let unused = isLast ? UInt64(8 * (index + 1) - end) : 0
      bits = bits << (8 - unused) | UInt64(bytes[index]) >> unused
    }
    return bits & mask(probe.width)
  }
}
