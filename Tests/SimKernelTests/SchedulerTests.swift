import SimKernel
import Testing

/// The order of edges, what wakes a component, and how a run ends.
struct SchedulerTests {
  /// Collects what ticked when, over all components of a test.
  final class Log {
    var lines: [String] = []
  }

  /// Answers its ticks from a list, then sleeps.
  final class Scripted: Component {
    let clock: Clock
    let state = FlipFlops(NoState())
    let ports: [any PortEnd] = []
    private(set) var edges: [Cycle] = []
    var pendingWork: String?
    private let name: String
    private let log: Log
    private var wakes: [Wake]
    private let stopsAt: Cycle?

    init(_ name: String, _ clock: Clock, _ log: Log = Log(), wakes: [Wake] = [], stopsAt: Cycle? = nil) {
      self.name = name
      self.clock = clock
      self.log = log
      self.wakes = wakes
      self.stopsAt = stopsAt
    }

    func tick(_ now: Cycle) -> Wake {
      edges.append(now)
      log.lines.append("\(name)@\(clock.time)")
      if now == stopsAt { clock.stop() }
      return wakes.isEmpty ? .onInput : wakes.removeFirst()
    }
  }

  // MARK: order

  @Test func lowestEdgeFirstThenClockThenComponent() {
    let simulation = Simulation(), log = Log()
    // Declared in an order that neither names nor periods give.
    let slow = simulation.addClock("slow", period: 30), fast = simulation.addClock("fast", period: 10)
    let four = Array(repeating: Wake.next, count: 4)
    simulation.add(Scripted("f1", fast, log, wakes: four), as: "f1")
    simulation.add(Scripted("s1", slow, log, wakes: [.next]), as: "s1")
    simulation.add(Scripted("f2", fast, log, wakes: four), as: "f2")
    simulation.add(Scripted("s2", slow, log, wakes: [.next]), as: "s2")
    simulation.run()
    #expect(
      log.lines == [
        "s1@0", "s2@0", "f1@0", "f2@0", "f1@10", "f2@10", "f1@20", "f2@20",
        "s1@30", "s2@30", "f1@30", "f2@30", "f1@40", "f2@40",
      ])
  }

  @Test func timersOfOneEdgeFireInComponentOrder() {
    let simulation = Simulation(), log = Log()
    let clock = simulation.addClock("clk", period: 10)
    for name in ["a", "b", "c"] { simulation.add(Scripted(name, clock, log, wakes: [.at(7)]), as: name) }
    simulation.run()
    #expect(log.lines == ["a@0", "b@0", "c@0", "a@70", "b@70", "c@70"])
  }

  // MARK: wakes

  @Test func everybodyTicksAtEdgeZeroAndThenSleeps() {
    let simulation = Simulation()
    let clock = simulation.addClock("clk", period: 10)
    let component = Scripted("a", clock)
    simulation.add(component, as: "a")
    #expect(simulation.run() == .quiescent)
    #expect(component.edges == [0])
  }

  @Test func nextMeansTheNextEdge() {
    let simulation = Simulation()
    let component = Scripted("a", simulation.addClock("clk", period: 10), wakes: [.next, .next, .next])
    simulation.add(component, as: "a")
    simulation.run()
    #expect(component.edges == [0, 1, 2, 3])
  }

  @Test func atMeansThatEdgeAndNoOther() {
    let simulation = Simulation()
    let component = Scripted("a", simulation.addClock("clk", period: 10), wakes: [.at(5), .at(6), .at(1_000_000)])
    simulation.add(component, as: "a")
    simulation.run()
    #expect(component.edges == [0, 5, 6, 1_000_000])
    #expect(simulation.time == 10_000_000)
  }

  @Test func askingForTheSameTimerAgainAddsNoTick() {
    // Woken by its input at 3 and 6, it asks for edge 20 each time.
    let simulation = Simulation()
    let clock = simulation.addClock("clk", period: 10)
    let port = simulation.port("wire", of: Int.self, from: clock, to: clock)
    let receiver = Receiver(clock, port.input, from: 20)
    simulation.add(Sender(clock, port.output, at: [2, 5]), as: "sender")
    simulation.add(receiver, as: "receiver")
    simulation.run()
    // Edge 0, the first message, the timer, the second message, and the tick that finds nothing.
    #expect(receiver.ticks == 5)
    #expect(receiver.edges == [20, 21])
  }

  @Test func manyTimersFireAtTheirEdges() {
    // A heap of 64 components with timers in an order that is neither rising nor falling.
    let simulation = Simulation()
    let clock = simulation.addClock("clk", period: 3)
    let components = (0..<64).map { index in
      Scripted("c", clock, wakes: (1...50).map { .at(Cycle(index * 37 % 64 + $0 * 64)) })
    }
    for (index, component) in components.enumerated() { simulation.add(component, as: "c\(index)") }
    simulation.run()
    for (index, component) in components.enumerated() {
      #expect(component.edges == [0] + (1...50).map { Cycle(index * 37 % 64 + $0 * 64) })
    }
  }

  @Test func wakeAtAnEdgeThatIsOverTraps() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      simulation.add(Scripted("a", clock, wakes: [.next, .at(1)]), as: "a")
      simulation.run()
    }
  }

  @Test func sixtyFiveComponentsInOneClockTrap() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      for index in 0..<65 { simulation.add(Scripted("a", clock), as: "c\(index)") }
    }
  }

  @Test func sleepersCostNothing() {
    // Sixty sleepers beside one that ticks 10,000 times.
    let simulation = Simulation()
    let clock = simulation.addClock("clk", period: 10)
    let sleepers = (0..<60).map { _ in Scripted("z", clock) }
    for (index, sleeper) in sleepers.enumerated() { simulation.add(sleeper, as: "z\(index)") }
    let busy = Scripted("busy", clock, wakes: Array(repeating: .next, count: 9_999))
    simulation.add(busy, as: "busy")
    simulation.run()
    #expect(busy.edges.count == 10_000)
    #expect(sleepers.allSatisfy { $0.edges == [0] })
  }

  @Test func withoutSkippingEverybodyTicksAtEveryEdge() {
    let simulation = Simulation()
    let fast = simulation.addClock("fast", period: 10), slow = simulation.addClock("slow", period: 25)
    let a = Scripted("a", fast), b = Scripted("b", slow, wakes: [.at(2)])
    simulation.add(a, as: "a")
    simulation.add(b, as: "b")
    simulation.skipsIdle = false
    #expect(simulation.run(until: 100) == .limitReached)
    #expect(a.edges == Array(0...10))
    #expect(b.edges == Array(0...4))
  }

  // MARK: ends

  @Test func limitIsInclusive() {
    let simulation = Simulation()
    let component = Scripted("a", simulation.addClock("clk", period: 10), wakes: Array(repeating: .next, count: 9))
    simulation.add(component, as: "a")
    #expect(simulation.run(until: 29) == .limitReached)
    #expect(component.edges == [0, 1, 2])
    #expect(simulation.time == 20)
    #expect(simulation.run(until: 30) == .limitReached)
    #expect(component.edges == [0, 1, 2, 3])
    #expect(simulation.run(until: 1_000) == .quiescent)
    #expect(component.edges == Array(0...9))
  }

  @Test func limitBeforeTheNextTimerRunsNothing() {
    let simulation = Simulation()
    let component = Scripted("a", simulation.addClock("clk", period: 10), wakes: [.at(100)])
    simulation.add(component, as: "a")
    #expect(simulation.run(until: 999) == .limitReached)
    #expect(simulation.time == 0, "the last edge that ran")
    #expect(simulation.run(until: 1_000) == .quiescent)
    #expect(simulation.time == 1_000)
  }

  @Test func stopEndsAfterTheRunningEdgeAndCanGoOn() {
    let simulation = Simulation(), log = Log()
    let clock = simulation.addClock("clk", period: 10)
    simulation.add(Scripted("a", clock, log, wakes: [.next, .next, .next], stopsAt: 1), as: "a")
    simulation.add(Scripted("b", clock, log, wakes: [.next, .next, .next]), as: "b")
    #expect(simulation.run() == .stopped)
    #expect(log.lines == ["a@0", "b@0", "a@10", "b@10"], "the others of that edge still tick")
    #expect(simulation.time == 10)
    #expect(simulation.run() == .quiescent)
    #expect(log.lines.count == 8)
  }

  @Test func stopEndsABurstOfOneComponent() {
    let simulation = Simulation()
    let clock = simulation.addClock("clk", period: 10)
    let alone = Scripted("a", clock, wakes: Array(repeating: .next, count: 99), stopsAt: 42)
    simulation.add(alone, as: "a")
    #expect(simulation.run() == .stopped)
    #expect(alone.edges == Array(0...42))
  }

  // MARK: diagnosis

  @Test func allWorkDone() {
    let wire = Wire(sendAt: [0, 1, 2]).ran()
    #expect(wire.simulation.pendingWork().isEmpty)
  }

  @Test func deadlockSaysWhoWaitsForWhat() {
    // The receiver would start at an edge beyond the run's limit: it never takes anything.
    let simulation = Simulation()
    let clock = simulation.addClock("clk", period: 10)
    let port = simulation.port("device.requests", of: Int.self, from: clock, to: clock)
    simulation.add(Sender(clock, port.output, at: [0, 1, 2]), as: "host.driver")
    simulation.add(Owner(clock, [port.input]), as: "device.core")
    #expect(simulation.run() == .quiescent)
    #expect(
      simulation.pendingWork() == [
        "host.driver waits for room for message 2", "port device.requests holds 2 message(s) that nobody takes",
      ])
  }
}
