import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Random traffic of all classes and attributes both ways over a random link with few credits, receivers that refuse
/// classes at random, and all faults that a link repairs: nothing is lost, comes twice or is altered, nothing passes
/// what it must not pass (PCI Express Base Specification 2.4.1, 3.6), and everything arrives.
@Suite("2.4.1, 3.6 A million packets over random links") struct LinkStressTests {
  /// One link and its traffic.
  private struct Run {
    let bench = Bench()
    let down = CheckedPath()
    let up = CheckedPath()
    let link: Link
    let count: Int

    /// - Parameter count: TLPs each way
    init(seed: UInt64, count: Int) {
      self.count = count
      let bench = bench
      var random = RandomStream(seed: seed, name: "stress")
      var spec = LinkSpec.random(&random)
      // One in four is slow; the others are fast enough for many packets in a short time.
      if seed % 4 != 0 { (spec.rate, spec.lanes) = (max(spec.rate, 8_000_000_000), max(spec.lanes, 4)) }
      let capacity = spec.receiveCapacity(outstandingCompletions: 3 * count)
      func ends(_ path: CheckedPath, _ name: String) -> (tx: TLPIn, rx: TLPOut) {
        let tx = bench.tlpPort("\(name)Tx", capacity: .init(each: 8)),
          rx = bench.tlpPort("\(name)Rx", capacity: capacity)
        let source = RandomStream(seed: seed, name: "\(name).source"),
          sink = RandomStream(seed: seed, name: "\(name).sink")
        bench.add(
          StressSource(clock: bench.clock, port: tx, path: path, random: source, count: count), as: "\(name)Source")
        bench.add(StressSink(clock: bench.clock, port: rx, path: path, random: sink), as: "\(name)Sink")
        return (tx.input, rx.output)
      }
      let downwards = ends(down, "down"), upwards = ends(up, "up")
      let commands = bench.wire("commands", LinkCommand.self)
      let upper = bench.wire("upperEvents", LinkEvent.self), lower = bench.wire("lowerEvents", LinkEvent.self)
      let disturber = Disturber(
        clock: bench.clock, output: commands.output, events: [upper.input, lower.input],
        random: RandomStream(seed: seed, name: "disturber"))
      bench.add(disturber, as: "disturber")
      link = Link(
        spec, maxPayload: 128, clock: bench.clock,
        upper: .init(tx: downwards.tx, rx: upwards.rx, events: upper.output),
        lower: .init(tx: upwards.tx, rx: downwards.rx, events: lower.output),
        commands: [commands.input])
      bench.add(link, as: "link")
    }

    var isOver: Bool { down.checker.left >= count && up.checker.left >= count }

    /// Runs until all has arrived. A TLP that takes 2,000 cycles on average is stuck.
    func finish(_ seed: UInt64) {
      var cycle: Cycle = 0
      while !isOver, cycle < 2_000 * Cycle(count) {
        cycle += 5_000
        bench.run(through: cycle)
      }
      for path in [down, up] {
        let violations = path.checker.finish()
        #expect(
          violations.isEmpty && path.outOfClassOrder == 0,
          "seed \(seed): \(violations.count) violations, first \(String(describing: violations.first))")
        #expect(path.checker.left == count)
      }
    }
  }

  /// `links` links with `count` TLPs each way; of all that goes wrong there is a lot.
  private func stress(links: Range<UInt64>, count: Int) {
    var replays: UInt64 = 0, duplicates: UInt64 = 0
    for seed in links {
      let run = Run(seed: seed, count: count)
      run.finish(seed)
      for direction in [LinkDirection.down, .up] {
        replays += run.link.end(direction).replays
        duplicates += run.link.end(direction).duplicates
      }
    }
    let packets = UInt64(2 * links.count * count)
    #expect(replays > packets / 200 && duplicates > packets / 1_000)
  }

  /// 250 links, a million TLPs.
  @Test(arguments: 0..<10 as Range<UInt64>) func aMillionTLPsKeepTheOrderingTable(batch: UInt64) {
    stress(links: batch * 25..<batch * 25 + 25, count: 2_000)
  }
}
