import SimKernel

/// A clock with components under test on it, and probes at the ends of their ports.
///
/// A test reads: drive messages at given cycles, run, expect the cycles and messages that were recorded.
public final class Bench {
  public let simulation = Simulation()
  public let clock: Clock

  /// - Parameter period: of the only clock, in picoseconds; 4 ns as the PCIe user clock has it
  public init(period: Picoseconds = 4_000) { clock = simulation.addClock("clock", period: period) }

  /// A probe that sends into the component under test, which takes `source.end`. Latency 1: sent at n, seen at n + 1.
  public func source<Message>(
    _ name: String, _: Message.Type, capacity: Int = 64, latency: Cycle = 1
  ) -> Source<Message> {
    let port = simulation.port(name, of: Message.self, from: clock, to: clock, capacity: capacity, latency: latency)
    let source = Source(clock: clock, port: port)
    simulation.add(source, as: name)
    return source
  }

  /// A probe that takes what the component under test sends into `sink.end`.
  public func sink<Message>(_ name: String, _: Message.Type, capacity: Int = 64, latency: Cycle = 1) -> Sink<Message> {
    let port = simulation.port(name, of: Message.self, from: clock, to: clock, capacity: capacity, latency: latency)
    let sink = Sink(clock: clock, port: port)
    simulation.add(sink, as: name)
    return sink
  }

  /// A port between two components under test.
  public func wire<Message>(_ name: String, _: Message.Type, capacity: Int = 64, latency: Cycle = 1) -> Port<Message> {
    simulation.port(name, of: Message.self, from: clock, to: clock, capacity: capacity, latency: latency)
  }

  public func add(_ component: some Component, as path: String = "dut") { simulation.add(component, as: path) }

  /// Runs the edges up to and including `cycle`.
  public func run(through cycle: Cycle) { simulation.run(until: cycle * clock.period) }
}

/// Bytes whose values say where they are.
public func pattern(_ count: Int, from first: Int = 0) -> [UInt8] {
  (first..<first + count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
}

/// Sends messages at given cycles, in the order given; later when the port has no room.
public final class Source<Message>: Component {
  public let clock: Clock
  public let state = FlipFlops(NoState())
  public let ports: [any PortEnd]
  private let port: Port<Message>
  /// What was and is to be sent, and when: two arrays, since a generic tuple is slow to take apart.
  private var cycles: [Cycle] = []
  private var messages: [Message] = []
  private var next = 0
  /// The cycles at which messages were sent.
  public private(set) var sent: [Cycle] = []

  init(clock: Clock, port: Port<Message>) {
    self.clock = clock
    self.port = port
    ports = [port.output]
  }

  /// What the component under test receives from.
  public var end: InPort<Message> { port.input }

  /// Sends `message` at `cycle`, or at the first edge after it at which the port has room.
  public func send(_ message: Message, at cycle: Cycle = 0) {
    cycles.append(cycle)
    messages.append(message)
  }

  /// Like `send`, but ahead of everything that is due later.
  public func insert(_ message: Message, at cycle: Cycle) {
    let place = cycles[next...].firstIndex { $0 > cycle } ?? cycles.count
    cycles.insert(cycle, at: place)
    messages.insert(message, at: place)
  }

  public func tick(_ now: Cycle) -> Wake {
    while next < cycles.count, cycles[next] <= now, port.output.canSend {
      port.output.send(messages[next])
      sent.append(now)
      next += 1
    }
    return .next
  }
}

/// Takes every message as soon as it is visible, and notes the cycle.
public final class Sink<Message>: Component {
  public struct Arrival {
    public let cycle: Cycle
    public let message: Message
  }

  public let clock: Clock
  public let state = FlipFlops(NoState())
  public let ports: [any PortEnd]
  private let port: Port<Message>
  public private(set) var arrivals: [Arrival] = []
  /// Nothing is taken before this cycle.
  public var opensAt: Cycle = 0
  /// How many messages are taken in one cycle.
  public var perCycle = Int.max
  /// Called for each message taken, to answer it.
  public var respond: ((Message, Cycle) -> Void)?

  init(clock: Clock, port: Port<Message>) {
    self.clock = clock
    self.port = port
    ports = [port.input]
  }

  /// What the component under test sends into.
  public var end: OutPort<Message> { port.output }
  public var cycles: [Cycle] { arrivals.map(\.cycle) }
  public var messages: [Message] { arrivals.map(\.message) }

  public func tick(_ now: Cycle) -> Wake {
    guard now >= opensAt, port.input.hasMessage else { return .next }
    var taken = 0
    while taken < perCycle, let message = port.input.receive() {
      arrivals.append(Arrival(cycle: now, message: message))
      respond?(message, now)
      taken += 1
    }
    return .next
  }
}
