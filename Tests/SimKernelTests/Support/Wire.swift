import SimKernel

/// Sends 0, 1, 2 … over one port: message k at edge `edges[k]`, or as soon after it as there is room.
final class Sender: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  /// The edges at which it sent.
  private(set) var sent: [Cycle] = []
  private(set) var ticks = 0
  private let output: OutPort<Int>
  private let edges: [Cycle]
  private let notBefore: [Picoseconds]

  /// - Parameter notBefore: absolute times, one a message; none when empty
  init(_ clock: Clock, _ output: OutPort<Int>, at edges: [Cycle], notBefore: [Picoseconds] = []) {
    self.clock = clock
    self.output = output
    self.edges = edges
    self.notBefore = notBefore
    ports = [output]
  }

  func tick(_ now: Cycle) -> Wake {
    ticks += 1
    while sent.count < edges.count {
      guard now >= edges[sent.count] else { return .at(edges[sent.count]) }
      guard output.canSend else { return .onInput }
      output.send(sent.count, notBefore: notBefore.isEmpty ? 0 : notBefore[sent.count])
      sent.append(now)
      // One message an edge, unless two are asked for at the same one.
      if sent.count < edges.count && edges[sent.count] < now { return .next }
    }
    return .onInput
  }

  var pendingWork: String? { sent.count == edges.count ? nil : "room for message \(sent.count)" }
}

/// Takes one message an edge, from edge `first` on.
final class Receiver: Component {
  struct Arrival: Equatable {
    let message: Int
    let edge: Cycle
  }

  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private(set) var arrivals: [Arrival] = []
  private(set) var ticks = 0
  private let input: InPort<Int>
  private let first: Cycle

  init(_ clock: Clock, _ input: InPort<Int>, from first: Cycle = 0) {
    self.clock = clock
    self.input = input
    self.first = first
    ports = [input]
  }

  var edges: [Cycle] { arrivals.map(\.edge) }
  var messages: [Int] { arrivals.map(\.message) }

  func tick(_ now: Cycle) -> Wake {
    ticks += 1
    guard now >= first else { return .at(first) }
    guard let message = input.receive() else { return .onInput }
    arrivals.append(Arrival(message: message, edge: now))
    return .next
  }
}

/// Owns ports and does nothing with them.
final class Owner: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]

  init(_ clock: Clock, _ ports: [any PortEnd]) {
    self.clock = clock
    self.ports = ports
  }

  func tick(_ now: Cycle) -> Wake { .onInput }
}

/// A sender and a receiver with one port between them, run until nothing happens any more.
struct Wire {
  struct Shape {
    /// Periods of the two sides; the same clock when `receiver` is nil.
    var sender: Picoseconds = 10
    var receiver: Picoseconds?
    var capacity = 2
    var latency: Cycle = 1
    var synchroniser: Cycle = 2
    /// The receiver ticks before the sender at each edge. Must not matter.
    var receiverFirst = false
  }

  let simulation = Simulation()
  let port: Port<Int>
  let sender: Sender
  let receiver: Receiver

  init(_ shape: Shape = Shape(), sendAt edges: [Cycle], notBefore: [Picoseconds] = [], receiveFrom first: Cycle = 0) {
    let a = simulation.addClock("a", period: shape.sender)
    var b = a
    if let period = shape.receiver { b = simulation.addClock("b", period: period) }
    port = simulation.port(
      "wire", of: Int.self, from: a, to: b, capacity: shape.capacity, latency: shape.latency,
      synchroniser: shape.synchroniser)
    sender = Sender(a, port.output, at: edges, notBefore: notBefore)
    receiver = Receiver(b, port.input, from: first)
    if shape.receiverFirst { simulation.add(receiver, as: "receiver") }
    simulation.add(sender, as: "sender")
    if !shape.receiverFirst { simulation.add(receiver, as: "receiver") }
  }

  /// The same wire after its run.
  func ran() -> Wire {
    simulation.run()
    return self
  }
}
