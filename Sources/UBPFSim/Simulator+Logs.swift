import Device
import PCIe

// What the core and the links do, for people and for comparisons.
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
    system.observeLinks(with: log)
  }

  private func listen(with log: any CoreLog) {
    logs.append(log)
    system.device.core.attach(logs.count == 1 ? log : CoreObserverGroup(logs))
  }
}
