import EBPF
import SimKernel
import TestSupport

@testable import Device

/// Draws a run as a pipeline chart: a row for each slot, a column for each cycle, from what the pipeline held before and
/// after every edge. A slot that is in flight twice at a time would need two rows.
final class PipelineChart: BenchObserver {
  private let program: [Instruction]
  private var stages: [PipelineStage] = []
  private var before: [PipelineView.Place] = []
  private var cells: [[String]]
  /// A slot was in flight twice: the chart is not to be trusted.
  private(set) var hasOverlap = false
  private var charges: [String] = []
  private var retired: UInt64 = 0

  init(of program: [Instruction]) {
    self.program = program
    cells = program.map { _ in [] }
  }

  override func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {
    super.runBegins(run, program: program, stages: stages, cycle: cycle, time: time)
    self.stages = stages
  }

  override func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {
    super.cycleEnds(cycle, view)
    for i in cells.indices { cells[i].append("") }
    for (place, stage) in zip(before, stages.dropFirst()) { mark(place, stage.letter) }
    if before.first != view.places[0] { mark(view.places[0], stages[0].letter) }
    before = view.places
    // The cycle of a fault is charged to nobody.
    charges.append(view.charge == .none && view.retired == retired ? "" : String(PipelineChart.letter(view.charge)))
    retired = view.retired
  }

  private func mark(_ place: PipelineView.Place, _ letter: String) {
    guard place.bubble == .none, cells.indices.contains(Int(place.pc)) else { return }
    let last = cells[Int(place.pc)].count - 1
    if cells[Int(place.pc)][last] != "" { hasOverlap = true }
    cells[Int(place.pc)][last] = letter
  }

  static func letter(_ bubble: Bubble) -> Character {
    switch bubble {
    case .none: "+"
    case .drain: "e"
    default: "\(bubble)".first!
    }
  }

  var text: String {
    let names = program.indices.map { "\($0): \(PipelineChart.name(program, $0))" }
    let width = max(12, names.map(\.count).max()!)
    func row(_ name: String, _ columns: [String]) -> String {
      let padded = name + String(repeating: " ", count: width - name.count)
      let line = padded + columns.map { String(repeating: " ", count: max(0, 3 - $0.count)) + $0 }.joined()
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    let header = row("cycle", charges.indices.map { "\($0 + 1)" })
    let rows = zip(names, cells).map { row($0, $1) }
    return ([header] + rows + [row("charged to", charges)]).joined(separator: "\n")
  }

  private static func name(_ program: [Instruction], _ slot: Int) -> String {
    if slot > 0 && program[slot - 1].traits.isWide { return "(its second slot)" }
    return Disassembler.text(of: program[slot], next: slot + 1 < program.count ? program[slot + 1] : nil)
  }
}
