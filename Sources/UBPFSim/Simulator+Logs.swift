import Device
import PCIe
import SimKernel
import Timeline
import Transactions

// What happens in the system, for people and for comparisons.
extension Simulator {
  /// Writes a line for each instruction that retires or faults to `path` (specs/commit-log.md). Call before `run`.
  public func writeCommitLog(to path: String) throws {
    listen(with: try CommitLogWriter(path: path, scenario: document.name))
  }

  /// Writes the way of each instruction through the pipeline to `path`, for the Konata viewer (specs/pipeline-log.md).
  /// Call before `run`.
  public func writePipeline(to path: String) throws {
    listen(with: try PipelineLogWriter(path: path))
  }

  /// Writes a line for each TLP that a link transmits to `path`, as JSON lines when it ends in `.jsonl`
  /// (specs/tlp-log.md). Call before `run`.
  public func writeTLPLog(to path: String) throws {
    let log = try TLPLogWriter(path: path, scenario: document.name, links: system.links.map(\.name))
    tlpLog = log
    observeLinks(with: log)
  }

  /// Writes what happens in the system as a timeline to `path`, for trace viewers (specs/timeline.md). Call before `run`.
  public func writeTimeline(to path: String) throws {
    let writer = try TimelineWriter(path: path, map: transactionMap)
    timeline = writer
    observeTransactions(with: writer)
  }

  /// All lanes and counters that a listener may hear of.
  public var transactionMap: TransactionMap { transactions.map }

  /// Lets `listener` hear of the transactions of the whole system, from enumeration on. Call before `run`.
  public func observeTransactions(with listener: any TransactionListener) {
    transactions.feed.add(listener)
    connectTransactions()
  }

  func connectTransactions() {
    if isObservingTransactions { return }
    isObservingTransactions = true
    transactions.connect(system)
    for device in system.devices.indices {
      observeCore(of: device, with: transactions.cores[device])
      observeCommands(of: device, with: transactions.commands[device])
      observeTransfers(of: device, with: transactions.transfers[device])
    }
    observeLinks(with: transactions.links)
  }

  private func listen(with log: any CoreLog) {
    logs.append(log)
    observeCore(of: 0, with: log)
  }

  func observeCore(of device: Int, with observer: any CoreObserver) {
    coreObservers[device].append(observer)
    let all = coreObservers[device]
    system.devices[device].core.attach(all.count == 1 ? observer : CoreObserverGroup(all))
  }

  func observeCommands(of device: Int, with observer: any CommandObserver) {
    commandObservers[device].append(observer)
    let all = commandObservers[device]
    system.devices[device].commands.observe(with: all.count == 1 ? observer : CommandObserverGroup(all))
  }

  func observeTransfers(of device: Int, with observer: any DMAObserver) {
    transferObservers[device].append(observer)
    let all = transferObservers[device]
    system.devices[device].dma.observe(with: all.count == 1 ? observer : DMAObserverGroup(all))
  }

  func observeLinks(with observer: LinkObserver) {
    linkObservers.append(observer)
    system.observeLinks(with: linkObservers.count == 1 ? observer : LinkObserverGroup(linkObservers))
  }

  func observeEdges(with observer: EdgeObserver) {
    edgeObservers.append(observer)
    system.simulation.observer = edgeObservers.count == 1 ? observer : EdgeObserverGroup(edgeObservers)
  }
}
