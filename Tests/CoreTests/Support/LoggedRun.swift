import EBPF
import Foundation
import SimKernel
import TestSupport
import Testing

@testable import Device

/// Passes on what the core of a bench tells, and keeps the views.
final class Relay: BenchObserver {
  private let listener: any CoreObserver
  private(set) var views: [PipelineView] = []

  init(to listener: any CoreObserver) { self.listener = listener }

  override func runBegins(
    _ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds
  ) {
    super.runBegins(run, program: program, stages: stages, cycle: cycle, time: time)
    listener.runBegins(run, program: program, stages: stages, cycle: cycle, time: time)
  }

  override func commits(_ commit: Commit, fault: CoreFault) {
    super.commits(commit, fault: fault)
    listener.commits(commit, fault: fault)
  }

  override func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {
    super.cycleEnds(cycle, view)
    views.append(view)
    listener.cycleEnds(cycle, view)
  }

  override func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) {
    listener.runEnds(run, fault: fault, cycle: cycle)
  }
}

/// A run of a core, and its pipeline log.
struct LoggedRun {
  let program: [Instruction]
  let text: String
  let log: KanataLog
  let outcome: Outcome
  /// Of each cycle, the letter of what it was charged to; blank for the cycle of a fault.
  private let charges: [String]

  init(_ program: [Instruction], _ spec: CoreSpec = CoreSpec(), data: [UInt8] = [], abortAt: Cycle? = nil) throws {
    self.program = program
    let bench = CoreBench(spec)
    bench.load(program, data: data)
    let path = FileManager.default.temporaryDirectory.appending(path: "pipeline-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try PipelineLogWriter(path: path)
    let relay = Relay(to: writer)
    outcome = bench.run(abortAt: abortAt, watching: relay)
    try writer.close()
    charges = zip([0] + relay.views.map(\.retired), relay.views).map { retired, view in
      view.charge == .none && view.retired == retired ? "" : String(PipelineChart.letter(view.charge))
    }
    text = try String(contentsOfFile: path, encoding: .utf8)
    log = try KanataLog(text)
  }

  /// The log as a chart of specs/classic5.md: a row for each slot, a column for each cycle. The second slots of LDDW have
  /// no row. Nil when a slot was in flight twice at a time, which would need two.
  var chart: String? {
    var cells = program.map { _ in charges.map { _ in " " } }
    for instruction in log.instructions {
      let slot = Int(instruction.label.prefix { $0 != ":" })!
      // What is fetched past the end of the program is flushed, and has no row.
      guard program.indices.contains(slot) else { continue }
      let start = instruction.stages[0].start - log.cycles.lowerBound
      for (i, stage) in log.row(instruction).enumerated() {
        if cells[slot][start + i] != " " { return nil }
        cells[slot][start + i] = stage
      }
    }
    let rows = program.indices.filter { $0 == 0 || !program[$0 - 1].traits.isWide }
    let names = rows.map { slot in
      let next = slot + 1 < program.count ? program[slot + 1] : nil
      return "\(slot): \(Disassembler.text(of: program[slot], next: next))"
    }
    let width = max(12, names.map(\.count).max()!)
    func row(_ name: String, _ columns: [String]) -> String {
      let padded = name + String(repeating: " ", count: width - name.count)
      let line = padded + columns.map { String(repeating: " ", count: max(0, 3 - $0.count)) + $0 }.joined()
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    let lines =
      [row("cycle", charges.indices.map { "\($0 + 1)" })] + zip(names, rows).map { row($0, cells[$1]) }
      + [row("charged to", charges)]
    return lines.joined(separator: "\n")
  }
}
