import Bench
import PCIe
import SimKernel

/// Sends TLPs at given cycles, in the order given; later when their class has no room.
public final class TLPSource: Component {
  public let clock: Clock
  public let state = FlipFlops(NoState())
  public let ports: [any PortEnd]
  private let port: TLPPort
  private var pending: [(cycle: Cycle, tlp: TLP)] = []
  private var next = 0
  /// The cycles at which TLPs were sent.
  public private(set) var sent: [Cycle] = []
  /// A class without room holds up the others, too.
  public var keepsOrder = true

  public init(clock: Clock, port: TLPPort) {
    self.clock = clock
    self.port = port
    ports = port.output.ends
  }

  /// What the component under test receives from.
  public var end: TLPIn { port.input }

  /// Sends `tlp` at `cycle`, or at the first edge after it at which there is room.
  public func send(_ tlp: TLP, at cycle: Cycle = 0) { pending.append((cycle, tlp)) }

  /// Like `send`, but ahead of everything that is due later.
  public func insert(_ tlp: TLP, at cycle: Cycle) {
    let place = pending[next...].firstIndex { $0.cycle > cycle } ?? pending.count
    pending.insert((cycle, tlp), at: place)
  }

  public func tick(_ now: Cycle) -> Wake {
    var index = next
    while index < pending.count, pending[index].cycle <= now {
      let tlp = pending[index].tlp
      if port.output.canSend(tlp.header.flowClass) {
        port.output.send(tlp)
        sent.append(now)
        if index == next { next += 1 } else { pending.remove(at: index) }
        index = max(index, next)
      } else if keepsOrder {
        break
      } else {
        index += 1
      }
    }
    return .next
  }
}

/// Takes TLPs as soon as they are visible, in the order that the rules allow, and notes the cycle.
public final class TLPSink: Component {
  public struct Arrival {
    public let cycle: Cycle
    public let message: TLP
    /// Its place in the order of sending.
    public let order: UInt32
  }

  public let clock: Clock
  public let state = FlipFlops(NoState())
  public let ports: [any PortEnd]
  private let port: TLPPort
  public private(set) var arrivals: [Arrival] = []
  /// Nothing is taken before this cycle.
  public var opensAt: Cycle = 0
  /// How many TLPs are taken in one cycle.
  public var perCycle = Int.max
  /// Classes that are not taken.
  public var refuses: FlowClassSet = []
  /// Decides the classes that are refused, anew in each cycle.
  public var refusing: ((Cycle) -> FlowClassSet)?
  /// Called for each TLP taken, to answer it.
  public var respond: ((TLP, Cycle) -> Void)?

  public init(clock: Clock, port: TLPPort) {
    self.clock = clock
    self.port = port
    ports = port.input.ends
  }

  /// What the component under test sends into.
  public var end: TLPOut { port.output }
  public var cycles: [Cycle] { arrivals.map(\.cycle) }
  public var messages: [TLP] { arrivals.map(\.message) }
  public var headers: [TLPHeader] { messages.compactMap { try? $0.decoded() } }

  public func tick(_ now: Cycle) -> Wake {
    guard now >= opensAt else { return .next }
    let blocked = refusing?(now) ?? refuses
    var taken = 0
    while taken < perCycle, let flowClass = port.input.next(blocked: blocked), let queued = port.input.take(flowClass) {
      arrivals.append(Arrival(cycle: now, message: queued.tlp, order: queued.order))
      respond?(queued.tlp, now)
      taken += 1
    }
    return .next
  }
}

extension Bench {
  /// A probe that sends TLPs into the component under test, which takes `source.end`.
  public func tlpSource(_ name: String, capacity: Int = 64, latency: Cycle = 1) -> TLPSource {
    let source = TLPSource(clock: clock, port: tlpPort(name, capacity: .init(each: capacity), latency: latency))
    add(source, as: name)
    return source
  }

  /// A probe that takes the TLPs that the component under test sends into `sink.end`.
  public func tlpSink(_ name: String, capacity: TLPPort.Capacity = .init(each: 64), latency: Cycle = 1) -> TLPSink {
    let sink = TLPSink(clock: clock, port: tlpPort(name, capacity: capacity, latency: latency))
    add(sink, as: name)
    return sink
  }

  /// A TLP port between two components under test.
  public func tlpPort(_ name: String, capacity: TLPPort.Capacity = .init(each: 64), latency: Cycle = 1) -> TLPPort {
    TLPPort(name, in: simulation, clock: clock, capacity: capacity, latency: latency)
  }
}

/// A link with probes at both ends, and its commands.
public struct LinkFixture {
  public let upper: (source: TLPSource, sink: TLPSink, events: Sink<LinkEvent>)
  public let lower: (source: TLPSource, sink: TLPSink, events: Sink<LinkEvent>)
  public let commands: Source<LinkCommand>
  public let link: Link

  /// - Parameter outstanding: completions that the receivers can hold where credits are infinite
  public init(
    _ spec: LinkSpec, in bench: Bench, maxPayload: Int = 256, outstanding: Int = 4_096, inputs: Int = 64
  ) {
    let capacity = spec.receiveCapacity(outstandingCompletions: outstanding)
    func end(_ name: String) -> (TLPSource, TLPSink, Sink<LinkEvent>) {
      (
        bench.tlpSource("\(name)Tx", capacity: inputs), bench.tlpSink("\(name)Rx", capacity: capacity),
        bench.sink("\(name)Events", LinkEvent.self)
      )
    }
    upper = end("upper")
    lower = end("lower")
    commands = bench.source("commands", LinkCommand.self)
    link = Link(
      spec, maxPayload: maxPayload, clock: bench.clock,
      upper: .init(tx: upper.source.end, rx: upper.sink.end, events: upper.events.end),
      lower: .init(tx: lower.source.end, rx: lower.sink.end, events: lower.events.end), commands: [commands.end])
    bench.add(link, as: "link")
  }

  /// The end that sends down, and the one that sends up.
  public var down: LinkEndState { link.end(.down) }
  public var up: LinkEndState { link.end(.up) }
}
