import Bench
import PCIeBench
import SimKernel

@testable import PCIe

extension LinkSpec {
  /// 2.5 GT/s on one lane: a byte takes one cycle of 4 ns. Nothing on the way, DLLPs take no time, and Acks and
  /// UpdateFCs come late, so that a test sees only those that it asks for.
  static var slow: LinkSpec {
    var spec = LinkSpec()
    (spec.rate, spec.lanes, spec.propagation, spec.dllpBytes) = (2_500_000_000, 1, 0, 0)
    (spec.ackLatency, spec.creditLatency, spec.replayTimeout) = (cycles(5_000), cycles(20_000), cycles(50_000))
    return spec
  }

  static func with(_ change: (inout LinkSpec) -> Void) -> LinkSpec {
    var spec = slow
    change(&spec)
    return spec
  }
}

/// The time that so many cycles of 4 ns take.
func cycles(_ count: Cycle) -> Picoseconds { count * 4_000 }

/// A link between two hosts of nothing: probes at both ends. Tests send down, from the upper end to the lower one,
/// unless they say otherwise.
struct LinkBench {
  /// What a test sends here is first seen by the link one cycle later, at `start`, long after initialisation.
  static let sent: Cycle = 1_000
  static let start: Cycle = 1_001

  let bench: Bench
  let fixture: LinkFixture

  init(
    _ spec: LinkSpec = .slow, maxPayload: Int = 128, outstanding: Int = 256, inputs: Int = 64, skipsIdle: Bool = true,
    period: Picoseconds = 4_000
  ) {
    bench = Bench(period: period)
    fixture = LinkFixture(spec, in: bench, maxPayload: maxPayload, outstanding: outstanding, inputs: inputs)
    bench.simulation.skipsIdle = skipsIdle
  }

  var sender: TLPSource { fixture.upper.source }
  var receiver: TLPSink { fixture.lower.sink }
  /// The end that sends down: its transmitter is the one under test.
  var down: LinkEndState { fixture.down }
  /// The end that sends up: its receiver is the one under test.
  var up: LinkEndState { fixture.up }
  var phase: LinkPhase { fixture.link.state.pointer.pointee.phase }
  var upperEvents: [LinkEvent] { fixture.upper.events.messages }
  var lowerEvents: [LinkEvent] { fixture.lower.events.messages }

  /// Sends at cycle 1,000, in this order.
  func send(_ tlps: [TLP]) { for tlp in tlps { sender.send(tlp, at: Self.sent) } }

  /// Gives an order so that the link obeys it at `cycle`.
  func command(_ command: LinkCommand, at cycle: Cycle = 900) { fixture.commands.send(command, at: cycle - 1) }

  /// The state after edge `cycle`, and after the one before it: a change is tight when it is seen in the second only.
  func around<Value>(_ cycle: Cycle, _ value: (LinkBench) -> Value) -> [Value] {
    bench.run(through: cycle - 1)
    let before = value(self)
    bench.run(through: cycle)
    return [before, value(self)]
  }
}

/// MWr: 12 bytes of header, the payload, 8 bytes of framing: 24 cycles on the slow link with 4 bytes.
func mWr(_ bytes: Int = 4, fill: Int = 0xa5, attributes: TLPAttributes = []) -> TLP {
  .memoryWrite(
    address: 0x1000, data: [UInt8](repeating: UInt8(truncatingIfNeeded: fill), count: bytes), requester: requester,
    attributes: attributes)
}

/// MRd, a non-posted request without data: 20 cycles on the slow link.
func mRd(tag: UInt16 = 0, from sender: DeviceID = requester, attributes: TLPAttributes = []) -> TLP {
  .memoryRead(address: 0x1000, length: 4, tag: tag, requester: sender, attributes: attributes)
}

/// FetchAdd, a non-posted request with one unit of data.
func fetchAdd(tag: UInt16 = 0, from sender: DeviceID = requester, attributes: TLPAttributes = []) -> TLP {
  var header = TLPHeader(.fetchAdd)
  (header.lengthDW, header.firstBE, header.address, header.tag) = (1, 0xf, 0x1000, tag)
  (header.requesterID, header.attributes) = (sender, attributes)
  return TLP(header, payload: [1, 2, 3, 4])
}

/// CplD, a completion with data, a multiple of 4 bytes.
func cplD(_ bytes: Int = 4, tag: UInt16 = 0, from sender: DeviceID = completer, attributes: TLPAttributes = [])
  -> TLP
{
  let request = TLPHeader.memoryRead(
    address: 0x1000, length: bytes, tag: tag, requester: requester, attributes: attributes)
  return .completionData(for: request, payload: [UInt8](repeating: 0x5a, count: bytes), completer: sender)
}
