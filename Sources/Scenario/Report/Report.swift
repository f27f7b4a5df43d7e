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
  public let dumps: [MemoryDump]
  public let host: HostEntry

  public var passed: Bool { failures.isEmpty }

  /// Gives each step the runs and transfers that began in it. Register writes start them as well, so counting would not
  /// do.
  private static func entries(_ records: [StepRecord], _ runs: [RunRecord], _ transfers: [DMARecord]) -> [StepEntry] {
    var runs = runs[...], transfers = transfers[...]
    return records.indices.map { index in
      let end = index + 1 < records.count ? records[index + 1].start : .max
      let ownRuns = runs.prefix { $0.start < end }, ownTransfers = transfers.prefix { $0.start < end }
      runs = runs.dropFirst(ownRuns.count)
      transfers = transfers.dropFirst(ownTransfers.count)
      return StepEntry(
        record: records[index], run: records[index].kind == "run" ? ownRuns.last : nil,
        transfers: Array(ownTransfers))
    }
  }

  /// - Parameter latencies: further series, with names that no key of the report has
  public init(scenario: String, system: System, host: HostEntry, latencies: [LatencySeries] = []) {
    self.scenario = scenario
    self.host = host
    simulated = system.simulation.time
    let driver = system.driver
    steps = Report.entries(driver.records, system.device.core.runs, system.device.dma.records)
    failures = driver.failures
    let loads = driver.records.filter { $0.kind.hasPrefix("load") }
    let runs = driver.records.filter { $0.kind == "run" && $0.error == nil }
    self.latencies =
      [
        LatencySeries("dma", title: "transfers", loads.flatMap(\.commands)),
        LatencySeries("run", title: "runs", runs.flatMap(\.commands)),
      ] + latencies
    dumps = system.device.ram.dumps
  }
}
