import Diagnostics
import Scenario
import WaveReader

/// The edges of a design's clock outside of its reset, in a dump.
final class DesignEdges {
  let sampler: EdgeSampler
  private let clock: Probe
  private let edge: ClockDomain.Edge
  private let reset: (probe: Probe, isActiveLow: Bool)?
  private var countInReset = 0

  /// Finds the clock and the reset.
  static func names(
    _ map: DumpMap, _ domain: ClockDomain, _ probes: inout ProbeSet
  ) throws(ScenarioError) -> (clock: Probe, reset: Probe?) {
    let clock = try bit(domain.clock, map, &probes)
    guard let reset = domain.reset else { return (clock, nil) }
    return (clock, try bit(reset.signal, map, &probes))
  }

  private static func bit(_ name: MapName, _ map: DumpMap, _ probes: inout ProbeSet) throws(ScenarioError) -> Probe {
    let probe = try probes.probe(name)
    guard probe.width == 1 else {
      throw map.located(name.value.mismatch("a signal of 1 bit", found: "\(name.text.quoted) with \(probe.width) bits"))
    }
    return probe
  }

  /// - Parameter probes: with all that is to be sampled
  init(_ domain: ClockDomain, _ signals: (clock: Probe, reset: Probe?), _ probes: ProbeSet) throws(WaveReadError) {
    clock = signals.clock
    edge = domain.edge
    reset = signals.reset.map { ($0, domain.reset?.isActiveLow ?? false) }
    sampler = try EdgeSampler(probes, clock: .signal(signals.clock, rising: domain.edge == .rising))
  }

  /// Moves to the next edge outside of reset; false at the end of the dump.
  /// - Throws: also when the dump was cut short, behind its last edge.
  func next() throws(WaveReadError) -> Bool {
    while try sampler.next() {
      if sampler.isBlackout {
        throw refused("nothing recorded (dump off) behind edge \(sampler.cycle)", "a dump of the whole run")
      }
      guard let reset else { return true }
      // A reset that nobody drives yet has not ended.
      if sampler[reset.probe] == .bits(reset.isActiveLow ? 1 : 0) { return true }
      countInReset += 1
    }
    if let loss = sampler.loss { throw refused(loss, "a whole dump") }
    return false
  }

  /// Where the edge is, for people.
  var place: String { "\(time.readable) (cycle \(sampler.cycle))" }
  var time: WaveTime { WaveTime(sampler.time, exponent: sampler.file.timescale) }
  var picoseconds: UInt64 { time.units(-12, roundedUp: false) }

  func refused(_ found: String, _ expected: String) -> WaveReadError {
    WaveReadError(path: sampler.file.path, found: found, expected: expected)
  }

  /// The error for bits that are neither 0 nor 1 where they count.
  func unknown(_ probe: Probe, _ reason: String) -> WaveReadError {
    refused("\(sampler.name(probe)) is \(sampler.text(probe)) at \(place)", "only 0 and 1 \(reason)")
  }

  /// Why nothing was found at the edges of a whole dump.
  /// - Parameter condition: what was waited for, as in "tb.valid"
  func emptiness(_ condition: String) -> WaveReadError {
    let edges = sampler.cycle + 1
    let name = "\(edge.rawValue) edge"
    if edges == 0 { return refused("no \(name) of \(sampler.name(clock))", "a clock that runs") }
    if let reset, countInReset == edges {
      return refused(
        "\(sampler.name(reset.probe)) active at all of \(edges) \(name)s of \(sampler.name(clock))", "a reset that ends"
      )
    }
    return refused(
      "\(condition) at none of \(edges - countInReset) \(name)s of \(sampler.name(clock))"
        + (reset == nil ? "" : " outside of reset"), "it at one of them: nothing was compared")
  }
}
