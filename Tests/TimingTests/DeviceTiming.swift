import Device
import PCIe
import Scenario
import SimKernel

/// The parameters of the device, seen in a whole system. A cycle is that of the edge after which the event shows in the
/// state of the component.
enum DeviceTiming {
  private static let store = "{\"mmio_write\": {\"address\": 8, \"value\": 1}}"
  private static let load = "{\"mmio_read\": {\"address\": \"0x400000\"}}"

  private static func data(_ bytes: Int) -> String {
    "{\"load_data\": {\"fill\": {\"bytes\": \(bytes)}, \"page_size\": 65536}}"
  }

  private static let slowHost = "\"host\": {\"read_latency\": \"50us\"}"

  /// So many transfers of 64 bytes, whose commands follow one another.
  private static func transfers(_ count: UInt64) -> String {
    "{\"mmio_write\": {\"address\": 4, \"value\": 64}}, "
      + "{\"mmio_write\": {\"address\": 12, \"size\": 8, \"value\": \"0x100000000\"}}, "
      + "{\"repeat\": {\"count\": \(count), \"steps\": ["
      + "{\"mmio_write\": {\"address\": 0, \"size\": 2, \"value\": \"0x102\"}}]}}, {\"wait\": \"20us\"}"
  }

  /// The cycles from `first` to `second`.
  private static func between(
    _ watch: Watch, _ first: (System) -> Bool, _ second: (System) -> Bool
  ) -> UInt64? {
    guard let start = watch.cycle(when: first), let end = watch.cycle(when: second) else { return nil }
    return end - start
  }

  /// From the BAR write at the endpoint to the register that it changes.
  private static func storeDelay(_ overrides: String) throws -> UInt64? {
    let watch = try Watch("\"device\": {\(overrides)}", steps: store)
    guard watch.cycle(when: { $0.cpu.step == 1 }) != nil else { return nil }
    let received = watch.system.endpoint.received
    return between(watch, { $0.endpoint.received > received }, { $0.commands.registers.offset == 1 })
  }

  private static func maximum(_ watch: Watch, _ value: (System) -> UInt64) -> UInt64 {
    var largest: UInt64 = 0
    _ = watch.cycle { system in
      largest = max(largest, value(system))
      return system.cpu.phase == .finished
    }
    return largest
  }

  static let parameters: [TimedParameter] = [
    // One cycle more in the decoder.
    TimedParameter("endpoint.receive_cycles", [1, 2, 9], expected: { $0 + 1 }) {
      try storeDelay("\"endpoint\": {\"receive_cycles\": \($0)}")
    },
    // Two cycles more in the endpoint.
    TimedParameter("decoder.decode_cycles", [1, 2, 9], expected: { $0 + 2 }) {
      try storeDelay("\"decoder\": {\"decode_cycles\": \($0)}")
    },
    // The endpoint sends the first configuration answer; the link takes it.
    TimedParameter("endpoint.transmit_cycles", [1, 2, 9]) {
      let watch = try Watch("\"device\": {\"endpoint\": {\"transmit_cycles\": \($0)}}", steps: load)
      return between(watch, { $0.endpoint.transmitted == 1 }, { $0.up.packets == 1 })
    },
    // RAM reads; the decoder completes the request with the data, and one cycle later the endpoint sends it.
    TimedParameter("memory.read_cycles", [1, 2, 9], expected: { $0 + 1 }) {
      let watch = try Watch("\"device\": {\"memory\": {\"read_cycles\": \($0)}}", steps: load)
      guard watch.cycle(when: { $0.ram.reads == 1 }) != nil else { return nil }
      let sent = watch.system.endpoint.transmitted
      return between(watch, { $0.ram.reads == 1 }, { $0.endpoint.transmitted > sent })
    },
    // One completion of 256 bytes: the first write to the last.
    TimedParameter("memory.data_path", [8, 16, 32, 64], expected: { 256 / $0 - 1 }) { value in
      let watch = try Watch("\"device\": {\"memory\": {\"data_path\": \(value)}}", steps: data(256))
      return between(watch, { $0.ram.writes == 1 }, { $0.ram.writes == 256 / value })
    },
    TimedParameter("dma.start_cycles", [1, 4, 100]) {
      let watch = try Watch("\"device\": {\"dma\": {\"start_cycles\": \($0)}}", steps: data(256))
      return between(watch, { $0.transfer.phase != .idle }, { $0.dma.activeTags == 1 })
    },
    TimedParameter("dma.request_interval", [1, 2, 50]) {
      let watch = try Watch("\"device\": {\"dma\": {\"request_interval\": \($0)}}", steps: data(4_096))
      return between(watch, { $0.dma.activeTags == 1 }, { $0.dma.activeTags == 2 })
    },
    // The engine sees that RAM holds everything; the command unit has the result.
    TimedParameter("dma.finish_cycles", [1, 2, 100]) {
      let watch = try Watch("\"device\": {\"dma\": {\"finish_cycles\": \($0)}}", steps: data(256))
      return between(watch, { !$0.device.dma.records.isEmpty }, { $0.commands.phase == .writingLength })
    },
    // A cycle to the endpoint, which watches the time, and two of it back.
    TimedParameter(
      "dma.completion_timeout", [1_000_000, 1_000_001, 1_004_000, 2_000_000],
      expected: { TimedParameter.cycles($0) + 3 }
    ) {
      let watch = try Watch(
        "\"device\": {\"dma\": {\"completion_timeout\": \"\($0)ps\"}}",
        steps: "{\"inject\": {\"kind\": \"drop\"}}, " + data(256))
      return between(watch, { $0.dma.activeTags == 1 }, { $0.transfer.error == .timeout })
    },
    // Requests, not cycles.
    TimedParameter("dma.tags", [1, 5, 32, 64]) {
      let watch = try Watch(
        "\"device\": {\"dma\": {\"tags\": \($0)}}, \"host\": {\"read_latency\": \"2us\"}", steps: data(65_536))
      return maximum(watch) { UInt64($0.dma.activeTags) }
    },
    // Transfers and commands, not cycles: what is worked on, and what waits, at most.
    TimedParameter("dma.channels", [1, 2, 8]) {
      let watch = try Watch(
        "\"device\": {\"dma\": {\"channels\": \($0)}, \"commands\": {\"queue_depth\": 20}}, " + slowHost,
        steps: transfers(12))
      return maximum(watch) { UInt64($0.dma.transfers) }
    },
    TimedParameter("commands.queue_depth", [1, 2, 64]) {
      let watch = try Watch(
        "\"device\": {\"commands\": {\"queue_depth\": \($0)}}, " + slowHost, steps: transfers($0 + 3))
      return maximum(watch) { UInt64($0.commands.waiting) }
    },
    // Bytes of a request; the host sets MRRS to 512.
    TimedParameter("dma.max_request", [64, 128, 512, 1_024], expected: { min($0, 512) }) {
      let watch = try Watch("\"device\": {\"dma\": {\"max_request\": \($0)}}", steps: data(4_096))
      return maximum(watch) { UInt64($0.device.dma.tags.pointer[0].remaining) }
    },
    // Clocks of one period, so that edges of the listening side are cycles: the command unit sends RUN, the core has
    // it.
    TimedParameter("clocks.synchroniser", [1, 2, 8]) {
      let watch = try Watch(
        "\"device\": {\"clocks\": {\"core\": \"250MHz\", \"synchroniser\": \($0)}}",
        steps: "{\"mmio_write\": {\"address\": 0, \"size\": 2, \"value\": \"0x104\"}}, {\"wait\": \"1us\"}")
      return between(
        watch, { $0.commands.phase == .running }, { $0.device.core.run.phase == .loading })
    },
  ]
}
