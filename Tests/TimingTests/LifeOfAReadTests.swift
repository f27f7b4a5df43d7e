import Device
import PCIe
import Scenario
import SimKernel
import Testing

/// One DMA read of 64 bytes from command to DMA_DONE, with the default parameters and a host latency of 300 ns: the
/// diagram of specs/timing-contract.md.
@Suite struct LifeOfAReadTests {
  struct Event: Sendable {
    let what: String
    /// PCIe cycles after the CTRL write.
    let cycle: Cycle
    let happened: @Sendable (System) -> Bool

    init(_ what: String, _ cycle: Cycle, _ happened: @escaping @Sendable (System) -> Bool) {
      self.what = what
      self.cycle = cycle
      self.happened = happened
    }
  }

  static let events: [Event] = [
    Event("command unit: CTRL = START", 0) { $0.commands.phase == .transferring },
    Event("DMA engine: command", 1) { $0.transfer.phase != .idle },
    Event("DMA engine: read request", 5) { $0.dma.activeTags == 1 },
    Event("endpoint: request", 6) { $0.endpoint.transmitted == 7 },
    Event("link up: request", 8) { $0.up.header0 >> 24 == 0x20 },
    Event("root complex: request", 34) { $0.root.activeReads == 1 },
    Event("root complex: completion", 109) { $0.root.activeReads == 0 },
    Event("link down: completion", 110) { $0.down.header0 >> 24 == 0x4a },
    Event("endpoint: completion", 138) { $0.down.header0 >> 24 == 0x4a && $0.endpoint.received == 11 },
    Event("DMA engine: first data", 140) { $0.transfer.firstDataAt != 0 },
    Event("RAM: first write", 141) { $0.ram.writes == 1 },
    Event("RAM: last write", 142) { $0.ram.writes == 2 },
    Event("DMA engine: result", 143) { $0.device.dma.records.count == 1 },
    Event("command unit: result", 145) { $0.commands.phase == .writingLength },
    Event("command unit: length", 146) { $0.commands.phase == .settlingLength },
    Event("RAM: length", 147) { $0.ram.writes == 3 },
    Event("command unit: DMA_DONE", 148) { $0.commands.dmaDone },
  ]

  private static func watch() throws -> Watch {
    // No poll before the transfer is over, so that the endpoint receives nothing else.
    try Watch(
      "\"host\": {\"read_latency\": \"300ns\"}",
      steps: """
        {"mmio_write": {"address": 0, "size": 1, "value": 2}}, {"mmio_write": {"address": 4, "value": 64}},
        {"mmio_write": {"address": 12, "size": 8, "value": "0x100000000"}},
        {"mmio_write": {"address": 1, "size": 1, "value": 1}}, {"wait": "2us"}
        """)
  }

  @Test func everyStepComesAtItsCycle() throws {
    let watch = try Self.watch()
    let start = try #require(watch.cycle(when: Self.events[0].happened))
    for event in Self.events {
      let cycle = try #require(watch.cycle(limit: 1_000, when: event.happened), "\(event.what) never happened")
      #expect(cycle - start == event.cycle, "\(event.what)")
    }
  }

  /// What the presets of hosts take off the published latencies.
  @Test func theWayThereAndBackIsThatOfTheHostPresets() throws {
    let watch = try Self.watch()
    let sent = try #require(watch.cycle { $0.dma.activeTags == 1 })
    let seen = try #require(watch.cycle(limit: 1_000) { $0.dma.firstDataAt != 0 })
    #expect((seen - sent) * watch.system.pcie.period == .nanoseconds(300) + HostPreset.linkRoundTrip)
  }
}
