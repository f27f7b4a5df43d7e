import PCIe

/// SplitMix64, so that a failing case is the same in every run.
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  mutating func flag() -> Bool { next() & 1 == 1 }
  mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

let requester = DeviceID(bus: 0x01, device: 0x02, function: 0x3)
let completer = DeviceID(bus: 0x04, device: 0x05, function: 0x6)
