import SimKernel

/// One direction of a link: takes TLPs in order, keeps the wire busy for as long as their bytes last, and delivers each
/// when its last byte has arrived.
///
/// Wire time is continuous (femtoseconds), so bandwidth is exact whatever the user clock; TLPs enter and leave at edges.
public final class Link: Component {
  public let clock: Clock
  public let state = FlipFlops(LinkState())
  public let ports: [any PortEnd]
  private let input: InPort<TLP>
  private let output: OutPort<TLP>
  private let propagation: Picoseconds
  private let framing: UInt64
  private let byteTime: Femtoseconds

  typealias Femtoseconds = UInt64

  public init(_ spec: LinkSpec, clock: Clock, input: InPort<TLP>, output: OutPort<TLP>) {
    self.clock = clock
    self.input = input
    self.output = output
    ports = [input, output]
    propagation = spec.propagation
    framing = UInt64(spec.framing)
    byteTime = spec.byteTime
  }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    let cycleStart = clock.time * 1_000
    let cycleEnd = cycleStart + clock.period * 1_000
    while input.hasMessage {
      guard s.pointee.wireFreeAt < cycleEnd else { return .at(s.pointee.wireFreeAt / (clock.period * 1_000)) }
      guard output.canSend, let tlp = input.receive() else { return .onInput }
      let bytes = UInt64(tlp.wireBytes) + framing
      s.pointee.wireFreeAt = max(s.pointee.wireFreeAt, cycleStart) + bytes * byteTime
      s.pointee.show(tlp, bytes: bytes)
      output.send(tlp, notBefore: (s.pointee.wireFreeAt + 999) / 1_000 + propagation)
    }
    return .onInput
  }
}

extension LinkSpec {
  /// Line code: 8b/10b up to 5 GT/s, 128b/130b above (Base Specification 4.2.1, 4.2.2).
  public var coding: (data: UInt64, line: UInt64) { rate <= 5_000_000_000 ? (8, 10) : (128, 130) }

  /// Femtoseconds that a byte takes on all lanes together, rounded down: less than 10 ppm too fast at 32 GT/s x16.
  public var byteTime: UInt64 { 8_000_000_000_000_000 / (rate * lanes / 1) * coding.line / coding.data }

  /// Places of a port that holds what is in flight besides what the receiver buffers.
  public func portCapacity() -> Int {
    let shortest = UInt64(12 + framing) * byteTime
    return buffer + Int(propagation * 1_000 / shortest) + 2
  }
}
