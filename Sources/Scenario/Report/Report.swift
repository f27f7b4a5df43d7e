import Device
import Measure
import SimKernel

/// What a run of a scenario found, ready to be printed for people or as the JSON of the contract.
public struct Report: Sendable {
  /// One executed step.
  public struct StepEntry: Sendable {
    public let record: StepRecord
    /// The core's run that the step started, if it did.
    public let run: RunRecord?
    /// What the DMA engine did in the step.
    public let transfers: [DMARecord]

    /// Gb/s while data flowed: what came after the first completion of each transfer, over the time until RAM held it.
    /// Latency and polls do not count, so this is what closed forms of bandwidth speak of; nil when no data flowed.
    public var streamGigabits: Double? {
      let done = transfers.filter { $0.error == .none && $0.bytes > $0.firstBytes }
      let bytes = done.reduce(0) { $0 + $1.bytes - $1.firstBytes }
      return done.isEmpty ? nil : gigabits(bytes: bytes, in: done.reduce(0) { $0 + $1.end - $1.firstData })
    }
  }

  /// What the machine that simulates did.
  public struct HostEntry: Sendable {
    /// Seconds inside the simulation loop.
    public let wallSeconds: Double
    /// Seconds from the start of the process to the first simulated cycle.
    public let startupSeconds: Double
    public let coreCycles: UInt64
    public let pcieCycles: UInt64

    public init(wallSeconds: Double, startupSeconds: Double, coreCycles: UInt64, pcieCycles: UInt64) {
      self.wallSeconds = wallSeconds
      self.startupSeconds = startupSeconds
      self.coreCycles = coreCycles
      self.pcieCycles = pcieCycles
    }
  }

  public let scenario: String
  public let simulated: Picoseconds
  public let steps: [StepEntry]
  public let failures: [Failure]
  /// First `dma`, commands from the write of CTRL to DMA_DONE, and `run`, from the write of CTRL to READY, both as the host
  /// sees them.
  public let latencies: [LatencySeries]
  /// Of the first device.
  public let dumps: [MemoryDump]
  /// Both directions of every link.
  public let links: [LinkEntry]
  /// Root ports, devices and peers.
  public let functions: [FunctionEntry]
  let hasSwitches: Bool
  public let host: HostEntry

  public var passed: Bool { failures.isEmpty }

  /// Gives each step the runs and transfers that began in it on its device. Register writes start them as well, so counting
  /// would not do.
  private static func entries(_ records: [StepRecord], _ system: System) -> [StepEntry] {
    var runs = system.devices.map { $0.core.runs[...] }, transfers = system.devices.map { $0.dma.records[...] }
    return records.indices.map { index in
      let end = index + 1 < records.count ? records[index + 1].start : .max, device = records[index].device
      let ownRuns = runs[device].prefix { $0.start < end }
      let ownTransfers = transfers[device].prefix { $0.start < end }
      runs[device] = runs[device].dropFirst(ownRuns.count)
      transfers[device] = transfers[device].dropFirst(ownTransfers.count)
      return StepEntry(
        record: records[index], run: records[index].kind == "run" ? ownRuns.last : nil,
        transfers: Array(ownTransfers))
    }
  }

  /// The chunks of each peer that moved any.
  private static func chunks(_ system: System) -> [LatencySeries] {
    zip(system.spec.peers, system.peers).filter { !$1.engine.records.isEmpty }.map { node, peer in
      LatencySeries(node.name, title: "chunks of \(node.name)", peer.engine.records.map { $0.end - $0.start })
    }
  }

  public init(scenario: String, system: System, host: HostEntry) {
    self.scenario = scenario
    self.host = host
    simulated = system.simulation.time
    let driver = system.driver
    steps = Report.entries(driver.records, system)
    failures = driver.failures
    let loads = driver.records.filter { $0.kind.hasPrefix("load") }
    let runs = driver.records.filter { $0.kind == "run" && $0.error == nil }
    self.latencies =
      [
        LatencySeries("dma", title: "transfers", loads.flatMap(\.commands)),
        LatencySeries("run", title: "runs", runs.flatMap(\.commands)),
      ] + Report.chunks(system)
    dumps = system.device.ram.dumps
    links = Report.links(of: system)
    functions = Report.functions(of: system)
    hasSwitches = !system.spec.topology.allSatisfy { $0.endpoints.count == 1 && $0.links.count == 1 }
  }
}
