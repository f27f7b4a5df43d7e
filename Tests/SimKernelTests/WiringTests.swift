import SimKernel
import Testing

/// A system that is wired wrongly does not start: it traps with the port's name.
struct WiringTests {
  @Test func everyPortEndWithOneOwnerStarts() {
    #expect(Wire(sendAt: []).simulation.run() == .quiescent)
  }

  @Test func inputWithTwoOwnersTraps() async {
    await #expect(processExitsWith: .failure) {
      let wire = Wire(sendAt: [])
      wire.simulation.add(Receiver(wire.receiver.clock, wire.port.input), as: "thief")
    }
  }

  @Test func outputWithTwoOwnersTraps() async {
    await #expect(processExitsWith: .failure) {
      let wire = Wire(sendAt: [])
      wire.simulation.add(Sender(wire.sender.clock, wire.port.output, at: []), as: "thief")
    }
  }

  @Test func inputWithoutOwnerTrapsAtTheStart() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      let port = simulation.port("wire", of: Int.self, from: clock, to: clock)
      simulation.add(Sender(clock, port.output, at: []), as: "sender")
      simulation.run()
    }
  }

  @Test func outputWithoutOwnerTrapsAtTheStart() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      let port = simulation.port("wire", of: Int.self, from: clock, to: clock)
      simulation.add(Receiver(clock, port.input), as: "receiver")
      simulation.run()
    }
  }

  @Test func portOfAnotherClockTraps() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let a = simulation.addClock("a", period: 10), b = simulation.addClock("b", period: 10)
      let port = simulation.port("wire", of: Int.self, from: a, to: b)
      simulation.add(Receiver(a, port.input), as: "receiver")
    }
  }

  @Test func portWithoutDelayTraps() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      _ = simulation.port("wire", of: Int.self, from: clock, to: clock, latency: 0)
    }
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      _ = simulation.port("wire", of: Int.self, from: clock, to: clock, synchroniser: 0)
    }
  }

  @Test func portWithoutPlacesTraps() async {
    await #expect(processExitsWith: .failure) {
      let simulation = Simulation()
      let clock = simulation.addClock("clk", period: 10)
      _ = simulation.port("wire", of: Int.self, from: clock, to: clock, capacity: 0)
    }
  }

  @Test func clockWithoutPeriodTraps() async {
    await #expect(processExitsWith: .failure) { _ = Simulation().addClock("clk", period: 0) }
  }
}
