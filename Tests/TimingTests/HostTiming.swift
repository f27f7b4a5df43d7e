import Bench
import Device
import PCIe
import PCIeBench
import Scenario
import SimKernel

/// The parameters of the host and its driver.
enum HostTiming {
  private static let wait = "{\"wait\": \"1us\"}"
  private static let data = "{\"load_data\": {\"fill\": {\"bytes\": 65536}, \"page_size\": 65536}}"

  /// A root complex with one root port, bus 1 below it, and probes around it. Its link comes up at cycle 1.
  private struct Fixture {
    static let device = DeviceID(bus: 1, device: 0, function: 0)

    let bench = Bench()
    let requests: TLPSource
    let completions: TLPSink
    let cpu: Source<HostRequest>
    let values: Sink<HostResponse>
    let root: RootComplex

    init(_ spec: HostSpec) {
      requests = bench.tlpSource("requests")
      completions = bench.tlpSink("completions")
      cpu = bench.source("cpu", HostRequest.self)
      values = bench.sink("values", HostResponse.self)
      let events = bench.source("linkEvents", LinkEvent.self)
      root = RootComplex(
        spec, seed: 1, maxPayload: 512, clock: bench.clock,
        rootPorts: [
          .init(
            rx: requests.end, tx: completions.end, linkEvents: events.end,
            linkCommands: bench.sink("linkCommands", LinkCommand.self).end, identity: .init(.rootPort, deviceID: 0x3001)
          )
        ], cpuRequests: cpu.end, cpuResponses: values.end, interrupts: bench.sink("interrupts", Interrupt.self).end)
      bench.add(root)
      // Bus numbers, and Bus Master Enable.
      root.portStates.pointer[0].bridge.secondaryBus = 1
      root.portStates.pointer[0].bridge.subordinateBus = 1
      root.portStates.pointer[0].bridge.command = 0x4
      events.send(.up)
    }

    /// A read of 512 bytes of host memory, at the root complex at cycle 1.
    func read(tag: UInt16 = 0) {
      requests.send(.memoryRead(address: HostSpec().memoryBase, length: 512, tag: tag, requester: Self.device))
    }
  }

  /// When the root complex answers a read of 512 bytes that it receives at cycle 1: the cycles at the probe behind its
  /// port.
  private static func answers(_ spec: HostSpec) -> [Cycle] {
    let fixture = Fixture(spec)
    fixture.read()
    fixture.bench.run(through: 2_000)
    return fixture.completions.cycles
  }

  /// The cycle of the first completion of a read whose memory takes 300 ns, with `change` on the way to it.
  private static func firstAnswer(_ change: (inout MemoryPathSpec) -> Void) -> Cycle? {
    var spec = HostSpec()
    spec.readLatency = .fixed(300_000)
    change(&spec.memoryPath)
    return answers(spec).first
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
      var spec = HostSpec()
      (spec.readLatency, spec.outstandingReads) = (.fixed(1_000_000), Int($0))
      let fixture = Fixture(spec)
      for tag: UInt16 in 0..<32 { fixture.read(tag: tag) }
      var largest: UInt16 = 0
      for cycle: Cycle in 1..<1_000 {
        fixture.bench.run(through: cycle)
        largest = max(largest, fixture.root.state.pointer.pointee.activeReads)
      }
      return UInt64(largest)
    },
    // The request leaves at cycle 1, and the CPU has all ones a cycle after the deadline.
    TimedParameter(
      "host.completion_timeout", [1_000_000, 1_000_001, 5_000_000], expected: { 2 + TimedParameter.cycles($0) }
    ) {
      var spec = HostSpec()
      spec.completionTimeout = $0
      let fixture = Fixture(spec)
      fixture.cpu.send(HostRequest(.configRead(target: Fixture.device, register: 0)))
      fixture.bench.run(through: 2_000)
      return fixture.values.cycles.first
    },
    // The driver's load to the root complex, and its answer from there to the driver.
    TimedParameter("host.cpu_cycles", [1, 10, 100], expected: { 2 * $0 }) {
      let watch = try Watch("\"host\": {\"cpu_cycles\": \($0)}", steps: "{\"mmio_read\": {\"address\": 0}}")
      guard let sent = watch.cycle(when: { $0.cpu.step == 1 && $0.cpu.phase == .awaitingResponse }),
        let there = watch.cycle(when: { $0.root.cpuWaiting }),
        let answered = watch.cycle(when: { !$0.root.cpuWaiting }),
        let back = watch.cycle(when: { $0.cpu.phase != .awaitingResponse })
      else { return nil }
      return there - sent + back - answered
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
