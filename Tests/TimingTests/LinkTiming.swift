import Bench
import PCIe
import SimKernel

/// The parameters of the link. The link takes a packet from its input at cycle 1; measured is the cycle at which the
/// probe at its other end sees it.
enum LinkTiming {
  private static let packet = TLP.memoryWrite(
    address: 0x1000, data: [1, 2, 3, 4], requester: DeviceID(rawValue: 0))
  private static let large = TLP.memoryWrite(
    address: 0x1000, data: [UInt8](repeating: 0, count: 256), requester: DeviceID(rawValue: 0))

  /// 2.5 GT/s on one lane: a byte takes one cycle of 4 ns.
  private static func slow() -> LinkSpec {
    var spec = LinkSpec()
    (spec.rate, spec.lanes, spec.propagation) = (2_500_000_000, 1, 0)
    return spec
  }

  /// The cycle at which the last of `count` packets arrives.
  private static func arrival(_ spec: LinkSpec, _ packet: TLP, count: Int) -> Cycle? {
    let bench = Bench()
    let sender = bench.source("sender", TLP.self, capacity: count)
    let receiver = bench.sink("receiver", TLP.self, capacity: 1_024)
    bench.add(Link(spec, clock: bench.clock, input: sender.end, output: receiver.end))
    for _ in 0..<count { sender.send(packet) }
    bench.run(through: 40_000)
    return receiver.arrivals.count == count ? receiver.cycles.last : nil
  }

  /// The cycle that 100 packets of 276 bytes need at so many femtoseconds a byte, from cycle 1 on.
  private static func arrivalOfHundred(byteTime: UInt64) -> UInt64 {
    (4_000_000 + 27_600 * byteTime + 3_999_999) / 4_000_000
  }

  static let parameters: [TimedParameter] = [
    // 12 bytes of header, 4 of data, 8 of framing: 24 cycles on the wire.
    TimedParameter("link.propagation", [0, 4_000, 4_001, 100_000], expected: { 25 + TimedParameter.cycles($0) }) {
      var spec = slow()
      spec.propagation = $0
      return arrival(spec, packet, count: 1)
    },
    TimedParameter("link.framing", [0, 1, 8, 64], expected: { 17 + $0 }) {
      var spec = slow()
      spec.framing = Int($0)
      return arrival(spec, packet, count: 1)
    },
    // Femtoseconds a byte: 8 bits by the rate, times 10/8 up to 5 GT/s and 130/128 above.
    TimedParameter(
      "link.rate", [2_500_000_000, 5_000_000_000, 8_000_000_000, 16_000_000_000, 32_000_000_000],
      expected: {
        arrivalOfHundred(
          byteTime: [2_500: 4_000_000, 5_000: 2_000_000, 8_000: 1_015_625, 16_000: 507_812, 32_000: 253_906][
            $0 / 1_000_000]!)
      }
    ) {
      var spec = slow()
      spec.rate = $0
      return arrival(spec, large, count: 100)
    },
    TimedParameter("link.lanes", [1, 2, 4, 8, 16], expected: { arrivalOfHundred(byteTime: 4_000_000 / $0) }) {
      var spec = slow()
      spec.lanes = $0
      return arrival(spec, large, count: 100)
    },
    // Packets, not cycles: what a receiver that takes nothing lets pass. Two more are in the registers of the port.
    TimedParameter("link.buffer", [2, 32, 100], expected: { $0 + 2 }) { value in
      var spec = slow()
      spec.buffer = Int(value)
      let bench = Bench()
      let sender = bench.source("sender", TLP.self, capacity: 200)
      let receiver = bench.sink("receiver", TLP.self, capacity: spec.portCapacity())
      receiver.opensAt = .max
      let link = Link(spec, clock: bench.clock, input: sender.end, output: receiver.end)
      bench.add(link)
      for _ in 0..<200 { sender.send(packet) }
      bench.run(through: 10_000)
      return link.state.pointer.pointee.packets
    },
  ]
}
