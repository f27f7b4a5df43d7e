import Device
import EBPF
import SimKernel
import Transactions

/// The runs of a core: from the first fetch to the retirement of the last instruction. A run that fails before its first
/// fetch is only a command.
final class CoreTransactions: CoreObserver {
  let followsCommits = false
  let followsCycles = false
  private let feed: TransactionFeed
  private let lane: Int
  /// It keeps its observer.
  private unowned let core: any ExecutionCore

  init(_ feed: TransactionFeed, _ map: inout TransactionMap, _ component: String, core: any ExecutionCore) {
    self.feed = feed
    self.core = core
    lane = map.add(TransactionLane(component, "core", .runs))
  }

  func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {
    feed.begin(
      lane, at: time, "run \(run)",
      [.init("program_slots", program.text.count), .init("data_address", .hex(core.run.dataLow))])
  }

  func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) {
    let state = core.run, time = core.clock.time
    var details = [
      TransactionDetail("r0", .hex(state.registers[0])), .init("instructions", state.retired),
    ]
    if state.fastForwarded > 0 { details.append(.init("fast_forwarded", state.fastForwarded)) }
    if fault != .none {
      details += [.init("fault", .text("\(fault)")), .init("pc", state.faultPC)]
      feed.moment(lane, at: time, "fault \(fault)", [.init("pc", state.faultPC)])
    }
    feed.end(lane, at: time, details)
  }

  func commits(_ commit: Commit, fault: CoreFault) {}
  func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {}
}
