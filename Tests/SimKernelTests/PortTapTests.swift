import SimKernel
import Testing

/// What an observer sees of a port.
struct PortTapTests {
  private final class Watcher: EdgeObserver {
    var tap: PortTap<Int>
    let period: Picoseconds
    private(set) var seen: [(edge: Cycle, message: Int)] = []

    init(_ tap: PortTap<Int>, period: Picoseconds) {
      self.tap = tap
      self.period = period
    }

    override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
      while let message = tap.next() { seen.append((time / period, message.pointee)) }
    }
  }

  /// Sends two messages at every third edge.
  private final class Sender: Component {
    let clock: Clock
    let state = FlipFlops(NoState())
    let ports: [any PortEnd]
    private let port: OutPort<Int>

    init(_ clock: Clock, _ port: OutPort<Int>) {
      self.clock = clock
      self.port = port
      ports = [port]
    }

    func tick(_ now: Cycle) -> Wake {
      if now % 3 == 0 { for half in 0..<2 where port.canSend { port.send(Int(now) * 2 + half) } }
      return .next
    }
  }

  private final class Receiver: Component {
    let clock: Clock
    let state = FlipFlops(NoState())
    let ports: [any PortEnd]
    private let port: InPort<Int>

    init(_ clock: Clock, _ port: InPort<Int>) {
      self.clock = clock
      self.port = port
      ports = [port]
    }

    func tick(_ now: Cycle) -> Wake {
      while port.receive() != nil {}
      return .onInput
    }
  }

  @Test(arguments: [false, true])
  func everyMessageIsSeenAtTheEdgeOfItsSending(atReceiver: Bool) {
    let simulation = Simulation()
    let clock = simulation.addClock("clock", period: 10)
    let port: Port<Int> = simulation.port("port", from: clock, to: clock, capacity: 3)
    simulation.add(Sender(clock, port.output), as: "sender")
    simulation.add(Receiver(clock, port.input), as: "receiver")
    let watcher = Watcher(atReceiver ? PortTap(port.input) : PortTap(port.output), period: 10)
    simulation.observer = watcher
    simulation.run(until: 300)
    #expect(watcher.seen.map(\.message) == (0...10).flatMap { [6 * $0, 6 * $0 + 1] })
    #expect(watcher.seen.allSatisfy { Int($0.edge) == $0.message / 2 })
  }
}
