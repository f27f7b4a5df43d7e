import SimKernel
import Testing

/// A port between two clock domains: each direction costs `synchroniser` edges of the side that listens.
struct CrossingTests {
  /// Sender and receiver periods, with the reason why the pair is here.
  struct Periods: CustomTestStringConvertible, Sendable {
    let sender: Picoseconds
    let receiver: Picoseconds
    let testDescription: String
  }

  static let pairs = [
    Periods(sender: 10, receiver: 40, testDescription: "fast to slow"),
    Periods(sender: 40, receiver: 10, testDescription: "slow to fast"),
    Periods(sender: 10, receiver: 10, testDescription: "equal"),
    Periods(sender: 7, receiver: 11, testDescription: "coprime, slower"),
    Periods(sender: 13, receiver: 5, testDescription: "coprime, faster"),
    Periods(sender: 4000, receiver: 5000, testDescription: "250 MHz to 200 MHz"),
    Periods(sender: 999_983, receiver: 1, testDescription: "a very fast listener"),
  ]

  /// The edge that follows from the rule alone: count edges of the listener after the last one at or before the event.
  static func edge(_ synchroniser: Cycle, after time: Picoseconds, period: Picoseconds) -> Cycle {
    var edge: Cycle = 0
    while (edge + 1) * period <= time { edge += 1 }
    return edge + synchroniser
  }

  @Test(arguments: pairs, [1, 2, 3, 8] as [Cycle])
  func messageArrivesExactlySynchroniserEdgesLater(periods: Periods, synchroniser: Cycle) {
    for sendEdge: Cycle in [0, 1, 2, 3, 5, 8, 13] {
      let wire = Wire(
        .init(sender: periods.sender, receiver: periods.receiver, synchroniser: synchroniser), sendAt: [sendEdge])
      let expected = Self.edge(synchroniser, after: sendEdge * periods.sender, period: periods.receiver)
      wire.simulation.run(until: expected * periods.receiver - 1)
      #expect(wire.receiver.arrivals.isEmpty, "sent at edge \(sendEdge): not at n - 1")
      wire.simulation.run(until: expected * periods.receiver)
      #expect(wire.receiver.edges == [expected], "sent at edge \(sendEdge): at n")
    }
  }

  @Test(arguments: pairs, [1, 2, 3] as [Cycle])
  func roomComesBackExactlySynchroniserEdgesLater(periods: Periods, synchroniser: Cycle) {
    // The receiver takes the first message at its edge 30; the sender has been waiting for its only place.
    let first: Cycle = 30
    let wire = Wire(
      .init(sender: periods.sender, receiver: periods.receiver, capacity: 1, synchroniser: synchroniser),
      sendAt: [0, 0], receiveFrom: max(first, Self.edge(synchroniser, after: 0, period: periods.receiver))
    ).ran()
    let taken = wire.receiver.edges[0] * periods.receiver
    #expect(wire.sender.sent == [0, Self.edge(synchroniser, after: taken, period: periods.sender)])
  }

  @Test(arguments: pairs)
  func senderThatComesWhileRoomIsOnItsWayIsWokenForIt(periods: Periods) {
    // Room is made at receiver edge 100 when nobody waits; the sender comes at every edge around that time.
    let taken = 100 * periods.receiver
    let free = Self.edge(2, after: taken, period: periods.sender)
    for edge in (free > 3 ? free - 3 : 0)...free + 2 {
      let wire = Wire(
        .init(sender: periods.sender, receiver: periods.receiver, capacity: 1), sendAt: [0, edge], receiveFrom: 100
      ).ran()
      #expect(wire.sender.sent == [0, max(edge, free)], "the sender comes at edge \(edge)")
    }
  }

  @Test func coincidentEdgesCountAsBefore() {
    // Both domains have an edge at 40 ps. Whichever ticks first, that edge is the last one before the message.
    let down = Wire(.init(sender: 10, receiver: 40), sendAt: [4]).ran()
    #expect(down.receiver.edges == [3])
    let up = Wire(.init(sender: 40, receiver: 10), sendAt: [1]).ran()
    #expect(up.receiver.edges == [6])
  }

  @Test func orderOfTheClocksDoesNotMatter() {
    // The same crossing with the receiver's clock declared first, so that it runs first at coincident edges.
    let simulation = Simulation()
    let b = simulation.addClock("b", period: 20)
    let a = simulation.addClock("a", period: 10)
    let port = simulation.port("wire", of: Int.self, from: a, to: b)
    let sender = Sender(a, port.output, at: [0, 1, 2, 3, 4, 5, 6, 7]), receiver = Receiver(b, port.input)
    simulation.add(receiver, as: "receiver")
    simulation.add(sender, as: "sender")
    simulation.run()
    let declaredLast = Wire(.init(sender: 10, receiver: 20), sendAt: [0, 1, 2, 3, 4, 5, 6, 7]).ran()
    #expect(receiver.arrivals == declaredLast.receiver.arrivals)
    #expect(sender.sent == declaredLast.sender.sent)
  }

  @Test func messagesCrossInOrderUnderBackPressure() {
    let wire = Wire(.init(sender: 7, receiver: 19, capacity: 4), sendAt: (0..<100).map { $0 }).ran()
    #expect(wire.receiver.messages == Array(0..<100))
    #expect(zip(wire.receiver.edges, wire.receiver.edges.dropFirst()).allSatisfy { $0 < $1 })
    #expect(wire.sender.sent != (0..<100).map { $0 }, "the slow side held up the fast one")
  }

  @Test func notBeforeIsATimeOfTheListener() {
    // Visible at 2 edges of 30 ps without it; the first edge at or after 100 ps is number 4.
    let wire = Wire(.init(sender: 10, receiver: 30), sendAt: [0], notBefore: [100]).ran()
    #expect(wire.receiver.edges == [4])
  }

  @Test func latencyOfAPortInsideADomainIsOfNoMeaningToACrossing() {
    let wire = Wire(.init(sender: 10, receiver: 30, latency: 9, synchroniser: 3), sendAt: [0]).ran()
    #expect(wire.receiver.edges == [3])
  }
}
