import SimKernel
import Testing

/// Random numbers depend on the seed and the stream's name, and on nothing else.
struct RandomTests {
  private static func numbers(_ seed: UInt64, _ name: String, count: Int = 1_000) -> [UInt64] {
    var stream = RandomStream(seed: seed, name: name)
    return (0..<count).map { _ in stream.next() }
  }

  @Test func sameSeedAndNameGiveTheSameNumbers() {
    #expect(Self.numbers(1, "host.memory") == Self.numbers(1, "host.memory"))
  }

  @Test func numbersAreThoseOfSplitMix64() {
    // FNV-1a of the empty name is its offset basis; seed 0 adds nothing. Then one step of SplitMix64 by hand.
    var z: UInt64 = 0xcbf2_9ce4_8422_2325 &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    #expect(Self.numbers(0, "", count: 1) == [z ^ (z >> 31)])
  }

  @Test func otherSeedsAndNamesGiveOtherNumbers() {
    let streams = [(1, "a"), (2, "a"), (1, "b"), (1, "ab"), (1, "ba"), (UInt64.max, "a")].map {
      Self.numbers($0.0, $0.1)
    }
    for (index, stream) in streams.enumerated() {
      for other in streams[(index + 1)...] { #expect(Set(stream).isDisjoint(with: other)) }
    }
  }

  @Test func drawingFromOneStreamLeavesTheOthersAlone() {
    var a = RandomStream(seed: 1, name: "a"), b = RandomStream(seed: 1, name: "b")
    var mixed: [UInt64] = []
    for turn in 0..<1_000 {
      for _ in 0..<turn % 3 { _ = a.next() }
      mixed.append(b.next())
    }
    #expect(mixed == Self.numbers(1, "b"))
  }

  @Test func aCopyGoesOnLikeTheOriginal() {
    var stream = RandomStream(seed: 3, name: "snapshot")
    _ = stream.next()
    var copy = stream
    #expect(copy == stream)
    #expect(copy.next() == stream.next())
  }

  @Test(arguments: [1, 2, 3, 10, 1_000_000, 1 << 63, .max] as [UInt64])
  func boundedNumbersStayBelowTheBound(bound: UInt64) {
    var stream = RandomStream(seed: 4, name: "bounds")
    #expect((0..<10_000).allSatisfy { _ in stream.next(below: bound) < bound })
  }

  @Test func boundedNumbersAreUniform() {
    var stream = RandomStream(seed: 5, name: "uniform")
    var counts = Array(repeating: 0, count: 10)
    for _ in 0..<100_000 { counts[Int(stream.next(below: 10))] += 1 }
    // Five standard deviations of a binomial with n = 100,000 and p = 0.1.
    for count in counts { #expect(abs(count - 10_000) < 5 * 95) }
  }
}
