import EBPF
import Logs
import SimKernel

/// Writes a line for each instruction that retires or faults (specs/commit-log.md).
public final class CommitLogWriter: CoreLog {
  public let followsCycles = false
  private let file: LogFile

  /// Replaces the file at `path`.
  /// - Parameter scenario: its name, for the head of the log
  public init(path: String, scenario: String) throws(LogError) {
    file = try LogFile(path: path, what: "commit log")
    file.append { text in
      text.append("# ubpf-sim commit log 1\n# ")
      text.append(contentsOf: scenario.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 })
      text.append("\n")
    }
  }

  public func commits(_ commit: Commit, fault: CoreFault) {
    file.append { text in
      commit.writeLine(fault: fault.logName, to: &text)
      text.append("\n")
    }
  }

  public func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {}
  public func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {}
  public func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) {}

  public func close() throws(LogError) { try file.close() }
}
