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
  /// DMA commands, CTRL write to DMA_DONE, as the host sees them.
  public let dma: LatencySummary
  /// Runs, CTRL write to READY, as the host sees them.
  public let run: LatencySummary
  /// What the DMA engine did: one record a transfer.
  public let transfers: [DMARecord]
  public let dumps: [MemoryDump]
  public let host: HostEntry

  public var passed: Bool { failures.isEmpty }

  /// Gives each `run` step the core's run that began in it. Register writes start runs as well, so counting would not do.
  private static func entries(_ records: [StepRecord], runs: [RunRecord]) -> [StepEntry] {
    var next = 0
    return records.indices.map { index in
      let end = index + 1 < records.count ? records[index + 1].start : .max
      var own: RunRecord?
      while next < runs.count, runs[next].start < end {
        own = runs[next]
        next += 1
      }
      return StepEntry(record: records[index], run: records[index].kind == "run" ? own : nil)
    }
  }

  public init(scenario: String, system: System, host: HostEntry) {
    self.scenario = scenario
    self.host = host
    simulated = system.simulation.time
    let driver = system.driver
    steps = Report.entries(driver.records, runs: system.device.core.runs)
    failures = driver.failures
    dma = LatencySummary(driver.records.filter { $0.kind.hasPrefix("load") }.flatMap(\.commands))
    run = LatencySummary(driver.records.filter { $0.kind == "run" && $0.error == nil }.flatMap(\.commands))
    transfers = system.device.dma.records
    dumps = system.device.ram.dumps
  }
}
