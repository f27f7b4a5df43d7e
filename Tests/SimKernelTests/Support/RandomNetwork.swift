import SimKernel

/// Takes messages, thinks about each for a random time, and sends it on to a random output. Without inputs it makes
/// messages of its own; without outputs it swallows them.
final class Node: Component {
  enum Phase: TracedEnum {
    case idle
    case thinking
    case sending
  }

  struct State: TracedState {
    var phase = Phase.idle
    /// Where to look first for the next message, and where to send the present one.
    var turn: UInt8 = 0
    var target: UInt8 = 0
    /// Messages that a source has yet to make.
    var remaining: UInt32
    var readyAt: UInt64 = 0
    var message: UInt64 = 0
    var handled: UInt64 = 0
    var random: RandomStream

    static var signals: [SignalDeclaration<State>] {
      [
        .enumeration("phase", \.phase), .bits("turn", \.turn), .bits("target", \.target),
        .counter("remaining", \.remaining), .counter("readyAt", \.readyAt), .bits("message", \.message),
        .counter("handled", \.handled), .group("random", \.random),
      ]
    }
  }

  let clock: Clock
  let state: FlipFlops<State>
  let ports: [any PortEnd]
  private let inputs: [InPort<UInt64>]
  private let outputs: [OutPort<UInt64>]

  init(_ clock: Clock, inputs: [InPort<UInt64>], outputs: [OutPort<UInt64>], messages: UInt32, random: RandomStream) {
    self.clock = clock
    self.inputs = inputs
    self.outputs = outputs
    ports = inputs + outputs
    state = FlipFlops(State(remaining: inputs.isEmpty ? messages : 0, random: random))
  }

  func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    switch s.pointee.phase {
    case .idle: return begin(now)
    case .thinking:
      guard now >= s.pointee.readyAt else { return .at(s.pointee.readyAt) }
      guard !outputs.isEmpty else {
        s.pointee.phase = .idle
        return .next
      }
      s.pointee.phase = .sending
      s.pointee.target = UInt8(s.pointee.random.next(below: UInt64(outputs.count)))
      return send()
    case .sending: return send()
    }
  }

  var pendingWork: String? {
    state.pointer.pointee.phase == .idle && state.pointer.pointee.remaining == 0 ? nil : "its next message"
  }

  private func begin(_ now: Cycle) -> Wake {
    let s = state.pointer
    if s.pointee.remaining > 0 {
      s.pointee.remaining -= 1
      s.pointee.message = s.pointee.random.next()
    } else {
      guard let message = receive() else { return .onInput }
      s.pointee.message = message &* 31 &+ UInt64(s.pointee.turn)
    }
    s.pointee.handled += 1
    s.pointee.phase = .thinking
    // Mostly short, sometimes long enough for everybody to sleep.
    let longest: UInt64 = s.pointee.random.next(below: 20) == 0 ? 200 : 5
    s.pointee.readyAt = now + 1 + s.pointee.random.next(below: longest)
    return .at(s.pointee.readyAt)
  }

  private func receive() -> UInt64? {
    let s = state.pointer
    for step in 0..<inputs.count {
      let index = (Int(s.pointee.turn) + step) % inputs.count
      guard let message = inputs[index].receive() else { continue }
      s.pointee.turn = UInt8((index + 1) % inputs.count)
      return message
    }
    return nil
  }

  private func send() -> Wake {
    let s = state.pointer
    let output = outputs[Int(s.pointee.target)]
    guard output.canSend else { return .onInput }
    let late = s.pointee.random.next(below: 4) == 0
    output.send(s.pointee.message, notBefore: late ? clock.time + s.pointee.random.next(below: 500) : 0)
    s.pointee.phase = .idle
    return .next
  }
}

/// Nodes in three clock domains, wired at random from lower to higher, so that back-pressure cannot close a circle.
struct RandomNetwork {
  let simulation = Simulation()
  let nodes: [Node]

  /// - Parameter periods: of the three domains, in picoseconds
  init(seed: UInt64, periods: [Picoseconds] = [7, 11, 13], nodes count: Int = 12, messages: UInt32 = 40) {
    var random = RandomStream(seed: seed, name: "network")
    let simulation = simulation
    let clocks = periods.enumerated().map { simulation.addClock("clk\($0)", period: $1) }
    let domain = (0..<count).map { _ in Int(random.next(below: UInt64(clocks.count))) }
    var inputs = Array(repeating: [InPort<UInt64>](), count: count)
    var outputs = Array(repeating: [OutPort<UInt64>](), count: count)
    for from in 0..<count - 1 {
      for _ in 0...random.next(below: 3) {
        let to = from + 1 + Int(random.next(below: UInt64(count - from - 1)))
        let port = simulation.port(
          "wire\(simulation.ports.count)", of: UInt64.self, from: clocks[domain[from]], to: clocks[domain[to]],
          capacity: 1 + Int(random.next(below: 3)), latency: 1 + random.next(below: 4),
          synchroniser: 1 + random.next(below: 3))
        outputs[from].append(port.output)
        inputs[to].append(port.input)
      }
    }
    nodes = (0..<count).map { index in
      Node(
        clocks[domain[index]], inputs: inputs[index], outputs: outputs[index], messages: messages,
        random: RandomStream(seed: seed, name: "node\(index)"))
    }
    // Added in another order than wired, so that receivers tick before their senders too.
    var order = Array(0..<count)
    for index in order.indices.reversed() { order.swapAt(index, Int(random.next(below: UInt64(index) + 1))) }
    for index in order { simulation.add(nodes[index], as: "node\(index)") }
  }
}
