import Device
import PCIe
import Scenario
import SimKernel

/// The parameters of the driver that belong to queues, peers and resets, and those of a switch in its system.
enum DriverTiming {
  /// The cycles that the driver spends in `phase` when it gets there first.
  private static func stay(_ phase: DriverPhase, _ parts: String, steps: String) throws -> UInt64? {
    let watch = try Watch(parts, steps: steps)
    guard let start = watch.cycle(when: { $0.cpu.phase == phase }),
      let end = watch.cycle(limit: 4_000_000, when: { $0.cpu.phase != phase })
    else { return nil }
    return end - start
  }

  /// When the device sees the first write of a peer: both are below a switch, or each below a root port of its own.
  private static func arrival(_ parts: String) throws -> UInt64? {
    let watch = try Watch(
      "\"host\": {\"acs_redirect\": false}, \(parts)", steps: "{\"peer_write\": {\"hex\": \"01020304\"}}")
    guard let start = watch.cycle(when: { $0.peers[0].engine.state.pointer.pointee.phase != .idle }),
      let end = watch.cycle(when: { $0.device.window.state.pointer.pointee.writes == 1 })
    else { return nil }
    return end - start
  }

  static let parameters: [TimedParameter] = [
    // Commands, not cycles: one runs, the others wait.
    TimedParameter("driver.queue_depth", [1, 2, 5], expected: { $0 - 1 }) { depth in
      let watch = try Watch(
        "\"device\": {\"commands\": {\"queue_depth\": 8}}, \"host\": {\"read_latency\": \"20us\"}, "
          + "\"driver\": {\"queue_depth\": \(depth)}",
        steps: "{\"load_data\": {\"fill\": {\"bytes\": 40960}}}")
      var largest: UInt64 = 0
      _ = watch.cycle { system in
        largest = max(largest, UInt64(system.commands.waiting))
        return system.cpu.phase == .finished
      }
      return largest
    },
    // The poll of an endless run, `ja -1`, after which the pause is twice the first one: 1 us.
    TimedParameter("driver.poll_backoff", [1, 2, 16]) { backoff in
      let watch = try Watch(
        "\"driver\": {\"poll_backoff\": \(backoff), \"run_timeout\": \"200us\"}",
        steps: """
          {"mmio_write": {"address": "0x100100", "size": 8, "value": "0xffff0005"}},
          {"mmio_write": {"address": "0x100108", "size": 8, "value": "0x95"}},
          {"mmio_write": {"address": "0x100000", "value": 16}}, {"run": {}}
          """)
      guard watch.cycle(when: { $0.cpu.commandStartedAt != 0 }) != nil else { return nil }
      for _ in 0..<40 {
        guard let pause = watch.cycle(when: { $0.cpu.phase == .pausing }) else { return nil }
        let polls = watch.system.cpu.polls
        guard let next = watch.cycle(when: { $0.cpu.phase != .pausing }) else { return nil }
        if next - pause == 250 { return UInt64(polls) }
      }
      return nil
    },
    // A peer that was pulled out does not answer.
    TimedParameter("driver.peer_timeout", [1_000_000, 1_004_000, 2_000_001], expected: TimedParameter.cycles) {
      try stay(
        .awaitingInterrupt, "\"driver\": {\"peer_timeout\": \"\($0)ps\"}",
        steps: """
          {"inject": {"kind": "surprise_removal", "target": "peer"}}, {"peer_write": {"hex": "01"}}
          """)
    },
    TimedParameter("driver.bus_reset_time", [1_000_000, 1_000_001, 3_000_000], expected: TimedParameter.cycles) {
      try stay(
        .pausing, "\"driver\": {\"bus_reset_time\": \"\($0)ps\"}", steps: "{\"reset\": {\"kind\": \"hot\"}}")
    },
    TimedParameter("driver.reset_recovery", [1_000, 4_001, 1_000_000], expected: TimedParameter.cycles) {
      try stay(.pausing, "\"driver\": {\"reset_recovery\": \"\($0)ps\"}", steps: "{\"reset\": {}}")
    },
    // What the write through a switch takes longer with more cycles than with one.
    TimedParameter("switch.forward_cycles", [1, 2, 30], expected: { $0 - 1 }) { cycles in
      func through(_ cycles: UInt64) throws -> UInt64? {
        try arrival(
          "\"topology\": [{\"switch\": \"sw\", \"forward_cycles\": \(cycles), \"ports\": [\"device\", \"peer\"]}]")
      }
      guard let one = try through(1), let more = try through(cycles) else { return nil }
      return more - one
    },
  ]
}
