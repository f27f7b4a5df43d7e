import Bench
import PCIeBench
import SimKernel

@testable import PCIe

/// One direction of a link under stress: what entered, and what left, judged by the ordering table and, more strictly,
/// by the order of each class, which a link keeps.
final class CheckedPath {
  private(set) var checker = OrderingChecker()
  private(set) var outOfClassOrder = 0
  private var classes: [(tlps: [TLP], head: Int)] = Array(repeating: ([], 0), count: 3)

  func enter(_ tlp: TLP, _ flowClass: FlowClass) {
    checker.enter(tlp)
    classes[Int(flowClass.rawValue)].tlps.append(tlp)
  }

  func leave(_ tlp: TLP, _ flowClass: FlowClass) {
    checker.leave(tlp)
    let index = Int(flowClass.rawValue), head = classes[index].head
    if head >= classes[index].tlps.count || classes[index].tlps[head] != tlp { outOfClassOrder += 1 }
    classes[index].head += 1
  }
}

/// Sends random TLPs of all classes in bursts, as room allows.
final class StressSource: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private let output: TLPOut
  private let path: CheckedPath
  private var random: RandomStream
  private var left: Int

  init(clock: Clock, port: TLPPort, path: CheckedPath, random: RandomStream, count: Int) {
    (self.clock, output, self.path, self.random, left) = (clock, port.output, path, random, count)
    ports = port.output.ends
  }

  func tick(_ now: Cycle) -> Wake {
    for _ in 0..<6 {
      guard left > 0 else { return .onInput }
      let tlp = TLP.random(&random, serial: left), flowClass = tlp.header.flowClass
      // Another class, perhaps, the next time.
      guard output.canSend(flowClass) else { return .at(now + 16) }
      path.enter(tlp, flowClass)
      output.send(tlp)
      left -= 1
    }
    return random.next(below: 32) == 0 ? .at(now + 1 + random.next(below: 200)) : .next
  }
}

/// Takes TLPs, and refuses each class for random times.
final class StressSink: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private let input: TLPIn
  private let path: CheckedPath
  private var random: RandomStream
  private var refused: FlowClassSet = []
  private var changesAt: Cycle = 0

  init(clock: Clock, port: TLPPort, path: CheckedPath, random: RandomStream) {
    (self.clock, input, self.path, self.random) = (clock, port.input, path, random)
    ports = port.input.ends
  }

  func tick(_ now: Cycle) -> Wake {
    if now >= changesAt {
      refused = FlowClassSet(rawValue: UInt8(random.next(below: 8) & random.next(below: 8)))
      changesAt = now + 1 + random.next(below: refused.rawValue == 0 ? 300 : 60)
    }
    while let flowClass = input.next(blocked: refused), let queued = input.take(flowClass) {
      path.leave(queued.tlp, flowClass)
    }
    return .at(changesAt)
  }
}

/// Disturbs a link at random times, and hears of its events.
final class Disturber: Component {
  let clock: Clock
  let state = FlipFlops(NoState())
  let ports: [any PortEnd]
  private let output: OutPort<LinkCommand>
  private let events: [InPort<LinkEvent>]
  private var random: RandomStream
  private var actsAt: Cycle = 0

  init(clock: Clock, output: OutPort<LinkCommand>, events: [InPort<LinkEvent>], random: RandomStream) {
    (self.clock, self.output, self.events, self.random) = (clock, output, events, random)
    ports = [output] + events
  }

  func tick(_ now: Cycle) -> Wake {
    for port in events { while port.receive() != nil {} }
    guard now >= actsAt else { return .at(actsAt) }
    if output.canSend { output.send(.random(&random)) }
    actsAt = now + 1 + random.next(below: 1_000)
    return .at(actsAt)
  }
}
