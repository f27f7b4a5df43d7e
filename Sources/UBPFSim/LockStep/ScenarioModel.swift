import Check
import Device
import EBPF
import PCIe
import SimKernel

/// A scenario that goes on as far as somebody wants to know.
final class ScenarioModel {
  private let simulator: Simulator
  private let ears: Ears
  private(set) var hasEnded = false

  /// How far to go at once for the next event: short, since what is ahead of the design has to be kept.
  private static let slice: Picoseconds = 1_000_000

  init(_ simulator: Simulator) {
    self.simulator = simulator
    ears = Ears(links: simulator.system.links.map(\.name))
    simulator.observeCore(of: 0, with: ears)
    simulator.observeLinks(with: TLPEars(ears))
    simulator.observeUserLogic { [ears] in ears.hear($0) }
  }

  var time: Picoseconds { simulator.system.simulation.time }
  /// The names of links, and those of devices, behind whose endpoints packets are heard too.
  var links: [String] { ears.links + simulator.userLogicNames }
  var components: [ComponentSlot] { simulator.system.simulation.components }

  /// - Throws: `Simulator.ModelFault`, `Simulator.TimeLimit`
  func run(until limit: Picoseconds) throws {
    if hasEnded { return }
    let simulation = simulator.system.simulation
    switch simulation.run(until: min(limit, Simulator.lastTime)) {
    case .stopped: hasEnded = true
    case .quiescent:
      hasEnded = true
      throw Simulator.ModelFault(
        description: "deadlock at \(simulation.time.readable): " + simulation.pendingWork().joined(separator: "; "))
    case .limitReached: if limit >= Simulator.lastTime { throw Simulator.TimeLimit() }
    }
  }

  /// Runs to the end; what happens is kept for ``nextCommit()`` and ``nextTLP(_:)``.
  func finish() throws {
    var limit = time
    while !hasEnded {
      limit += 100 * Self.slice
      try run(until: limit)
    }
  }

  /// What the next instruction does, until the next call; nil when there is none.
  func nextCommit() throws -> UnsafePointer<CommitQueue.Entry>? {
    if let heard = ears.commits.take() { return heard }
    var limit = time
    while !hasEnded {
      limit += Self.slice
      try run(until: limit)
      if let heard = ears.commits.take() { return heard }
    }
    return nil
  }

  /// The next packet of a stream, of one class or of all; nil when there is none.
  func nextTLP(_ stream: TLPStream) throws -> TLPLogRecord? {
    var limit = time
    while true {
      if let record = ears.takeTLP(stream) { return record }
      if hasEnded { return nil }
      limit += Self.slice
      try run(until: limit)
    }
  }
}

/// Keeps what it hears.
private final class Ears: CoreObserver {
  let followsCycles = false
  let links: [String]
  let commits = CommitQueue()
  /// By whole stream.
  private var tlps: [TLPStream: ArraySlice<TLPLogRecord>] = [:]

  init(links: [String]) { self.links = links }

  func hear(_ record: TLPLogRecord) {
    if record.isCompared(TLPRules()) { tlps[record.stream, default: []].append(record) }
  }

  func takeTLP(_ stream: TLPStream) -> TLPLogRecord? {
    guard let flowClass = stream.flowClass else { return tlps[stream]?.popFirst() }
    guard let place = tlps[stream.whole]?.firstIndex(where: { $0.packet.flowClass == flowClass }) else { return nil }
    return tlps[stream.whole]?.remove(at: place)
  }

  func commits(_ commit: Commit, fault: CoreFault) { commits.append(commit, fault) }

  func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {}
  func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {}
  func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) {}
}

private final class TLPEars: LinkObserver {
  private let ears: Ears

  init(_ ears: Ears) { self.ears = ears }

  override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
    ears.hear(TLPLogRecord(transmission, link: ears.links[transmission.link]))
  }
}
