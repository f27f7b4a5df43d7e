import Bench
import PCIe
import PCIeBench
import SimKernel

/// The parameters of a peer, and of the function that it is.
enum PeerTiming {
  /// A peer with probes around it; its function is configured.
  private struct Fixture {
    /// The cycle at which the engine sees a command.
    static let start: Cycle = 22

    let bench = Bench()
    let tx: TLPSink
    let rx: TLPSource
    let events: Source<LinkEvent>
    let commands: Source<PeerCommand>
    let results: Sink<PeerResult>

    init(_ spec: PeerSpec, endpoint: EndpointSpec = EndpointSpec(), isConfigured: Bool = true) {
      tx = bench.tlpSink("tx", capacity: .init(each: 256))
      rx = bench.tlpSource("rx")
      events = bench.source("linkEvents", LinkEvent.self)
      commands = bench.source("commands", PeerCommand.self)
      results = bench.sink("results", PeerResult.self)
      let faults = bench.source("faults", FunctionFault.self)
      var identity = ConfigSpace.Identity()
      identity.bar = nil
      _ = PeerAssembly(
        spec, endpoint: endpoint, identity: identity, seed: 1, in: bench.simulation, path: "peer", clock: bench.clock,
        host: .init(commands: commands.end, results: results.end),
        link: .init(rx: rx.end, tx: tx.end, events: events.end, faults: faults.end))
      guard isConfigured else { return }
      // Device Control with MPS 256, MRRS 512 and 8-bit tags; Bus Master Enable.
      for (register, value) in [(UInt16(ConfigSpace.deviceControlRegister), 0x2120), (1, 0x6)] as [(UInt16, UInt32)] {
        rx.send(
          .configWrite(
            target: DeviceID(bus: 1, device: 0, function: 0), register: register, value: value, tag: 0,
            requester: DeviceID(bus: 0, device: 0, function: 0)))
      }
    }

    /// Runs one command; memory requests of the peer, which nobody answers, are at the probe at these cycles.
    func requests(_ kind: PeerCommand.Kind, chunk: Int = 65_536) -> [Cycle] {
      commands.send(PeerCommand(kind, address: 0x1_0000_0000, chunk: chunk, flush: false), at: Self.start - 1)
      bench.run(through: 1_500)
      return zip(tx.cycles, tx.messages).filter { $1.header.type?.isCompletion == false }.map(\.0)
    }
  }

  private static let write = PeerCommand.Kind.write([UInt8](repeating: 0, count: 512))

  /// When the first of two writes of 256 bytes is at the probe, from the cycle on at which the engine sees the command.
  private static func firstWrite(_ spec: PeerSpec) -> Cycle? {
    Fixture(spec).requests(write).first.map { $0 - Fixture.start }
  }

  /// How many reads of 512 bytes, each a chunk, are outstanding.
  private static func outstanding(_ spec: PeerSpec) -> UInt64 {
    UInt64(Fixture(spec).requests(.read(512 * 512), chunk: 512).count)
  }

  static let parameters: [TimedParameter] = [
    // A port to the endpoint, and one to the probe.
    TimedParameter("peer.start_cycles", [1, 16, 100], expected: { 2 + $0 }) {
      var spec = PeerSpec()
      spec.startCycles = $0
      return firstWrite(spec)
    },
    TimedParameter("peer.interval", [1, 2, 50]) {
      var spec = PeerSpec()
      spec.interval = $0
      let cycles = Fixture(spec).requests(.read(1_536))
      return cycles.count == 3 && cycles[2] - cycles[1] == $0 ? cycles[1] - cycles[0] : nil
    },
    TimedParameter(
      "peer.media_latency", [0, 4_000, 4_001, 100_000], expected: { 2 + 16 + TimedParameter.cycles($0) }
    ) {
      var spec = PeerSpec()
      (spec.startCycles, spec.mediaLatency) = (16, .fixed($0))
      return firstWrite(spec)
    },
    // Requests, not cycles.
    TimedParameter("peer.queue_depth", [1, 3, 64]) {
      var spec = PeerSpec()
      (spec.queueDepth, spec.tags) = (Int($0), 256)
      return outstanding(spec)
    },
    TimedParameter("peer.tags", [1, 3, 64]) {
      var spec = PeerSpec()
      (spec.queueDepth, spec.tags) = (256, Int($0))
      return outstanding(spec)
    },
    // The request leaves a cycle before it is at the probe; the engine hears of the failure two cycles after the
    // deadline, ends the command in the next one, and the probe hears of it another one later.
    TimedParameter(
      "peer.completion_timeout", [1_000_000, 1_000_001, 5_000_000], expected: { 3 + TimedParameter.cycles($0) }
    ) {
      var spec = PeerSpec()
      spec.completionTimeout = $0
      let fixture = Fixture(spec)
      guard let sent = fixture.requests(.read(512)).first, let ended = fixture.results.cycles.first else { return nil }
      return ended - sent
    },
    // From the link that came up to the first configuration request that is not answered with CRS.
    TimedParameter(
      "endpoint.ready_time", [0, 4_000, 4_001, 100_000], expected: { TimedParameter.cycles($0) }
    ) {
      var spec = EndpointSpec()
      spec.readyTime = $0
      let fixture = Fixture(PeerSpec(), endpoint: spec, isConfigured: false)
      fixture.events.send(.up, at: 4)
      for cycle: Cycle in 4..<60 {
        fixture.rx.send(
          .configRead(
            target: DeviceID(bus: 1, device: 0, function: 0), register: 0, tag: 0,
            requester: DeviceID(bus: 0, device: 0, function: 0)), at: cycle)
      }
      fixture.bench.run(through: 100)
      // The link is up at 5; an answer is at the probe a cycle after its request is at the endpoint.
      let ready = zip(fixture.tx.cycles, fixture.tx.headers).first { $1.status == .successful }
      return ready.map { $0.0 - 1 - 5 }
    },
  ]
}
