import Device

// What the core does, for people and for comparisons.
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

  private func listen(with log: any CoreLog) {
    logs.append(log)
    system.device.core.attach(logs.count == 1 ? log : CoreObserverGroup(logs))
  }
}
