import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// The checker finds what it is for, and nothing else.
@Suite struct OrderingCheckerTests {
  private func check(_ entered: [TLP], left: [TLP]) -> [OrderingChecker.Violation] {
    var checker = OrderingChecker()
    for tlp in entered { checker.enter(tlp) }
    for tlp in left { checker.leave(tlp) }
    #expect(checker.entered == entered.count && checker.inside == checker.entered - checker.left)
    return checker.finish()
  }

  private func traffic(_ count: Int, seed: UInt64) -> [TLP] {
    var random = RandomStream(seed: seed, name: "checker")
    return (0..<count).map { .random(&random, serial: $0) }
  }

  @Test func packetsInOrderAreNoViolation() {
    let tlps = traffic(1_000, seed: 1)
    #expect(check(tlps, left: tlps).isEmpty)
  }

  @Test func aLostPacketIsFound() {
    var left = traffic(100, seed: 2)
    left.remove(at: 40)
    #expect(
      check(traffic(100, seed: 2), left: left).filter { if case .lost = $0 { true } else { false } } == [.lost(40)])
  }

  @Test func aDuplicateIsFound() {
    let tlps = traffic(100, seed: 3)
    #expect(check(tlps, left: tlps + [tlps[70]]) == [.duplicated(tlps[70])])
  }

  /// Whatever is altered: header, payload, prefixes.
  @Test func anAlteredPacketIsFound() {
    let tlps = [write(8), read(tag: 1), completion()]
    var payload = tlps[0], header = tlps[1]
    payload.payload[7] ^= 1
    header.header.dwords.y ^= 0x100
    let prefixed = tlps[2].with(prefixes: [.vendorLocal0(1)])
    #expect(check(tlps, left: [payload, tlps[1], tlps[2]]).contains(.unknown(payload)))
    #expect(check(tlps, left: [tlps[0], header, tlps[2]]) == [.unknown(header), .lost(1)])
    #expect(check(tlps, left: [tlps[0], tlps[1], prefixed]) == [.unknown(prefixed), .lost(2)])
  }

  /// Equal packets are told apart by nothing: the oldest is taken to leave first, and each leaves once.
  @Test func equalPacketsAreCounted() {
    #expect(check([write(), write(), write()], left: [write(), write(), write()]).isEmpty)
    #expect(check([write(), write()], left: [write(), write(), write()]) == [.duplicated(write())])
    #expect(check([write(), write(), write()], left: [write()]) == [.lost(1), .lost(2)])
  }

  @Test func aPacketThatPassesIsFoundWithTheOneItPassed() {
    #expect(
      check([read(), write(), completion()], left: [completion(), read(), write()]) == [.passed(later: 2, earlier: 1)])
    #expect(check([read(), write(), completion()], left: [write(), completion(), read()]).isEmpty)
    let first = completion(8), second = completion(4)
    #expect(check([first, second], left: [second, first]) == [.passed(later: 1, earlier: 0)])
    #expect(check([first, completion(tag: 1)], left: [completion(tag: 1), first]).isEmpty)
  }

  /// The order of packets of different traffic classes is nobody's business (2.4.1).
  @Test func trafficClassesAreIndependent() {
    var late = write(fill: 2)
    late.header.dwords.x |= 0x10_0000
    #expect(check([write(), late], left: [late, write()]).isEmpty)
  }

  /// Two packets swapped at random: it is a violation exactly if the table says so, of the later one and of those that
  /// were between them.
  @Test(arguments: 0..<200 as Range<UInt64>) func aSwapIsJudgedByTheTable(seed: UInt64) {
    let tlps = traffic(60, seed: seed)
    var random = RandomStream(seed: seed, name: "swap")
    let first = Int(random.next(below: 60)), second = Int(random.next(below: 60))
    var order = Array(0..<60)
    order.swapAt(first, second)
    #expect(check(tlps, left: order.map { tlps[$0] }) == violations(tlps, order))
  }

  /// Any order at all, against the table asked for each pair.
  @Test(arguments: 0..<100 as Range<UInt64>) func anyOrderIsJudgedByTheTable(seed: UInt64) {
    let tlps = traffic(40, seed: seed)
    var random = RandomStream(seed: seed, name: "shuffle")
    var order = Array(0..<40)
    for index in order.indices { order.swapAt(index, Int(random.next(below: 40))) }
    let expected = violations(tlps, order)
    #expect(!expected.isEmpty && check(tlps, left: order.map { tlps[$0] }) == expected)
  }

  /// Of each packet that passed some that it must not pass, the oldest of these.
  private func violations(_ tlps: [TLP], _ order: [Int]) -> [OrderingChecker.Violation] {
    order.indices.compactMap { place in
      let later = order[place], behind = order[(place + 1)...].filter { $0 < later }.sorted()
      let passed = behind.first { OrderingRules.passing(tlps[later].header, tlps[$0].header) == .forbidden }
      return passed.map { .passed(later: later, earlier: $0) }
    }
  }
}
