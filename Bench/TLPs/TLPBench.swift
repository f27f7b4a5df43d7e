// How many TLPs a second go end to end over a simulated link: from one transaction layer through its credits, the data link
// layers, the wire and the receive buffer to the other transaction layer, in both directions at a time, without a trace.
import Glibc
import PCIe
import SimKernel

/// Sends from a set of packets in turn, as many as there is room for.
final class TrafficSource: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private let output: TLPOut
  private let packets: UnsafeMutablePointer<TLP>
  private let packetCount: Int
  private var left: Int
  private var next = 0

  init(_ packets: [TLP], count: Int, clock: Clock, output: TLPOut) {
    self.packets = .allocate(capacity: packets.count)
    self.packets.initialize(from: packets, count: packets.count)
    packetCount = packets.count
    left = count
    self.clock = clock
    self.output = output
    ports = output.ends
  }

  func tick(_ now: Cycle) -> Wake {
    var left = left, next = next
    while left > 0, output.canSend(packets[next].header.flowClass) {
      output.send(packets[next])
      next = next + 1 == packetCount ? 0 : next + 1
      left -= 1
    }
    (self.left, self.next) = (left, next)
    return .onInput
  }
}

/// Takes every packet as the ordering table allows.
final class TrafficSink: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private let input: TLPIn
  private let events: InPort<LinkEvent>
  private(set) var taken = 0
  private(set) var bytes = 0

  init(clock: Clock, input: TLPIn, events: InPort<LinkEvent>) {
    self.clock = clock
    self.input = input
    self.events = events
    ports = input.ends + [events]
  }

  func tick(_ now: Cycle) -> Wake {
    while events.receive() != nil {}
    var count = 0, total = 0
    while let flowClass = input.next(), let queued = input.take(flowClass) {
      count += 1
      total += queued.tlp.payload.count
    }
    taken += count
    bytes += total
    return .onInput
  }
}

/// Two writes of 64 bytes, a read, and a completion of 64 bytes.
func traffic(_ requester: DeviceID, _ completer: DeviceID) -> [TLP] {
  let data = [UInt8](repeating: 0x5a, count: 64)
  return (0..<64).flatMap { index -> [TLP] in
    let address = 0x1_0000_0000 + UInt64(4_096 * index), tag = UInt16(index)
    let read = TLPHeader.memoryRead(address: address, length: 64, tag: tag, requester: completer)
    return (0..<2).map { .memoryWrite(address: address + UInt64(64 * $0), data: data, requester: requester) } + [
      .memoryRead(address: address, length: 64, tag: tag, requester: requester),
      .completionData(for: read, payload: data, completer: requester),
    ]
  }
}

/// A link with a source and a sink at each end.
@main struct TLPBench {
  private let simulation = Simulation()
  private let clock: Clock
  private var sinks: [TrafficSink] = []
  private var spec = LinkSpec()

  private init() {
    clock = simulation.addClock("pcie", period: 4_000)
    // On a board: credits come back before they are needed, so that the wire is what limits.
    (spec.rate, spec.lanes, spec.propagation) = (32_000_000_000, 16, .nanoseconds(20))
  }

  private mutating func end(_ name: String, _ packets: [TLP], count: Int) -> Link.EndPorts {
    let tx = TLPPort("\(name).tx", in: simulation, clock: clock, capacity: .init(each: 16))
    let rx = TLPPort(
      "\(name).rx", in: simulation, clock: clock, capacity: spec.receiveCapacity(outstandingCompletions: 1_024))
    let events: Port<LinkEvent> = simulation.port("\(name).events", from: clock, to: clock)
    let sink = TrafficSink(clock: clock, input: rx.input, events: events.input)
    simulation.add(TrafficSource(packets, count: count, clock: clock, output: tx.output), as: "\(name).source")
    simulation.add(sink, as: "\(name).sink")
    sinks.append(sink)
    return .init(tx: tx.input, rx: rx.output, events: events.output)
  }

  /// Sends `count` TLPs, half of them each way.
  private mutating func run(_ count: Int) {
    let upper = DeviceID(bus: 0, device: 0, function: 0), lower = DeviceID(bus: 1, device: 0, function: 0)
    let upperEnd = end("upper", traffic(upper, lower), count: count / 2)
    let lowerEnd = end("lower", traffic(lower, upper), count: count / 2)
    simulation.add(Link(spec, maxPayload: 256, clock: clock, upper: upperEnd, lower: lowerEnd), as: "link")
    let start = Self.now()
    simulation.run()
    let seconds = Self.now() - start
    let taken = sinks.reduce(0) { $0 + $1.taken }
    guard taken == count / 2 * 2 else { fatalError("\(taken) of \(count) TLPs arrived") }
    print("\(taken) TLPs in \(seconds) s, \(simulation.time / 1_000) ns simulated")
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  static func main() {
    var bench = TLPBench()
    bench.run(CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000)
  }
}
