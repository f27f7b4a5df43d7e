/// What the baseline of libfst writes, change for change: 500 signals in 50 groups of ten, one change a group and cycle.
/// Of each group six are toggles, three are counters, random numbers and states of 8 to 32 bits, and one is an address or
/// a random number of 64.
struct Stimulus {
  static let groups = 50
  static let signals = groups * 10

  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  private let values: UnsafeMutablePointer<UInt64>
  private let masks: UnsafeMutablePointer<UInt64>
  private let kinds: UnsafeMutablePointer<UInt8>

  init() {
    values = .allocate(capacity: Self.signals)
    values.initialize(repeating: 0, count: Self.signals)
    masks = .allocate(capacity: Self.signals)
    kinds = .allocate(capacity: Self.signals)
    for signal in 0..<Self.signals {
      masks[signal] = UInt64.max >> UInt64(64 - Self.width(signal))
      kinds[signal] = Self.kind(signal)
    }
  }

  static func width(_ signal: Int) -> Int {
    let group = signal / 10, place = signal % 10
    return place < 6 ? 1 : place < 9 ? 8 + (group * 7 + place * 11) % 25 : 64
  }

  private static func kind(_ signal: Int) -> UInt8 {
    let group = signal / 10, place = signal % 10
    return place < 6 ? 0 : place < 9 ? UInt8(place - 5) : group % 2 == 1 ? 5 : 4
  }

  /// The change of `group` in this cycle.
  @inline(__always)
  mutating func next(_ group: Int) -> (signal: Int, value: UInt64) {
    state ^= state &<< 13
    state ^= state &>> 7
    state ^= state &<< 17
    let signal = 10 &* group &+ Int(truncatingIfNeeded: ((state & 0xFFFF_FFFF) &* 10) &>> 32)
    let old = values[signal]
    var new: UInt64
    switch kinds[signal] {
    case 0: new = old ^ 1
    case 1: new = (old &+ 1) & masks[signal]
    case 2: new = different(state &>> 20 & masks[signal], from: old)
    case 3: new = different(state &>> 40 & 7, from: old)
    case 4: new = old &+ 64
    default: new = different(state &* 0x9E37_79B9_7F4A_7C15, from: old)
    }
    values[signal] = new
    return (signal, new)
  }

  @inline(__always)
  private func different(_ value: UInt64, from old: UInt64) -> UInt64 { value == old ? value ^ 1 : value }
}
