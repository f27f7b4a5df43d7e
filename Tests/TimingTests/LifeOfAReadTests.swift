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
    /// The second argument is the endpoint's state at the first event.
    let happened: @Sendable (System, EndpointState?) -> Bool

    init(_ what: String, _ cycle: Cycle, _ happened: @escaping @Sendable (System, EndpointState?) -> Bool) {
      self.what = what
      self.cycle = cycle
      self.happened = happened
    }
  }

  static let events: [Event] = [
    Event("command unit: CTRL = START", 0) { system, _ in system.commands.phase == .transferring },
    Event("DMA engine: command", 1) { system, _ in system.transfer.phase != .idle },
    Event("DMA engine: read request", 5) { system, _ in system.dma.activeTags == 1 },
    Event("endpoint: request", 6) { system, start in system.endpoint.transmitted > start!.transmitted },
    Event("link up: request", 8) { system, _ in system.up.header0 >> 24 == 0x20 },
    Event("root complex: request", 35) { system, _ in system.root.activeReads == 1 },
    Event("root complex: completion", 110) { system, _ in system.root.activeReads == 0 },
    Event("link down: completion", 111) { system, _ in system.down.header0 >> 24 == 0x4a },
    Event("endpoint: completion", 140) { system, start in
      system.down.header0 >> 24 == 0x4a && system.endpoint.received > start!.received
    },
    Event("DMA engine: first data", 142) { system, _ in system.transfer.firstDataAt != 0 },
    Event("RAM: first write", 143) { system, _ in system.ram.writes == 1 },
    Event("RAM: last write", 144) { system, _ in system.ram.writes == 2 },
    Event("DMA engine: result", 145) { system, _ in system.device.dma.records.count == 1 },
    Event("command unit: result", 147) { system, _ in system.commands.phase == .writingLength },
    Event("command unit: length", 148) { system, _ in system.commands.phase == .settlingLength },
    Event("RAM: length", 149) { system, _ in system.ram.writes == 3 },
    Event("command unit: DMA_DONE", 150) { system, _ in system.commands.dmaDone },
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
    let start = try #require(watch.cycle { Self.events[0].happened($0, nil) })
    let endpoint = watch.system.endpoint
    for event in Self.events {
      let cycle = try #require(
        watch.cycle(limit: 1_000) { event.happened($0, endpoint) }, "\(event.what) never happened")
      #expect(cycle - start == event.cycle, "\(event.what)")
    }
  }

  /// What the presets of hosts take off the published latencies.
  @Test func theWayThereAndBackIsThatOfTheHostPresets() throws {
    let watch = try Self.watch()
    let sent = try #require(watch.cycle { $0.dma.activeTags == 1 })
    let seen = try #require(watch.cycle(limit: 1_000) { $0.transfer.firstDataAt != 0 })
    #expect((seen - sent) * watch.system.pcie.period == .nanoseconds(300) + HostPreset.linkRoundTrip)
  }
}
