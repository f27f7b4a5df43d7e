import Device
import PCIe
import SimKernel
import Testing

@testable import Replay

/// A device alone does what it did in its scenario.
@Suite struct ReplayTests {
  /// `mov64 r0, 7`, `exit`.
  private static let seven = "b700000007000000 9500000000000000"

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var parts = ""
    let steps: String
  }

  /// Packets of this link are never two in one edge, and the device never waits for it.
  private static let slowLink = "\"device\": {\"preset\": \"gen3x4\", \"dma\": {\"request_interval\": 4}}"

  static let cases = [
    Case(
      testDescription: "registers and memory by the host",
      parts: slowLink,
      steps: """
        {"mmio_write": {"address": "0x400000", "size": 8, "value": "0x1122334455667788"}},
        {"mmio_write": {"address": "0x800003", "size": 1, "value": "0x5a"}},
        {"mmio_read": {"address": "0x400004", "expect": "0x11223344"}},
        {"mmio_read": {"address": "0x800000", "expect": "0x5a000000"}}, {"mmio_read": {"address": 0}}
        """),
    Case(
      testDescription: "DMA of several sizes from unaligned addresses",
      parts: slowLink + ", \"driver\": {\"buffer_offset\": 77}",
      steps: [1, 3, 100, 4_097, 20_001].map { "{\"load_data\": {\"fill\": {\"bytes\": \($0)}}}" }
        .joined(separator: ", ")),
    Case(
      testDescription: "small packets, a wide path",
      parts: """
        "device": {"preset": "gen3x4", "dma": {"request_interval": 4}, "memory": {"data_path": 64},
          "endpoint": {"max_payload": 128, "receive_cycles": 5, "transmit_cycles": 7}}
        """, steps: "{\"load_data\": {\"fill\": {\"bytes\": 9999}}}"),
    Case(
      testDescription: "a run", parts: slowLink,
      steps: "{\"load_text\": {\"program\": {\"hex\": \"\(seven)\"}}}, {\"run\": {\"expect\": {\"ret\": 7}}}"),
    Case(
      testDescription: "interrupts",
      parts: """
        "device": {"preset": "gen3x4", "dma": {"request_interval": 4}, "commands": {"msi": true}},
        "driver": {"completion": "interrupt"}
        """,
      steps: "{\"load_text\": {\"program\": {\"hex\": \"\(seven)\"}}}, {\"run\": {\"expect\": {\"ret\": 7}}}"),
    Case(
      testDescription: "chunks of a peer in the window", parts: slowLink,
      steps: "{\"load_data\": {\"fill\": {\"bytes\": 5000}, \"via\": \"p2p\"}}"),
  ]

  @Test(arguments: cases)
  func replayIsTheScenario(_ scenario: Case) throws {
    let bench = try ReplayBench(scenario.parts, steps: scenario.steps, tlpLog: true)
    defer { bench.remove() }
    let record = bench.record
    #expect(record.moved == 0 && record.delay == 0 && !record.isIncomplete)
    #expect(bench.stimulus.comparison.different == nil && bench.stimulus.comparison.shifted == nil)
    let logged = try bench.loggedTLPs(), transmit = bench.simulator.document.spec.device.endpoint.transmitCycles
    #expect(record.sent.count >= logged.count)
    for (log, sent) in zip(logged, record.sent) {
      #expect(log.packet == TLPLogRecord(sent.tlp, link: "link", direction: .up, start: 0).packet)
      // A DLLP, or what is left of the packet before, may be on the wire.
      let visible = (sent.edge + transmit) * 4_000
      #expect(log.start >= visible && log.start < visible + 12_000)
    }
    expectMemory(of: bench)
  }

  /// Packets that come at the same edge are one after the other for a test bench, and nothing else changes.
  @Test func packetsOfOneEdgeAreSpread() throws {
    let bench = try ReplayBench(
      "\"driver\": {\"buffer_offset\": 33}", steps: "{\"load_data\": {\"fill\": {\"bytes\": 30001}}}")
    defer { bench.remove() }
    #expect(bench.record.moved > 0 && bench.record.delay == 0)
    #expect(bench.stimulus.comparison.different == nil)
    let edges = bench.record.stimuli.compactMap { edge, what in if case .packet = what { edge } else { nil } }
    #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 })
    expectMemory(of: bench)
  }

  /// A link that is far quicker than one packet an edge, and a host that answers in any order.
  @Test(arguments: [nil, 1, 2, 3] as [UInt64?])
  func aQuickHostWaitsForTheDevice(stall: UInt64?) throws {
    let bench = try ReplayBench(
      """
      "device": {"preset": "gen5x16", "dma": {"channels": 4, "arbitration": "round_robin"},
        "commands": {"queue_depth": 8, "msi": true}, "link": {"propagation": "0ns"}},
      "host": {"read_latency": {"min": "0ns", "max": "1us"}, "cut_at_every_boundary": true},
      "driver": {"completion": "interrupt", "queue_depth": 4, "buffer_offset": 33}
      """, steps: "{\"load_data\": {\"fill\": {\"bytes\": 100000}}}", stall: stall)
    defer { bench.remove() }
    #expect(!bench.record.isIncomplete)
    if stall == nil { #expect(bench.record.delay == 0) }
    expectMemory(of: bench)
  }

  /// What the endpoint answers itself is not the user logic's, and a packet is one or the other.
  @Test func hardBlockAndUserLogicShareThePackets() throws {
    let bench = try ReplayBench(
      steps: "{\"config_read\": {\"register\": 0}}, {\"mmio_read\": {\"address\": \"0x100000\"}}")
    defer { bench.remove() }
    var forUserLogic = 0, forHardBlock = 0, uses = 0
    for (_, what) in bench.record.stimuli {
      switch what {
      case .packet(let tlp, true):
        forUserLogic += 1
        #expect(tlp.header.type == .memoryRead)
      case .packet(let tlp, false):
        forHardBlock += 1
        #expect(tlp.header.type != .memoryRead)
      case .use(let flowClass):
        uses += 1
        #expect(flowClass == .completion)
      case .stall, .configuration: break
      }
    }
    #expect(forUserLogic == 1 && forHardBlock > 20 && uses == forHardBlock)
    #expect(bench.record.effects.count == 1)
    #expect(bench.record.sent.count == uses + 1)
  }

  /// A link that goes down resets the function.
  @Test func aLinkThatGoesDownResetsTheUserLogic() throws {
    let bench = try ReplayBench(
      steps:
        "{\"load_data\": {\"fill\": {\"bytes\": 64}}}, {\"reset\": {\"kind\": \"hot\"}}")
    defer { bench.remove() }
    let resets = bench.record.stimuli.compactMap { edge, what -> FunctionConfiguration? in
      if case .configuration(let configuration) = what, configuration.resets { configuration } else { nil }
    }
    #expect(resets.count == 1)
    #expect(resets.first?.notifies == true && resets.first?.busMaster == false)
    #expect(resets.first?.functionID == DeviceID(rawValue: 0))
  }

  /// Words of the replay's memories at its end are those of the scenario's.
  private func expectMemory(of bench: ReplayBench) {
    let device = bench.simulator.system.device
    var expected = ReplayRecord()
    expected.noteMemory(device.ramArray, base: 0)
    expected.noteMemory(device.windowArray, base: DeviceMap.p2p)
    #expect(!expected.memory.isEmpty)
    #expect(bench.record.memory.elementsEqual(expected.memory, by: ==))
  }
}
