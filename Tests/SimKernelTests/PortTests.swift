import SimKernel
import Testing

/// A port inside one clock domain: registered, bounded, in order.
struct PortTests {
  /// Both orders of ticking inside one edge give the same result.
  static let orders = [false, true]

  @Test(arguments: orders)
  func whatIsSentAtOneEdgeIsSeenAtTheNext(receiverFirst: Bool) {
    let wire = Wire(.init(receiverFirst: receiverFirst), sendAt: [5]).ran()
    #expect(wire.sender.sent == [5])
    #expect(wire.receiver.edges == [6])
  }

  @Test(arguments: orders, [1, 2, 3, 17] as [Cycle])
  func latencyIsTight(receiverFirst: Bool, latency: Cycle) {
    let wire = Wire(.init(latency: latency, receiverFirst: receiverFirst), sendAt: [4])
    wire.simulation.run(until: 10 * (4 + latency) - 1)
    #expect(wire.receiver.arrivals.isEmpty, "not visible at edge n + latency - 1")
    wire.simulation.run(until: 10 * (4 + latency))
    #expect(wire.receiver.edges == [4 + latency], "visible at edge n + latency")
  }

  @Test func visibilityIsTightEvenForSomebodyWhoLooksAtEveryEdge() {
    let wire = Wire(.init(latency: 3), sendAt: [4])
    wire.simulation.skipsIdle = false
    wire.simulation.run(until: 100)
    #expect(wire.receiver.edges == [7])
    #expect(wire.receiver.ticks == 11)
  }

  @Test(arguments: orders)
  func twoPlacesSustainOneMessageACycle(receiverFirst: Bool) {
    let wire = Wire(.init(receiverFirst: receiverFirst), sendAt: [0, 1, 2, 3, 4, 5]).ran()
    #expect(wire.sender.sent == [0, 1, 2, 3, 4, 5])
    #expect(wire.receiver.edges == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: orders)
  func onePlaceSustainsOneMessageEveryTwoCycles(receiverFirst: Bool) {
    let wire = Wire(.init(capacity: 1, receiverFirst: receiverFirst), sendAt: [0, 1, 2, 3]).ran()
    #expect(wire.sender.sent == [0, 2, 4, 6])
    #expect(wire.receiver.edges == [1, 3, 5, 7])
  }

  @Test(arguments: orders)
  func roomMadeAtOneEdgeIsSeenByABlockedSenderAtTheNext(receiverFirst: Bool) {
    let wire = Wire(.init(receiverFirst: receiverFirst), sendAt: [0, 1, 2, 3], receiveFrom: 10).ran()
    #expect(wire.receiver.edges == [10, 11, 12, 13])
    #expect(wire.sender.sent == [0, 1, 11, 12], "two places, then one for each that was freed")
  }

  @Test(arguments: orders)
  func senderThatComesInTheEdgeThatMakesRoomIsWokenForIt(receiverFirst: Bool) {
    // The room of edge 10 is not visible in edge 10, and nobody was waiting when it was made.
    let wire = Wire(.init(capacity: 1, receiverFirst: receiverFirst), sendAt: [0, 10], receiveFrom: 10).ran()
    #expect(wire.sender.sent == [0, 11])
    #expect(wire.receiver.edges == [10, 12])
  }

  @Test func blockedShowsThatTheSenderWaits() {
    let wire = Wire(.init(capacity: 1), sendAt: [0, 3], receiveFrom: 6)
    wire.simulation.run(until: 20)
    #expect(wire.port.core.pointee.level == 1)
    #expect(!wire.port.core.pointee.blocked, "full, but nobody wants to send")
    wire.simulation.run(until: 30)
    #expect(wire.port.core.pointee.blocked)
    wire.simulation.run(until: 70)
    #expect(!wire.port.core.pointee.blocked)
    #expect(wire.sender.sent == [0, 7])
  }

  @Test func severalMessagesCanBeSentInOneEdge() {
    let wire = Wire(.init(capacity: 3), sendAt: [2, 2, 2]).ran()
    #expect(wire.sender.sent == [2, 2, 2])
    #expect(wire.receiver.edges == [3, 4, 5])
  }

  @Test func messagesKeepTheirOrderAroundTheFIFO() {
    let wire = Wire(.init(capacity: 3, latency: 2), sendAt: (0..<50).map { $0 * 3 / 2 }).ran()
    #expect(wire.receiver.messages == Array(0..<50))
  }

  @Test func slowReceiverGetsEveryMessageInOrder() {
    let wire = Wire(.init(capacity: 5), sendAt: (0..<40).map { $0 }, receiveFrom: 25).ran()
    #expect(wire.receiver.messages == Array(0..<40))
    #expect(wire.receiver.edges == (25..<65).map { $0 })
  }

  @Test(
    arguments: [
      (59, 6), (60, 6), (61, 7), (70, 7), (0, 5), (20, 5), (50, 5), (51, 6),
    ] as [(Picoseconds, Cycle)])
  func notBeforeDelaysToTheFirstEdgeAtOrAfterIt(time: Picoseconds, edge: Cycle) {
    // Period 10: a message of edge 4 is visible at 5 (50 ps), or at the first edge that is not before `time`.
    let wire = Wire(sendAt: [4], notBefore: [time]).ran()
    #expect(wire.receiver.edges == [edge])
  }

  @Test func aMessageThatIsLateHoldsUpTheOnesBehindIt() {
    let wire = Wire(.init(capacity: 4), sendAt: [0, 1, 2], notBefore: [200, 0, 0]).ran()
    #expect(
      wire.receiver.arrivals == [
        .init(message: 0, edge: 20), .init(message: 1, edge: 21), .init(message: 2, edge: 22),
      ])
  }

  @Test func messagesLeftInAPortAreReleasedWithIt() {
    final class Token {}
    weak var left: Token?
    do {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      let port = simulation.port("wire", of: Token.self, from: clock, to: clock)
      simulation.add(Owner(clock, [port.output, port.input]), as: "owner")
      let token = Token()
      left = token
      port.output.send(token)
    }
    #expect(left == nil)
  }

  @Test func sendWithoutRoomTraps() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      let port = simulation.port("wire", of: Int.self, from: clock, to: clock, capacity: 2)
      for message in 0..<3 { port.output.send(message) }
    }
  }
}
