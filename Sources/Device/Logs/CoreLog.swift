import EBPF
import Logs
import SimKernel

/// A log file of what a core does.
public protocol CoreLog: CoreObserver {
  /// Ends the file. Call after the last run.
  /// - Throws: the first error of the file's life
  func close() throws(LogError)
}

/// Passes on what a core tells, so that it has one listener.
public final class CoreObserverGroup: CoreObserver {
  public let followsCommits: Bool
  public let followsCycles: Bool
  private let members: [any CoreObserver]

  public init(_ members: [any CoreObserver]) {
    self.members = members
    followsCommits = members.contains { $0.followsCommits }
    followsCycles = members.contains { $0.followsCycles }
  }

  public func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {
    for member in members { member.runBegins(run, program: program, stages: stages, cycle: cycle, time: time) }
  }

  public func commits(_ commit: Commit, fault: CoreFault) {
    for member in members { member.commits(commit, fault: fault) }
  }

  public func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {
    for member in members { member.cycleEnds(cycle, view) }
  }

  public func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) {
    for member in members { member.runEnds(run, fault: fault, cycle: cycle) }
  }
}
