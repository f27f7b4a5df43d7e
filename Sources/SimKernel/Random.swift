/// A seeded stream of random numbers (SplitMix64), plain data: part of a State like any other register.
///
/// Each component draws from a stream of its own, named after it, so that adding a component changes no other's numbers.
public struct RandomStream: TracedState, Equatable, Sendable {
  public private(set) var state: UInt64

  public init(seed: UInt64, name: String) {
    // FNV-1a of the name, so that the stream depends on nothing but the seed and the name.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    state = seed &* 0x9e37_79b9_7f4a_7c15 ^ hash
  }

  public static var signals: [SignalDeclaration<RandomStream>] { [.bits("state", \.state)] }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in `0 ..< bound`; `bound` > 0.
  public mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
}
