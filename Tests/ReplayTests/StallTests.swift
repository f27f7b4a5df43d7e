import PCIe
import SimKernel
import Testing

@testable import Replay

/// A host that takes nothing for a while.
@Suite struct StallTests {
  private static let steps = """
    {"load_data": {"fill": {"bytes": 300001}}}, {"mmio_read": {"address": "0x400000"}},
    {"mmio_read": {"address": "0x400010"}}
    """

  @Test func windowsTakeATenthOfTheTime() {
    var windows = StallWindows(seed: 5), stalled = [0, 0, 0], lengths: Set<Int> = [], length = 0
    for edge in 0..<200_000 as Range<Cycle> {
      let now = windows.stalled(at: edge)
      for index in 0..<3 where now[index] { stalled[index] += 1 }
      if now[0] {
        length += 1
      } else if length > 0 {
        lengths.insert(length)
        length = 0
      }
    }
    for count in stalled { #expect((18_000...22_000).contains(count)) }
    #expect(lengths.min() == 1 && lengths.max() == 64)
    #expect(Set(stalled).count > 1, "each class has windows of its own")
  }

  @Test func withoutASeedThereAreNone() {
    var windows = StallWindows(seed: nil)
    #expect(FlowClass.allCases.allSatisfy { windows.end(of: $0, at: 100) == nil })
  }

  /// The same packets of each class, none before its time; tags are what is free.
  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func aStallOnlyDelays(seed: UInt64) throws {
    let free = try ReplayBench(steps: Self.steps), stalled = try ReplayBench(steps: Self.steps, stall: seed)
    defer {
      free.remove()
      stalled.remove()
    }
    var isLater = false
    for flowClass in FlowClass.allCases {
      let expected = free.record.sent.filter { $0.tlp.header.flowClass == flowClass }
      let found = stalled.record.sent.filter { $0.tlp.header.flowClass == flowClass }
      #expect(expected.count == found.count)
      for (one, other) in zip(expected, found) {
        #expect(flowClass == .nonPosted ? one.tlp.withTag(0) == other.tlp.withTag(0) : one.tlp == other.tlp)
        #expect(one.edge <= other.edge)
        if one.edge < other.edge { isLater = true }
      }
    }
    #expect(isLater)
    #expect(free.record.memory.elementsEqual(stalled.record.memory, by: ==))
  }

  /// Nothing is taken in a window: so many packets are on their way at most as the ports have places.
  @Test func theFileHasTheWindowsOfTheRun() throws {
    let bench = try ReplayBench(steps: Self.steps, stall: 9)
    defer { bench.remove() }
    var windows = StallWindows(seed: 9), expected: [String] = [], before = [false, false, false]
    for edge in 0...bench.record.end {
      let now = windows.stalled(at: edge)
      if now != before { expected.append("stall \(edge) " + now.map { $0 ? "1" : "0" }.joined(separator: " ")) }
      before = now
    }
    let lines = try bench.files().stimulus
    #expect(lines.filter { $0.hasPrefix("stall") } == expected)
    let edges = lines.filter { !$0.hasPrefix("#") && !$0.hasPrefix("param") }.map {
      UInt64($0.split(separator: " ")[1])!
    }
    #expect(edges == edges.sorted())
  }

  @Test(arguments: [nil, 7] as [UInt64?])
  func sameScenarioSameBytes(seed: UInt64?) throws {
    let one = try ReplayBench(steps: Self.steps, stall: seed), other = try ReplayBench(steps: Self.steps, stall: seed)
    defer {
      one.remove()
      other.remove()
    }
    let first = try one.files(), second = try other.files()
    #expect(first.stimulus == second.stimulus && first.expected == second.expected)
  }
}
