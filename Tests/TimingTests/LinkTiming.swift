import Bench
import PCIe
import PCIeBench
import SimKernel

/// The parameters of the link, seen by probes at its ends. What is sent at cycle 1,000 is on the wire at 1,001.
enum LinkTiming {
  private static let device = DeviceID(bus: 1, device: 0, function: 0)

  private static func write(_ bytes: Int = 4) -> TLP {
    .memoryWrite(address: 0x1000, data: [UInt8](repeating: 0, count: bytes), requester: device)
  }

  private static let read = TLP.memoryRead(address: 0x1000, length: 4, tag: 0, requester: device)

  private static let fetchAdd: TLP = {
    var header = TLPHeader(.fetchAdd)
    (header.lengthDW, header.firstBE, header.address, header.requesterID) = (1, 0xf, 0x1000, device)
    return TLP(header, payload: [1, 2, 3, 4])
  }()

  private static func completion(_ bytes: Int) -> TLP {
    let request = TLPHeader.memoryRead(address: 0x1000, length: bytes, tag: 0, requester: device)
    return .completionData(for: request, payload: [UInt8](repeating: 0, count: bytes), completer: device)
  }

  /// A link on which a byte takes one cycle of 4 ns, nothing is on the way, DLLPs take no time, and what is not
  /// measured comes late.
  private final class Probe {
    let bench = Bench()
    let fixture: LinkFixture
    private var cycle: Cycle = 0

    init(sending tlps: [TLP] = [], _ change: (inout LinkSpec) -> Void) {
      var spec = LinkSpec()
      (spec.rate, spec.lanes, spec.propagation, spec.dllpBytes) = (2_500_000_000, 1, 0, 0)
      (spec.ackLatency, spec.creditLatency, spec.replayTimeout) = (20_000_000, 20_000_000, 200_000_000)
      change(&spec)
      fixture = LinkFixture(spec, in: bench, maxPayload: 128, inputs: max(64, tlps.count))
      for tlp in tlps { fixture.upper.source.send(tlp, at: 1_000) }
    }

    /// The order is obeyed at `cycle`.
    func command(_ command: LinkCommand, at cycle: Cycle) { fixture.commands.send(command, at: cycle - 1) }

    /// The first cycle after whose edge `condition` holds, less `start`; nil when there is none in time.
    func cycles(after start: Cycle = 0, _ condition: (LinkFixture) -> Bool) -> UInt64? {
      while cycle < 60_000 {
        bench.run(through: cycle)
        if cycle >= start, condition(fixture) { return cycle - start }
        cycle += 1
      }
      return nil
    }

    /// The packets that a receiver that takes nothing lets pass.
    var packetsThatPass: UInt64 {
      fixture.lower.sink.opensAt = .max
      bench.run(through: 4_900)
      return fixture.down.packets
    }
  }

  /// 24 bytes are on the wire from 1,001 on.
  private static let arrival: Cycle = 1_025

  static let parameters: [TimedParameter] = wire + timers + phases + buffers

  // MARK: wire

  private static let wire: [TimedParameter] = [
    TimedParameter("link.propagation", [0, 1, 4_000, 4_001, 100_000], expected: TimedParameter.cycles) { value in
      Probe(sending: [write()]) { $0.propagation = value }.cycles(after: arrival) { $0.up.expected == 1 }
    },
    TimedParameter("link.framing", [0, 1, 8, 64], expected: { 16 + $0 }) { value in
      Probe(sending: [write()]) { $0.framing = Int(value) }.cycles(after: 1_001) { $0.up.expected == 1 }
    },
    // 100 packets of 148 bytes. Femtoseconds a byte: 8 bits by the rate, times 10/8 up to 5 GT/s and 130/128 above.
    TimedParameter(
      "link.rate", [2_500_000_000, 5_000_000_000, 8_000_000_000, 16_000_000_000, 32_000_000_000],
      expected: {
        let byteTimes = [2_500: 4_000_000, 5_000: 2_000_000, 8_000: 1_015_625, 16_000: 507_812, 32_000: 253_906]
        return TimedParameter.cycles(14_800 * UInt64(byteTimes[Int($0 / 1_000_000)]!) / 1_000)
      }
    ) { value in
      hundred { $0.rate = value }
    },
    TimedParameter("link.lanes", [1, 2, 4, 8, 16], expected: { (14_800 + $0 - 1) / $0 }) { value in
      hundred { $0.lanes = value }
    },
    // Three InitFC1 and one InitFC2 until the link is up; DLLPs without bytes still need an edge each way.
    TimedParameter("link.dllp_bytes", [0, 1, 8, 64], expected: { max(2, 4 * $0) }) { value in
      Probe { $0.dllpBytes = Int(value) }.cycles { $0.down.dataLink == .active }
    },
  ]

  private static func hundred(_ change: (inout LinkSpec) -> Void) -> UInt64? {
    Probe(sending: [TLP](repeating: write(128), count: 100)) {
      ($0.postedHeaders, $0.postedData) = (127, 2_047)
      change(&$0)
    }.cycles(after: 1_001) { $0.up.expected == 100 }
  }

  // MARK: timers

  /// Without a value the limit of 3.6.3.1: 237.4 symbols of 4 ns at 2.5 GT/s on one lane with an MPS of 128 bytes.
  private static func orLimit(_ value: UInt64) -> UInt64 { TimedParameter.cycles(value == 0 ? 949_600 : value) }

  private static let timers: [TimedParameter] = [
    // To the Ack at the other end, one edge after it was sent.
    TimedParameter("link.ack_latency", [0, 1, 4_000, 4_001, 2_000_000], expected: { orLimit($0) + 1 }) { value in
      Probe(sending: [write()]) { $0.ackLatency = value }.cycles(after: arrival) { $0.down.acknowledged == 0 }
    },
    TimedParameter(
      "link.replay_timeout", [0, 1, 4_000, 4_001, 2_000_000],
      expected: { TimedParameter.cycles($0 == 0 ? 3 * 949_600 + 4 * 4_000 : $0) }
    ) { value in
      let probe = Probe(sending: [write()]) {
        $0.replayTimeout = value
        if value == 0 { $0.ackLatency = 0 }
      }
      probe.command(.fault(.dropTLP, .down, skip: 0, count: 1), at: 900)
      return probe.cycles(after: arrival) { $0.down.replays == 1 }
    },
    // The receiver takes a TLP at 2,000, the link sees that at 2,001; the UpdateFC takes an edge.
    TimedParameter("link.credit_latency", [0, 1, 4_000, 4_001, 2_000_000], expected: { orLimit($0) + 1 }) { value in
      let probe = Probe(sending: [write()]) { $0.creditLatency = value }
      probe.fixture.lower.sink.opensAt = 2_000
      return probe.cycles(after: 2_001) { $0.down.posted.headerLimit == 65 }
    },
    // From the UpdateFC that got lost to the next.
    TimedParameter(
      "link.credit_refresh", [1_000_000, 1_000_001, 30_000_000], expected: { TimedParameter.cycles($0) + 1 }
    ) {
      value in
      let probe = Probe(sending: [write()]) { ($0.creditLatency, $0.creditRefresh) = (4_000, value) }
      probe.fixture.lower.sink.opensAt = 2_000
      probe.command(.fault(.dropDLLP, .up, skip: 0, count: 1), at: 1_500)
      return probe.cycles(after: 2_002) { $0.down.posted.headerLimit == 65 }
    },
    // From InitFC1 to the InitFC2 that repeats those that got lost.
    TimedParameter(
      "link.init_interval", [1_000_000, 1_000_001, 10_000_000], expected: { TimedParameter.cycles($0) + 1 }
    ) {
      value in
      let probe = Probe { ($0.trainingTime, $0.initInterval) = (400_000, value) }
      probe.command(.fault(.dropDLLP, .down, skip: 3, count: 3), at: 50)
      return probe.cycles(after: 100) { $0.up.dataLink == .active }
    },
  ]

  // MARK: phases

  private static let phases: [TimedParameter] = [
    TimedParameter("link.training_time", [0, 1, 4_000, 4_001, 100_000_000], expected: TimedParameter.cycles) { value in
      Probe { $0.trainingTime = value }.cycles { $0.link.state.pointer.pointee.phase == .up }
    },
    TimedParameter("link.recovery_time", [1, 4_000, 4_001, 5_000_000], expected: TimedParameter.cycles) { value in
      let probe = Probe { $0.recoveryTime = value }
      probe.command(.retrain(0), at: 500)
      return probe.cycles(after: 500) { $0.link.state.pointer.pointee.phase == .up }
    },
  ]

  // MARK: buffers

  /// Packets, not cycles: what goes before the first Ack or UpdateFC comes.
  private static let buffers: [TimedParameter] = [
    TimedParameter("link.retry_buffer", [1, 3, 64, 100]) { value in
      pass(write(), 110) { ($0.retryBuffer, $0.postedHeaders) = (Int(value), 127) }
    },
    TimedParameter("link.posted_headers", [1, 3, 64, 127]) { value in
      pass(write()) { $0.postedHeaders = Int(value) }
    },
    // 64 bytes are four units; a payload of MPS, eight units, is always advertised.
    TimedParameter("link.posted_data", [1, 8, 11, 12, 160], expected: { max($0, 8) / 4 }) { value in
      pass(write(64), 41) { $0.postedData = Int(value) }
    },
    TimedParameter("link.nonposted_headers", [1, 3, 64, 127]) { value in
      pass(read) { $0.nonPostedHeaders = Int(value) }
    },
    TimedParameter("link.nonposted_data", [1, 3, 64, 100]) { value in
      pass(fetchAdd) { ($0.nonPostedHeaders, $0.nonPostedData) = (127, Int(value)) }
    },
    // 0 is infinite: all 150 pass.
    TimedParameter("link.completion_headers", [0, 1, 3, 64, 127], expected: { $0 == 0 ? 150 : $0 }) { value in
      pass(completion(4)) { $0.completionHeaders = Int(value) }
    },
    TimedParameter("link.completion_data", [0, 1, 8, 11, 12, 160], expected: { $0 == 0 ? 41 : max($0, 8) / 4 }) {
      value in
      pass(completion(64), 41) { $0.completionData = Int(value) }
    },
  ]

  private static func pass(_ tlp: TLP, _ count: Int = 150, _ change: (inout LinkSpec) -> Void) -> UInt64 {
    Probe(sending: [TLP](repeating: tlp, count: count), change).packetsThatPass
  }
}
