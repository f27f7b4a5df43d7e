import Bench
import Device
import PCIe
import Scenario
import SimKernel

/// The parameters of the host, its driver and the peer.
enum HostTiming {
  private static let wait = "{\"wait\": \"1us\"}"
  private static let data = "{\"load_data\": {\"fill\": {\"bytes\": 65536}, \"page_size\": 65536}}"

  /// When the root complex answers a read of 512 bytes that it receives at cycle 1: the cycles at the probe behind its
  /// port.
  private static func answers(_ spec: HostSpec) -> [Cycle] {
    let bench = Bench()
    let requests = bench.source("requests", TLP.self), completions = bench.sink("completions", TLP.self)
    let cpu = bench.source("cpu", HostRequest.self)
    let values = bench.sink("values", HostResponse.self), interrupts = bench.sink("interrupts", Interrupt.self)
    bench.add(
      RootComplex(
        spec, seed: 1, maxPayload: 512, clock: bench.clock,
        rootPorts: [.init(bus: 1, rx: requests.end, tx: completions.end, window: 0..<0)], cpuRequests: cpu.end,
        cpuResponses: values.end, interrupts: interrupts.end))
    requests.send(
      .memoryRead(address: spec.memoryBase, length: 512, tag: 0, requester: DeviceID(bus: 1, device: 0, function: 0)))
    bench.run(through: 2_000)
    return completions.cycles
  }

  /// The cycle of the first completion of a read whose memory takes 300 ns, with `change` on the way to it.
  private static func firstAnswer(_ change: (inout MemoryPathSpec) -> Void) -> Cycle? {
    var spec = HostSpec()
    spec.readLatency = .fixed(300_000)
    change(&spec.memoryPath)
    return answers(spec).first
  }

  /// When a peer that sees its command at cycle 1 sends: the cycles at the probe behind its port.
  private static func writes(_ spec: PeerSpec) -> [Cycle] {
    let bench = Bench()
    let commands = bench.source("commands", PeerCommand.self), rx = bench.source("rx", TLP.self)
    let tx = bench.sink("tx", TLP.self)
    bench.add(Peer(spec, maxPayload: 256, clock: bench.clock, commands: commands.end, rx: rx.end, tx: tx.end))
    commands.send(PeerCommand(address: 0, data: [UInt8](repeating: 0, count: 512)))
    bench.run(through: 1_000)
    return tx.cycles
  }

  /// The cycles, from the START of the first command on, at which the driver has an answer to one of its polls, as long
  /// as it polls.
  private static func answeredPolls(_ parts: String, steps: String, limit: Cycle) throws -> [Cycle] {
    let watch = try Watch(parts, steps: steps)
    guard let start = watch.cycle(when: { $0.cpu.commandStartedAt != 0 }) else { return [] }
    var answers: [Cycle] = [], wasWaiting = false
    while watch.cycle < start + limit, watch.system.driver.failures.isEmpty {
      let now = watch.cycle + 1
      _ = watch.cycle(limit: 1, when: { _ in watch.cycle == now })
      let isWaiting = watch.system.cpu.phase == .awaitingResponse
      if wasWaiting && !isWaiting { answers.append(now - start) }
      wasWaiting = isWaiting
    }
    return answers
  }

  /// Whether the driver gives up with the answer that comes `answer` cycles after START when its time is up then, and
  /// with the next one when it has a picosecond more; returns 1 when both are so.
  private static func isTight(answer index: UInt64, parts: (String) -> String, steps: String) throws -> UInt64? {
    let polls = try answeredPolls(parts("10ms"), steps: steps, limit: 1_500)
    let due = polls[Int(index)]
    let onTime = try answeredPolls(parts("\(due * 4_000)ps"), steps: steps, limit: 3_000)
    let later = try answeredPolls(parts("\(due * 4_000 + 1)ps"), steps: steps, limit: 3_000)
    return onTime.last == due && later.last == polls[Int(index) + 1] ? 1 : 0
  }

  static let parameters: [TimedParameter] = [
    TimedParameter("host.read_latency", [0, 4_000, 4_001, 300_000], expected: { 2 + TimedParameter.cycles($0) }) {
      var spec = HostSpec()
      spec.readLatency = .fixed($0)
      return answers(spec).first
    },
    // The first read of a page misses.
    TimedParameter(
      "host.iommu_miss_latency", [0, 4_000, 4_001, 330_000], expected: { 77 + TimedParameter.cycles($0) }
    ) { value in
      firstAnswer { ($0.iommu, $0.iommuMissLatency) = (true, .fixed(value)) }
    },
    TimedParameter(
      "host.cache_hit_gain", [0, 4_000, 3_999, 300_000, 300_001],
      expected: { 2 + TimedParameter.cycles(300_000 - min($0, 300_000)) }
    ) { value in
      firstAnswer { ($0.cacheHitPermille, $0.cacheHitGain) = (1_000, value) }
    },
    TimedParameter("host.remote_latency", [0, 4_000, 4_001, 100_000], expected: { 77 + TimedParameter.cycles($0) }) {
      value in
      firstAnswer { ($0.remoteNode, $0.remoteLatency) = (true, value) }
    },
    // Completions, not cycles.
    TimedParameter("host.read_completion_boundary", [64, 128], expected: { 512 / $0 }) {
      var spec = HostSpec()
      (spec.readCompletionBoundary, spec.cutAtEveryBoundary) = (Int($0), true)
      return UInt64(answers(spec).count)
    },
    // Requests, not cycles.
    TimedParameter("host.outstanding_reads", [1, 3, 16]) {
      let watch = try Watch("\"host\": {\"read_latency\": \"1us\", \"outstanding_reads\": \($0)}", steps: data)
      var largest: UInt8 = 0
      _ = watch.cycle { system in
        largest = max(largest, system.root.activeReads)
        return system.cpu.phase == .finished
      }
      return UInt64(largest)
    },
    // The driver issues its first access at cycle 0; the root complex turns it into a packet, and later has the answer,
    // which is at the driver after as many cycles again.
    TimedParameter("host.cpu_cycles", [1, 10, 100], expected: { 2 * $0 }) {
      let watch = try Watch("\"host\": {\"cpu_cycles\": \($0)}", steps: wait)
      guard let there = watch.cycle(when: { $0.root.cpuWaiting }),
        let answered = watch.cycle(when: { !$0.root.cpuWaiting }),
        let back = watch.cycle(when: { $0.cpu.operation == 1 })
      else { return nil }
      return there + (back - answered)
    },
    TimedParameter("peer.start_cycles", [1, 16, 100], expected: { 2 + $0 }) {
      var spec = PeerSpec()
      spec.startCycles = $0
      return writes(spec).first
    },
    TimedParameter("peer.write_interval", [1, 2, 50]) {
      var spec = PeerSpec()
      spec.writeInterval = $0
      let cycles = writes(spec)
      return cycles.count == 3 && cycles[2] - cycles[1] == $0 ? cycles[1] - cycles[0] : nil
    },
    // A poll that found nothing; the next one. At least one cycle.
    TimedParameter(
      "driver.poll_interval", [0, 4_000, 4_001, 500_000], expected: { max(1, TimedParameter.cycles($0)) }
    ) {
      let watch = try Watch(
        "\"host\": {\"read_latency\": \"5us\"}, \"driver\": {\"poll_interval\": \"\($0)ps\"}", steps: data)
      guard let found = watch.cycle(when: { $0.cpu.phase == .pausing }),
        let next = watch.cycle(when: { $0.cpu.phase == .awaitingResponse })
      else { return nil }
      return next - found
    },
    // Which answer is the last: see `isTight`.
    TimedParameter("driver.dma_timeout", [0, 1, 3], expected: { _ in 1 }) {
      try isTight(
        answer: $0,
        parts: { time in
          "\"device\": {\"dma\": {\"completion_timeout\": \"100ms\"}}, \"driver\": {\"dma_timeout\": \"\(time)\"}"
        }, steps: "{\"inject\": {\"kind\": \"drop\"}}, {\"load_data\": {\"hex\": \"01\"}}")
    },
    // A program that never ends: `ja -1`, then `exit`.
    TimedParameter("driver.run_timeout", [0, 1, 3], expected: { _ in 1 }) {
      try isTight(
        answer: $0, parts: { "\"driver\": {\"run_timeout\": \"\($0)\"}" },
        steps: """
          {"mmio_write": {"address": "0x100100", "size": 8, "value": "0xffff0005"}},
          {"mmio_write": {"address": "0x100108", "size": 8, "value": "0x95"}},
          {"mmio_write": {"address": "0x100000", "value": 16}}, {"run": {}}
          """)
    },
  ]
}
